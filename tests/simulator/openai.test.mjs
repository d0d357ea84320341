// @ts-check
/** The simulated OpenAI-compatible server, in the manner of llama.cpp's. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";
import { startOpenAISimulator } from "./openai.mjs";
import { ask, request } from "./raw-http.mjs";

/** @type {Awaited<ReturnType<typeof startOpenAISimulator>>} */
let simulator;
before(async () => {
  simulator = await startOpenAISimulator({ intervalMs: 0 });
});
after(() => simulator.close());
beforeEach(() => simulator.reset());

const ANSWER = "This is the OpenAI-compatible simulator, not a model. You asked: Hi";
const ORIGIN = { Origin: "https://app.example" };

/** @param {string} model @param {object} [more] */
const chat = (model, more = {}) => ask(simulator.port, request("POST", "/v1/chat/completions", {
  headers: { ...ORIGIN, "Content-Type": "application/json" },
  body: JSON.stringify({ model, stream: true, stream_options: { include_usage: true }, messages: [{ role: "user", content: "Hi" }], ...more }),
}));
/** @param {{ body: Buffer }} answer @returns {any[]} the events' data, parsed where they are JSON */
const data = ({ body }) => body.toString("utf8").split(/\r?\n/).filter((line) => line.startsWith("data: ")).map((line) => {
  try {
    return JSON.parse(line.slice(6));
  } catch {
    return line.slice(6);
  }
});
/** @param {any[]} events @param {string} [field] */
const textOf = (events, field = "content") => events.map((event) => event.choices?.[0]?.delta?.[field] ?? "").join("");
/** @param {any[]} events */
const reason = (events) => events.map((event) => event.choices?.[0]?.finish_reason).find(Boolean);

test("a stream has the form of the hand-made one: role, deltas, finish, usage, [DONE]", async () => {
  const answer = await chat("simulator");
  const made = data({ body: readFileSync(new URL("../fixtures/openai/complete.sse", import.meta.url)) });
  const events = data(answer);
  const keys = (/** @type {any} */ event) => (typeof event === "string" ? event : [Object.keys(event), Object.keys(event.choices[0]?.delta ?? {})]);
  assert.deepEqual([events[0], events[1], ...events.slice(-3)].map(keys), [made[0], made[1], ...made.slice(-3)].map(keys));
  assert.deepEqual(Object.keys(events.at(-2).usage), Object.keys(made.at(-2).usage));
  assert.deepEqual(Object.keys(events.at(-2).timings), Object.keys(made.at(-2).timings));
  assert.deepEqual([textOf(events), reason(events), events.at(-2).usage.completion_tokens], [ANSWER, "stop", events.length - 4]);
  assert.ok(answer.headers.some(([name, value]) => name === "content-type" && value === "text/event-stream"));
  assert.ok(answer.headers.some(([name, value]) => name === "access-control-allow-origin" && value === ORIGIN.Origin));
});

test("usage comes only when it is asked for, and a whole body has it always", async () => {
  assert.ok(!data(await chat("simulator", { stream_options: undefined })).some((event) => event.usage));
  const whole = JSON.parse((await chat("simulator", { stream: false })).body.toString());
  assert.deepEqual([whole.choices[0].message.content, whole.choices[0].finish_reason, whole.usage.prompt_tokens > 0], [ANSWER, "stop", true]);
});

test("tool calls come as deltas whose arguments are text", async () => {
  const tools = [{ type: "function", function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } } }];
  const events = data(await chat("simulator", { tools }));
  const deltas = events.flatMap((event) => event.choices?.[0]?.delta?.tool_calls ?? []);
  assert.deepEqual([deltas[0].function.name, deltas[0].id, deltas.length > 2], ["get_weather", "call_simulator0", true]);
  assert.deepEqual(JSON.parse(deltas.map((delta) => delta.function.arguments).join("")), { city: "simulator" });
  assert.equal(reason(events), "tool_calls");
});

test("reasoning, limits, parts of a message and a JSON schema", async () => {
  const thought = data(await chat("simulator-thinking"));
  assert.match(textOf(thought, "reasoning_content"), /pretends to think/);
  assert.equal(reason(data(await chat("simulator", { max_tokens: 3 }))), "length");
  const parts = data(await chat("simulator", { messages: [{ role: "user", content: [{ type: "text", text: "Hi" }, { type: "image_url", image_url: { url: "data:," } }] }] }));
  assert.equal(textOf(parts), ANSWER);
  assert.ok(parts.at(-2).usage.prompt_tokens > 768);
  const schema = { type: "object", properties: { age: { type: "integer" } } };
  assert.deepEqual(JSON.parse(textOf(data(await chat("simulator", { response_format: { type: "json_schema", json_schema: { schema } } })))), { age: 0 });
});

test("a simulator goes on with what another one had begun", async () => {
  const messages = [{ role: "user", content: "Hi" }, { role: "assistant", content: "This is the Ollama simulator, not" }];
  assert.equal(textOf(data(await chat("simulator", { messages }))), " a model. You asked: Hi");
});

test("the faults of a stream", async () => {
  const cut = data(await chat("simulator:cut-3"));
  assert.deepEqual([textOf(cut), reason(cut), cut.includes("[DONE]")], ["This is the", undefined, false]);
  const unfinished = data(await chat("simulator:no-finish"));
  assert.deepEqual([textOf(unfinished), unfinished[0].choices[0].delta.role, reason(unfinished), unfinished.includes("[DONE]")], [ANSWER, "assistant", undefined, false]);
  const unterminated = data(await chat("simulator:no-terminator"));
  assert.deepEqual([reason(unterminated), unterminated.includes("[DONE]")], ["stop", false]);
  const failed = data(await chat("simulator:error-line-2"));
  assert.deepEqual([textOf(failed), failed.at(-1).error.code], ["This is", 500]);
  const malformed = data(await chat("simulator:malformed"));
  assert.deepEqual([textOf(malformed), malformed.filter((event) => typeof event === "string").length], [ANSWER, 2]);
  assert.ok(!data(await chat("simulator:no-usage")).some((event) => event.usage));
  const spoiled = await chat("simulator:crlf");
  assert.deepEqual([textOf(data(spoiled)), spoiled.body.includes(": a comment\r\n"), /[^\r]\n/.test(spoiled.body.toString())], [ANSWER, true, false]);
  const invalid = await chat("simulator:invalid-utf8");
  assert.throws(() => new TextDecoder("utf-8", { fatal: true }).decode(invalid.body));
  const bytes = await chat("simulator:bytes", { max_tokens: 2 });
  assert.ok(bytes.chunks.every((chunk) => chunk.length === 1));
  assert.equal(textOf(data(bytes)), "This is");
  assert.match(textOf(data(await chat("simulator:split-utf8"))), /日本語/);
});

test("statuses, and a Retry-After that is exposed or not", async () => {
  for (const status of [400, 401, 402, 403, 404, 429, 500, 503]) {
    const answer = await chat(`simulator:error-${status}`);
    assert.deepEqual([answer.status, JSON.parse(answer.body.toString()).error.code], [status, status]);
  }
  const exposed = await chat("simulator:error-429-exposed");
  assert.ok(exposed.headers.some(([name, value]) => name === "access-control-expose-headers" && value === "Retry-After"));
  const inside = await chat("simulator:error-in-200");
  assert.deepEqual([inside.status, JSON.parse(inside.body.toString()).error.code], [200, 502]);
  const context = JSON.parse((await chat("simulator:error-context")).body.toString());
  assert.equal(context.error.type, "exceed_context_size_error");
});

test("a stall, a reset and a client that leaves", async () => {
  assert.equal((await chat("simulator:reset-head")).ended, "ECONNRESET");
  const torn = await chat("simulator:reset-middle-2");
  assert.deepEqual([textOf(data(torn)), torn.complete], ["This is", false]);
  const body = JSON.stringify({ model: "simulator:stall-middle-2", stream: true, messages: [{ role: "user", content: "Hi" }] });
  await ask(simulator.port, request("POST", "/v1/chat/completions", { body }), { until: (received) => received.includes('" is"') });
  const entry = await simulator.waitFor((one) => one.model === "simulator:stall-middle-2" && one.ended !== "running");
  assert.deepEqual([entry.aborted, entry.tokensSent], [true, 2]);
});

test("models, health, embeddings, preflight and unknown paths", async () => {
  const get = async (/** @type {string} */ path) => JSON.parse((await ask(simulator.port, request("GET", path))).body.toString());
  assert.deepEqual(await get("/health"), { status: "ok" });
  assert.deepEqual((await get("/v1/models")).data.map((/** @type {any} */ model) => model.id), ["simulator", "simulator-thinking"]);
  assert.deepEqual(await get("/v1/nothing"), { error: { message: "File Not Found", type: "not_found_error", code: 404 } });
  const embedded = await ask(simulator.port, request("POST", "/v1/embeddings", { body: '{"model":"simulator","input":["a","b"]}' }));
  assert.deepEqual(JSON.parse(embedded.body.toString()).data.map((/** @type {any} */ one) => [one.index, one.embedding.length]), [[0, 32], [1, 32]]);
  const preflight = await ask(simulator.port, request("OPTIONS", "/v1/chat/completions", { headers: ORIGIN }));
  assert.equal(preflight.status, 200);
  assert.ok(preflight.headers.some(([name, value]) => name === "access-control-allow-headers" && value === "*"));
});

test("with a key and a prefix it wants both, and with strict models only those it has", async () => {
  const strict = await startOpenAISimulator({ apiKey: "sk-test", prefix: "/api", strictModels: true, intervalMs: 0 });
  try {
    const send = async (/** @type {string} */ path, /** @type {string} */ model, /** @type {Record<string, string>} */ headers = {}) =>
      (await fetch(strict.url + path, { method: "POST", headers, body: JSON.stringify({ model, messages: [] }) })).status;
    const key = { Authorization: "Bearer sk-test" };
    assert.equal(await send("/v1/chat/completions", "simulator", key), 404);
    assert.equal(await send("/api/v1/chat/completions", "simulator"), 401);
    assert.equal(await send("/api/v1/chat/completions", "nope", key), 404);
    assert.equal(await send("/api/v1/chat/completions", "simulator:error-500", key), 500);
    assert.equal(await send("/api/v1/chat/completions", "simulator", key), 200);
  } finally {
    await strict.close();
  }
});
