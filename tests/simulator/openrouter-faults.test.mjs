// @ts-check
/** The faults that only OpenRouter has. Those it shares are in `cloud-faults.test.mjs`. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { ask, CLIENTS, header, jsonOf, read } from "./cloud-client.mjs";
import { FAULTS } from "./faults.mjs";
import { AVAILABILITY } from "./openrouter-availability.mjs";

const client = CLIENTS.find(({ provider }) => provider === "openrouter") ?? assert.fail();
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
/** @type {(fault: string, more?: object) => Promise<any>} */
const whole = async (fault, more = {}) => jsonOf(await chat(fault, { stream: false, more }));
/** @type {(fault: string) => Promise<unknown[]>} */
const details = async (fault) => (await told(fault)).events.flatMap((event) => event.choices?.[0]?.delta?.reasoning_details ?? []);

/** @type {Record<string, (fault: string) => Promise<void>>} */
const checks = {
  "comments": async () => {
    const text = (await chat("comments-3")).body.toString();
    const before = text.slice(0, text.indexOf("data: "));
    assert.equal(before, ": OPENROUTER PROCESSING\n\n".repeat(3));
    assert.equal(text.split(": OPENROUTER PROCESSING\n\n").length - 1, 3 + 13, "one before each of the 13 tokens after the first");
  },
  "usage-choice": async (fault) => {
    const { events, finish } = await told(fault);
    const [choice] = events.at(-2).choices;
    assert.deepEqual([choice.finish_reason, choice.delta.content, events.at(-2).usage.cost > 0, finish], [null, "", true, "stop"]);
  },
  "no-cost": async (fault) => {
    assert.equal(/** @type {any} */ ((await told(fault)).usage).cost, null);
    assert.equal((await whole(fault)).usage.cost, null);
  },
  "thinking-encrypted": async (fault) => {
    const { thought, text } = await told(fault);
    assert.deepEqual([thought, text, (await details(fault)).map((/** @type {any} */ one) => one.type)], ["", ANSWER, ["reasoning.encrypted"]]);
    assert.equal((await whole(fault)).choices[0].message.reasoning, null);
  },
  "thinking-summary": async (fault) => {
    assert.equal((await details(fault)).map((/** @type {any} */ one) => one.summary).join(""), "The simulator pretends to think about it.");
    assert.equal((await whole(fault)).choices[0].message.reasoning_details[0].type, "reasoning.summary");
  },
  "annotations-choice": async (fault) => {
    const choices = (await told(fault, { plugins: [{ id: "web" }] })).events.map((event) => event.choices?.[0]).filter(Boolean);
    assert.deepEqual([choices.filter((choice) => choice.annotations?.length === 2).length, choices.some((choice) => "annotations" in choice.delta)], [1, false]);
  },
  "fallback": async (fault) => {
    assert.equal((await whole(fault)).model, "simulator/plain");
    assert.equal((await whole(fault, { models: ["simulator/vision"] })).model, "simulator/vision");
  },
  "error-in-choice": async (fault) => {
    const { choices, usage } = await whole(fault);
    assert.deepEqual([choices[0].error.code, choices[0].finish_reason, choices[0].message.content, usage.cost], [502, "error", "", 0]);
    const { events, done } = await told(fault);
    assert.deepEqual([events.length, events[0].choices[0].error.code, events[0].error, done], [2, 502, undefined, true]);
  },
  "error-finish": async (fault) => {
    const { choices, error } = await whole(fault);
    assert.deepEqual([choices[0].finish_reason, choices[0].error, error], ["error", undefined, undefined]);
    assert.equal((await told(fault)).finish, "error");
  },
  "error-code-text": async () => {
    const { events, text, done } = await told("error-code-text-2");
    assert.deepEqual([text, events.at(-1).error.code, events.at(-1).choices, done], ["This is", "server_error", [], false]);
  },
  "error-no-choices": async () => {
    const { events, text } = await told("error-no-choices-2");
    assert.deepEqual([text, events.at(-1).error.code, "choices" in events.at(-1)], ["This is", 502, false]);
  },
  "error-403-limit": async (fault) => {
    const answer = await chat(fault);
    assert.deepEqual([answer.status, /Key limit exceeded/.test(jsonOf(answer).error.message)], [403, true]);
  },
  "error-403-moderation": async (fault) => {
    const { metadata, code } = jsonOf(await chat(fault)).error;
    assert.deepEqual([code, metadata.reasons, metadata.model_slug, metadata.flagged_input.length <= 100], [403, ["violence"], "simulator/text:error-403-moderation", true]);
  },
};
for (const [code, { status, retryable }] of Object.entries(AVAILABILITY)) {
  checks[`availability-${code.replaceAll("_", "-")}`] = async (fault) => {
    const answer = await chat(fault);
    const { error } = jsonOf(answer);
    assert.deepEqual([answer.status, error.http_status, error.code, error.availability.code, error.availability.retryable], [status, status, undefined, code, retryable]);
    assert.deepEqual([error.availability.retry_after, header(answer, "retry-after")], [retryable ? 40 : undefined, undefined]);
  };
}

const only = Object.entries(FAULTS).filter(([, fault]) => fault.group !== "picture" && fault.only?.length === 1 && fault.only[0] === "openrouter");
for (const [kind, { meaning }] of only) {
  test(`${kind}: ${meaning}`, async () => {
    const check = checks[kind] ?? assert.fail("every fault has a check");
    await check(kind);
  });
}

test("the usual mid-stream error has a number as code and a choice that finishes with `error`", async () => {
  const last = (await told("error-line-2")).events.at(-1);
  assert.deepEqual([last.error.code, last.choices], [502, [{ index: 0, delta: { content: "" }, finish_reason: "error", native_finish_reason: "error" }]]);
});

test("OpenRouter's own limit names itself in headers; that of a provider does not", async () => {
  assert.equal(header(await chat("error-429"), "x-ratelimit-limit"), "20");
  const upstream = await chat("error-429-bare");
  assert.deepEqual([header(upstream, "x-ratelimit-limit"), jsonOf(upstream).error.metadata.provider_code], [undefined, "rate_limit"]);
});

test("rules for other paths: the list of models and the key can fail too", async () => {
  simulator.faults({ next: ["error-500", "html"], forPath: "/api/v1/models" });
  simulator.faults({ next: ["reset-head"], forPath: "/api/v1/key" });
  assert.deepEqual([(await fetch(`${simulator.url}/api/v1/models`)).status, (await fetch(`${simulator.url}/api/v1/models`)).headers.get("content-type")], [500, "text/html; charset=utf-8"]);
  await assert.rejects(fetch(`${simulator.url}/api/v1/key`));
});
