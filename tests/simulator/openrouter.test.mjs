// @ts-check
/** The simulated OpenRouter's chat: what comes on the wire, what it costs, and which model answers. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { ask, eventsOf, header, jsonOf, ORIGIN, request } from "./cloud-client.mjs";
import { GOOD_OPENROUTER_KEY } from "./keys.mjs";
import { startOpenRouterSimulator } from "./openrouter.mjs";

/** @type {Awaited<ReturnType<typeof startOpenRouterSimulator>>} */
let simulator;
before(async () => {
  simulator = await startOpenRouterSimulator({ intervalMs: 0 });
});
after(() => simulator.close());
beforeEach(() => simulator.reset());

const MESSAGES = [{ role: "user", content: "Hi" }];
const TOOLS = [{ type: "function", function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } } }];
const PIXEL = "data:image/png;base64,iVBORw0KGgo=";

/** @param {object} more @param {Record<string, string>} [headers] */
const chat = (more, headers = {}) => ask(simulator.port, request("POST", "/api/v1/chat/completions", {
  headers: { ...ORIGIN, "Authorization": `Bearer ${GOOD_OPENROUTER_KEY}`, "Content-Type": "application/json", ...headers },
  body: JSON.stringify({ model: "simulator/text", messages: MESSAGES, ...more }),
}));
/** @param {object} more */
const whole = async (more) => jsonOf(await chat(more));
/** @param {object} more */
const streamed = async (more) => eventsOf(await chat({ stream: true, ...more }));
/** @param {any[]} events @param {string} [field] */
const joined = (events, field = "content") => events.map((event) => event.choices?.[0]?.delta?.[field] ?? "").join("");
/** @param {any} answer @returns {[number, string | undefined, string[] | undefined]} */
const refusal = (answer) => [answer.status, jsonOf(answer).error.availability?.code, jsonOf(answer).error.availability?.excluded_by];

test("a stream, byte for byte: comments, text, finish, usage with its cost, [DONE]", async () => {
  const answer = await chat({ stream: true, max_tokens: 2 });
  const head = '{"id":"gen-1767225600-simulator1","provider":"Simulator","model":"simulator/text","object":"chat.completion.chunk","created":1767225600,"choices":';
  const piece = (/** @type {string} */ text, reason = "null", native = "null") =>
    `data: ${head}[{"index":0,"delta":{"role":"assistant","content":"${text}"},"finish_reason":${reason},"native_finish_reason":${native}}]}\n\n`;
  assert.equal(answer.body.toString(), [
    ": OPENROUTER PROCESSING\n\n", ": OPENROUTER PROCESSING\n\n",
    piece("This"), piece(" is"), piece("", '"length"', '"max_tokens"'),
    `data: ${head}[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"cost":0.00000255,"is_byok":false,`
      + '"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":0,"audio_tokens":0,"video_tokens":0},'
      + '"cost_details":{"upstream_inference_cost":null,"upstream_inference_prompt_cost":0.00000135,"upstream_inference_completions_cost":0.0000012},'
      + '"completion_tokens_details":{"reasoning_tokens":0,"image_tokens":0}}}\n\n',
    "data: [DONE]\n\n",
  ].join(""));
  assert.equal(header(answer, "content-type"), "text/event-stream");
  assert.equal(header(answer, "x-generation-id"), "gen-1767225600-simulator1");
});

test("a whole answer has its message, its reasoning and its usage", async () => {
  const { choices: [choice], usage, object } = await whole({ model: "simulator/reasoning" });
  assert.deepEqual([object, choice.finish_reason, choice.message.content], ["chat.completion", "stop", "This is the OpenRouter simulator, not a model. You asked: Hi"]);
  assert.equal(choice.message.reasoning, "The simulator pretends to think about it.");
  assert.deepEqual(choice.message.reasoning_details.map((/** @type {any} */ one) => [one.type, one.text, typeof one.signature]),
    [["reasoning.text", choice.message.reasoning, "string"]]);
  assert.deepEqual([usage.completion_tokens, usage.completion_tokens_details.reasoning_tokens], [22, 8]);
  assert.equal(usage.cost, (usage.prompt_tokens * 125 + 22 * 1000) / 1e8);
});

test("reasoning comes before the text, can be switched off, and hidden is billed all the same", async () => {
  const events = await streamed({ model: "simulator/reasoning" });
  assert.equal(joined(events, "reasoning"), "The simulator pretends to think about it.");
  const details = events.flatMap((event) => event.choices?.[0]?.delta?.reasoning_details ?? []);
  assert.deepEqual([details[0], typeof details.at(-1).signature], [{ type: "reasoning.text", text: "The", format: "unknown", index: 0 }, "string"]);
  for (const off of [{ effort: "none" }, { enabled: false }]) assert.equal(joined(await streamed({ model: "simulator/reasoning", reasoning: off }), "reasoning"), "");
  const hidden = await whole({ model: "simulator/reasoning", reasoning: { exclude: true } });
  assert.deepEqual([hidden.choices[0].message.reasoning, hidden.usage.completion_tokens_details.reasoning_tokens], [undefined, 8]);
  assert.equal((await chat({ model: "simulator/reasoning-always", reasoning: { effort: "none" } })).status, 400);
  assert.equal((await chat({ model: "simulator/reasoning", reasoning: { effort: "low", max_tokens: 100 } })).status, 400);
});

test("reasoning details go back as they came, each or joined, and changed ones are refused", async () => {
  const call = { role: "assistant", content: null, tool_calls: [{ id: "c", type: "function", function: { name: "get_weather", arguments: "{}" } }] };
  const next = (/** @type {unknown[]} */ details) => chat({
    model: "simulator/reasoning", tools: TOOLS, messages: [...MESSAGES, { ...call, reasoning_details: details }, { role: "tool", tool_call_id: "c", content: "9 degrees" }],
  });
  const [joinedDetail] = (await whole({ model: "simulator/reasoning" })).choices[0].message.reasoning_details;
  const each = (await streamed({ model: "simulator/reasoning" })).flatMap((event) => event.choices?.[0]?.delta?.reasoning_details ?? []);
  const [encrypted] = (await whole({ model: "simulator/reasoning:thinking-encrypted" })).choices[0].message.reasoning_details;
  for (const details of [[joinedDetail], each, [encrypted], [{ type: "reasoning.text", text: "Another's", format: "anthropic-claude-v1", index: 0 }]]) {
    assert.match(jsonOf(await next(details)).choices[0].message.content, /The tool said: 9 degrees/);
    assert.equal(simulator.requests.at(-1)?.notes["returnedReasoning"], true);
  }
  const spoilt = `${encrypted.data.slice(0, -4)}AAAA`;
  for (const details of [[{ ...joinedDetail, text: "I think so." }], each.slice(1), [{ ...joinedDetail, signature: undefined }], [{ ...encrypted, data: spoilt }]]) {
    assert.equal((await next(details)).status, 400);
  }
});

test("tool calls come as deltas, results are accepted, and a result nobody asked for is not", async () => {
  const events = await streamed({ tools: TOOLS });
  const deltas = events.flatMap((event) => event.choices?.[0]?.delta?.tool_calls ?? []);
  assert.deepEqual(deltas[0], { index: 0, id: "call_simulator0", type: "function", function: { name: "get_weather", arguments: "" } });
  assert.deepEqual(JSON.parse(deltas.map((delta) => delta.function.arguments).join("")), { city: "simulator" });
  assert.ok(events.some((event) => event.choices?.[0]?.finish_reason === "tool_calls"));
  const { message } = (await whole({ tools: TOOLS })).choices[0];
  const history = [...MESSAGES, message, { role: "tool", tool_call_id: "call_simulator0", content: "9 degrees" }];
  assert.match((await whole({ tools: TOOLS, messages: history })).choices[0].message.content, /The tool said: 9 degrees/);
  assert.equal((await chat({ tools: TOOLS, messages: [...MESSAGES, { role: "tool", tool_call_id: "x", content: "?" }] })).status, 400);
  const objects = { ...message, tool_calls: [{ ...message.tool_calls[0], function: { name: "get_weather", arguments: {} } }] };
  assert.equal((await chat({ tools: TOOLS, messages: [...MESSAGES, objects] })).status, 400, "arguments are a string here");
});

test("all tools that the prompt names are called, or the one that tool_choice names", async () => {
  const tools = ["first_tool", "second_tool"].map((name) => ({ type: "function", function: { name, parameters: { type: "object" } } }));
  const named = async (/** @type {object} */ more) => (await whole({ tools, ...more })).choices[0].message.tool_calls?.map((/** @type {any} */ call) => call.function.name);
  assert.deepEqual(await named({ messages: [{ role: "user", content: "Use second_tool, then first_tool." }] }), ["first_tool", "second_tool"]);
  assert.deepEqual(await named({ tool_choice: { type: "function", function: { name: "second_tool" } } }), ["second_tool"]);
  assert.equal(await named({ tool_choice: "none" }), undefined);
});

test("a JSON schema is answered with JSON that fits it, by a model that knows schemas", async () => {
  const schema = { type: "object", properties: { age: { type: "integer", minimum: 3 }, tags: { type: "array", items: { enum: ["a", "b"] } } }, required: ["age"] };
  const response_format = { type: "json_schema", json_schema: { name: "person", strict: true, schema } };
  assert.deepEqual(JSON.parse(joined(await streamed({ response_format }))), { age: 3, tags: ["a"] });
  assert.match((await whole({ model: "simulator/plain", response_format })).choices[0].message.content, /^This is/, "ignored in silence");
  assert.deepEqual(simulator.requests.at(-1)?.notes["ignored"], ["response_format"]);
  assert.deepEqual(refusal(await chat({ model: "simulator/plain", response_format, provider: { require_parameters: true } })), [404, "constraint_filtered", ["require_parameters"]]);
});

test("a search has its sources in annotations that say where the text cites them", async () => {
  for (const asked of [{ plugins: [{ id: "web" }] }, { model: "simulator/text:online" }, { tools: [{ type: "openrouter:web_search" }] }]) {
    const { message } = (await whole(asked)).choices[0];
    assert.deepEqual(message.annotations.map((/** @type {any} */ one) => [one.type, one.url_citation.url, Object.keys(one.url_citation)]), ["one", "two"].map((name) =>
      ["url_citation", `https://${name}.simulator.example/made-up?page=${name}`, ["url", "title", "content", "start_index", "end_index"]]));
    const { start_index: start, end_index: end, url } = message.annotations[1].url_citation;
    assert.equal(message.content.slice(start, end), `[two.simulator.example](${url})`);
  }
  const events = await streamed({ plugins: [{ id: "web" }] });
  const [delta] = events.map((event) => event.choices?.[0]?.delta).filter((one) => one?.annotations !== undefined);
  assert.deepEqual([delta.content, delta.annotations.length], ["", 2]);
  assert.equal((await whole({ plugins: [{ id: "web" }] })).usage.cost > 0.005, true);
  assert.equal("annotations" in (await whole({ plugins: [{ id: "web", enabled: false }] })).choices[0].message, false);
});

test("images are taken as data URLs by a model that sees, and as nothing else", async () => {
  const look = (/** @type {string} */ url, model = "simulator/vision") =>
    chat({ model, messages: [{ role: "user", content: [{ type: "text", text: "What is it?" }, { type: "image_url", image_url: { url } }] }] });
  const seen = jsonOf(await look(PIXEL));
  assert.match(seen.choices[0].message.content, /You asked: What is it\?/);
  assert.ok(seen.usage.prompt_tokens > 768);
  assert.equal((await look(PIXEL, "simulator/text")).status, 404);
  for (const url of ["iVBORw0KGgo=", "data:image/png;base64,*", "data:text/html;base64,AAAA"]) assert.equal((await look(url)).status, 400, url);
});

test("what `provider` demands is obeyed and kept in the journal", async () => {
  const preferences = { data_collection: "deny", zdr: true, require_parameters: true };
  assert.equal((await chat({ provider: preferences, temperature: 0 })).status, 200);
  assert.deepEqual(simulator.requests[0]?.notes["provider"], preferences);
  assert.deepEqual(refusal(await chat({ model: "simulator/text:free", provider: { data_collection: "deny" } })), [404, "privacy_restricted", ["data_policy:training"]]);
  assert.deepEqual(refusal(await chat({ model: "simulator/plain", provider: { zdr: true } })), [404, "privacy_restricted", ["data_policy:zdr"]]);
  assert.deepEqual(refusal(await chat({ provider: { only: ["Elsewhere"] } })), [404, "constraint_filtered", ["allowed_providers"]]);
  assert.deepEqual(refusal(await chat({ provider: { max_price: { prompt: 0.1 } } })), [404, "constraint_filtered", ["max_price"]]);
  assert.equal((await chat({ provider: { max_price: { prompt: 0.15, completion: 0.6 }, only: ["simulator"] } })).status, 200, "per million tokens");
});

test("the referrer and the title are in the journal", async () => {
  await chat({}, { "HTTP-Referer": "http://localhost:5173", "X-OpenRouter-Title": "A test" });
  const { notes } = simulator.requests[0] ?? assert.fail();
  assert.deepEqual([notes["referer"], notes["title"]], ["http://localhost:5173", "A test"]);
});

test("a model that fails is followed by the next of `models`; the answer names the one that it is of", async () => {
  const models = ["simulator/text:error-503", "simulator/nothing", "simulator/plain", "simulator/text"];
  assert.equal((await whole({ model: undefined, models })).model, "simulator/plain");
  assert.equal((await chat({ models: ["simulator/nothing"], model: "simulator/text:error-503" })).status, 400, "the last refusal is told");
  for (const [name, answered] of [["~simulator/text-latest", "simulator/text"], ["simulator/auto", "simulator/text"], ["simulator/text:nitro", "simulator/text"],
    ["simulator/text:free", "simulator/text:free"], ["simulator/text:free:length-1", "simulator/text:free:length-1"]]) {
    assert.equal((await whole({ model: name })).model, answered, name);
  }
});

test("unknown models, other models' endpoints and tools where there are none are refused", async () => {
  assert.deepEqual(refusal(await chat({ model: "simulator/nothing" })), [400, "model_not_found", undefined]);
  assert.deepEqual(refusal(await chat({ model: "simulator/embedding" })), [400, "wrong_endpoint", undefined]);
  assert.equal((await chat({ model: "simulator/plain", tools: TOOLS })).status, 404);
  for (const messages of [undefined, [], [{ role: "model", content: "Hi" }], [{ role: "user", content: 3 }], [{ role: "user", content: [{ type: "input_audio" }] }]]) {
    assert.equal((await chat({ messages })).status, 400);
  }
});

test("a small model loses the middle of a long prompt in silence, unless it is told not to", async () => {
  const messages = [{ role: "user", content: "word ".repeat(6000) }];
  assert.equal((await whole({ model: "simulator/short", messages })).usage.prompt_tokens, 4096);
  const refused = await chat({ model: "simulator/short", messages, plugins: [{ id: "context-compression", enabled: false }] });
  assert.deepEqual([refused.status, jsonOf(refused).error.metadata.error_type], [400, "context_length_exceeded"]);
});

test("embeddings come in another order than the texts, as numbers or as base64", async () => {
  const embed = async (/** @type {object} */ more) => jsonOf(await ask(simulator.port, request("POST", "/api/v1/embeddings", {
    headers: { Authorization: `Bearer ${GOOD_OPENROUTER_KEY}` }, body: JSON.stringify({ model: "simulator/embedding", input: ["a", "b", "c"], ...more }),
  })));
  const { data, usage } = await embed({ dimensions: 8 });
  assert.deepEqual(data.map((/** @type {any} */ one) => [one.index, one.embedding.length]), [[2, 8], [1, 8], [0, 8]]);
  assert.deepEqual(usage, { prompt_tokens: 3, total_tokens: 3, cost: 6e-8 });
  const encoded = Buffer.from((await embed({ dimensions: 8, encoding_format: "base64" })).data[2].embedding, "base64");
  assert.deepEqual([...new Float32Array(encoded.buffer, encoded.byteOffset, 8)], [...Float32Array.from(data[2].embedding)]);
  assert.equal((await embed({ model: "simulator/text" })).error.availability.code, "wrong_endpoint");
  assert.equal((await embed({ input: [] })).error.code, 400);
});
