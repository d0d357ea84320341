// @ts-check
/** The faults that only Gemini has, and how it words those it shares. The others are in `cloud-faults.test.mjs`. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { ask, CLIENTS, header, jsonOf, read } from "./cloud-client.mjs";
import { FAULTS } from "./faults.mjs";

const client = CLIENTS.find(({ provider }) => provider === "gemini") ?? assert.fail();
const ANSWER = `${client.banner} You asked: Hi`;
/** @type {import("./simulator.mjs").Simulator} */
let simulator;
before(async () => {
  simulator = await client.start();
});
after(() => simulator.close());
beforeEach(() => simulator.reset());

/** @type {(fault: string, options?: Parameters<typeof client.request>[1]) => ReturnType<typeof ask>} */
const chat = (fault, options) => ask(simulator.port, client.request(fault, options));
/** @type {(fault: string, more?: object) => Promise<ReturnType<typeof read>>} */
const told = async (fault, more = {}) => read(client, await chat(fault, { more }));
/** @type {(fault: string) => Promise<any>} */
const whole = async (fault) => jsonOf(await chat(fault, { stream: false }));
/** @type {(fault: string) => Promise<[number, string, any[]]>} */
const failed = async (fault) => {
  const answer = await chat(fault);
  const { error } = jsonOf(answer);
  return [answer.status, error.status, error.details];
};
/** @param {any[]} details @param {string} kind */
const detail = (details, kind) => details.find((one) => one["@type"] === `type.googleapis.com/google.rpc.${kind}`);

/** @type {Record<string, (fault: string) => Promise<void>>} */
const checks = {
  "lf": async (fault) => {
    const answer = await chat(fault);
    assert.deepEqual([read(client, answer).text, answer.body.includes("\r"), answer.body.includes("}\n\ndata: ")], [ANSWER, false, true]);
  },
  "blocked-prompt": async (fault) => {
    const { events } = await told(fault);
    assert.deepEqual([events.length, Object.keys(events[0])], [1, ["promptFeedback", "usageMetadata", "modelVersion", "responseId"]]);
    assert.deepEqual((await whole(fault)).promptFeedback, { blockReason: "PROHIBITED_CONTENT" });
  },
  "safety": async (fault) => {
    const { candidates: [candidate] } = await whole(fault);
    assert.deepEqual([candidate.finishReason, candidate.content, candidate.safetyRatings[0].blocked], ["SAFETY", undefined, true]);
    assert.deepEqual([(await told(fault)).events.length, (await told(fault)).finish], [1, "SAFETY"]);
    const later = await told("safety-2");
    assert.deepEqual([later.text, later.finish, later.events.at(-1).candidates[0].content], ["This is the Gemini simulator", "SAFETY", undefined]);
  },
  "malformed-call": async (fault) => assert.equal((await told(fault)).events[0].candidates[0].finishReason, "MALFORMED_FUNCTION_CALL"),
  "last-without-parts": async (fault) => {
    const { events, text } = await told(fault);
    assert.deepEqual([text, events.at(-1).candidates[0]], [ANSWER, { content: { role: "model" }, finishReason: "STOP" }]);
  },
  "grounding-early": async (fault) => {
    const found = (await told(fault, { tools: [{ googleSearch: {} }] })).events.map((event) => "groundingMetadata" in event.candidates[0]);
    assert.deepEqual([found[0], found.slice(1).includes(true)], [true, false]);
  },
  "error-bare": async () => {
    const answer = await chat("error-bare-2");
    const text = answer.body.toString();
    const bare = text.slice(text.lastIndexOf("\r\n\r\n") + 4);
    assert.ok(bare.startsWith('{\n  "error": {\n    "code": 503,') && answer.complete);
    assert.equal(JSON.parse(bare).error.status, "UNAVAILABLE");
    assert.equal(read(client, answer).finish, undefined);
  },
  "error-array": async (fault) => {
    const answer = await chat(fault);
    assert.equal(answer.body.toString().slice(0, 5), "[{\n  ");
    assert.deepEqual([answer.status, jsonOf(answer)[0].error.status], [503, "UNAVAILABLE"]);
  },
  "error-key": async (fault) => {
    const [status, name, details] = await failed(fault);
    assert.deepEqual([status, name, detail(details, "ErrorInfo").reason], [400, "INVALID_ARGUMENT", "API_KEY_INVALID"]);
  },
  "error-400-region": async (fault) => assert.deepEqual((await failed(fault)).slice(0, 2), [400, "FAILED_PRECONDITION"]),
  "error-403-referrer": async (fault) => assert.equal(detail((await failed(fault))[2], "ErrorInfo").reason, "API_KEY_HTTP_REFERRER_BLOCKED"),
  "error-429-day": async (fault) => {
    const [status, , details] = await failed(fault);
    assert.deepEqual([status, detail(details, "RetryInfo").retryDelay], [429, "3.002899243s"]);
    assert.match(detail(details, "QuotaFailure").violations[0].quotaId, /PerDay/);
  },
  "error-429-zero": async (fault) => assert.equal(detail((await failed(fault))[2], "QuotaFailure").violations[0].quotaValue, "0"),
  "error-504": async (fault) => assert.deepEqual((await failed(fault)).slice(0, 2), [504, "DEADLINE_EXCEEDED"]),
};

const only = Object.entries(FAULTS).filter(([, fault]) => fault.group !== "picture" && fault.only?.length === 1 && fault.only[0] === "gemini");
for (const [kind, { meaning }] of only) {
  test(`${kind}: ${meaning}`, async () => {
    const check = checks[kind] ?? assert.fail("every fault has a check");
    await check(kind);
  });
}

test("an error in answer to a stream is labelled as events and is indented JSON; without alt=sse it is an array", async () => {
  const answer = await chat("error-404");
  assert.deepEqual([answer.status, header(answer, "content-type"), answer.chunked], [404, "text/event-stream", false]);
  assert.ok(answer.body.toString().startsWith('{\n  "error": {\n    "code": 404,\n    "message": "models/gemini-simulator-flash:error-404 is not found'));
  assert.equal(header(await chat("error-404", { stream: false }), "content-type"), "application/json; charset=UTF-8");
  const array = await ask(simulator.port, client.request("error-503").replace("?alt=sse", ""));
  assert.deepEqual([header(array, "content-type"), jsonOf(array)[0].error.code], ["application/json; charset=UTF-8", 503]);
});

test("a quota per minute says when to come back, in the details and in the message", async () => {
  const [status, name, details] = await failed("error-429");
  assert.deepEqual([status, name, detail(details, "RetryInfo").retryDelay], [429, "RESOURCE_EXHAUSTED", "26.1s"]);
  assert.match(detail(details, "QuotaFailure").violations[0].quotaId, /PerMinute/);
  assert.match(jsonOf(await chat("error-429")).error.message, /Please retry in 26\.1s\./);
  assert.equal((await failed("error-429-bare"))[2], undefined);
});

test("an error in the middle comes as an event, and a call comes with STOP in one chunk when asked", async () => {
  assert.deepEqual(Object.keys((await told("error-line-2")).events.at(-1)), ["error"]);
  const { events } = await told("tools-in-done");
  assert.deepEqual([events.length, events[0].candidates[0].finishReason, events[0].candidates[0].content.parts[0].functionCall.name], [1, "STOP", "simulated_tool"]);
  const apart = (await told("tools")).events;
  assert.deepEqual([apart.length, apart[0].candidates[0].finishReason, apart[1].candidates[0].content.parts], [2, undefined, [{ text: "" }]]);
});

test("thoughts until the limit: only thought parts, then MAX_TOKENS without parts", async () => {
  const { events } = await told("thinking-only");
  assert.ok(events.slice(0, -1).every((event) => event.candidates[0].content.parts.every((/** @type {any} */ part) => part.thought)));
  assert.deepEqual(events.at(-1).candidates[0], { content: { role: "model" }, finishReason: "MAX_TOKENS" });
});

test("rules go by the model of the URL, and for the list of models too", async () => {
  simulator.faults({ always: "error-500", forModel: "gemini-simulator-flash" });
  assert.equal((await chat("")).status, 500);
  simulator.faults({ next: ["error-503"], forPath: "/v1beta/models" });
  assert.equal((await fetch(`${simulator.url}/v1beta/models`, { headers: { "x-goog-api-key": "AQ.SimulatorGood" } })).status, 503);
  assert.equal(simulator.requests[0]?.model, "gemini-simulator-flash");
});
