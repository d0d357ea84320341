// @ts-check
/** The simulated Gemini: what comes on the wire, its models, its keys, embeddings, preflights. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { ask, eventsOf, header, jsonOf, ORIGIN, request } from "./cloud-client.mjs";
import { startGeminiSimulator } from "./gemini.mjs";

/** @type {Awaited<ReturnType<typeof startGeminiSimulator>>} */
let simulator;
before(async () => {
  simulator = await startGeminiSimulator({ intervalMs: 0 });
});
after(() => simulator.close());
beforeEach(() => simulator.reset());

const CONTENTS = [{ role: "user", parts: [{ text: "Hi" }] }];
const KEY = { "x-goog-api-key": "AQ.SimulatorGood" };

/** @param {string} path @param {object} body @param {Record<string, string>} [headers] */
const post = (path, body, headers = KEY) => ask(simulator.port, request("POST", `/v1beta/models/${path}`, { headers: { ...ORIGIN, "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) }));
/** @param {string} path @param {Record<string, string>} [headers] */
const get = (path, headers = KEY) => ask(simulator.port, request("GET", `/v1beta/${path}`, { headers }));
/** @param {object} [more] @param {string} [model] */
const whole = async (more = {}, model = "gemini-simulator-flash") => jsonOf(await post(`${model}:generateContent`, { contents: CONTENTS, ...more }));
/** @param {object} [more] @param {string} [model] */
const streamed = async (more = {}, model = "gemini-simulator-flash") => eventsOf(await post(`${model}:streamGenerateContent?alt=sse`, { contents: CONTENTS, ...more }));
/** @param {any} event @returns {any[]} */
const parts = (event) => event.candidates[0].content.parts ?? [];

test("a stream, byte for byte: CRLF frames, no end marker, a usage that grows and whose prompt count changes", async () => {
  const answer = await post("gemini-simulator-flash:streamGenerateContent?alt=sse", { contents: CONTENTS, generationConfig: { maxOutputTokens: 10 } });
  const frame = (/** @type {string} */ text, /** @type {string} */ finish, /** @type {string} */ usage) =>
    `data: {"candidates":[{"content":{"parts":[{"text":"${text}"}],"role":"model"}${finish}}],"usageMetadata":{${usage}},"modelVersion":"gemini-simulator-flash","responseId":"simulator-1"}\r\n\r\n`;
  const counts = (/** @type {number} */ prompt, /** @type {string} */ spoken, /** @type {number} */ total) =>
    `"promptTokenCount":${prompt},${spoken}"totalTokenCount":${total},"promptTokensDetails":[{"modality":"TEXT","tokenCount":${prompt}}]`;
  assert.equal(answer.body.toString(), [
    frame("This", "", counts(2, "", 2)),
    frame(" is the Gemini simulator", "", counts(2, "", 2)),
    frame(", not a model", "", counts(2, '"candidatesTokenCount":9,', 11)),
    frame(".", ',"finishReason":"MAX_TOKENS"', counts(1, '"candidatesTokenCount":10,', 11)),
  ].join(""));
  assert.equal(header(answer, "content-type"), "text/event-stream");
  assert.ok(answer.complete && answer.chunked);
});

test("without alt=sse the stream is one array, piece by piece", async () => {
  const answer = await post("gemini-simulator-flash:streamGenerateContent", { contents: CONTENTS });
  assert.ok(answer.chunks.length > 3);
  assert.equal(jsonOf(answer).map((/** @type {any} */ chunk) => parts(chunk)[0].text).join(""), "This is the Gemini simulator, not a model. You asked: Hi");
});

test("a whole answer is indented JSON, with its usage", async () => {
  const answer = await post("gemini-simulator-flash:generateContent", { contents: CONTENTS });
  assert.equal(header(answer, "content-type"), "application/json; charset=UTF-8");
  assert.ok(answer.body.toString().startsWith('{\n  "candidates": [\n    {\n      "content": {'));
  const { candidates, usageMetadata, modelVersion } = jsonOf(answer);
  assert.deepEqual(candidates, [{ content: { parts: [{ text: "This is the Gemini simulator, not a model. You asked: Hi" }], role: "model" }, finishReason: "STOP", index: 0 }]);
  assert.deepEqual([usageMetadata.promptTokenCount, usageMetadata.candidatesTokenCount, usageMetadata.totalTokenCount, modelVersion], [1, 14, 15, "gemini-simulator-flash"]);
});

test("thoughts are counted always, shown when asked for, and the last chunk of a thinking model is signed", async () => {
  const hidden = await streamed({}, "gemini-simulator-flash-thinking");
  assert.equal(hidden.flatMap(parts).some((part) => part.thought), false);
  assert.deepEqual(Object.keys(parts(hidden.at(-1))[0]), ["text", "thoughtSignature"]);
  assert.deepEqual([parts(hidden.at(-1))[0].text, hidden.at(-1).usageMetadata.thoughtsTokenCount], ["", 8]);
  const shown = await streamed({ generationConfig: { thinkingConfig: { includeThoughts: true } } }, "gemini-simulator-flash-thinking");
  assert.equal(shown.flatMap(parts).filter((part) => part.thought).map((part) => part.text).join(""), "The simulator pretends to think about it.");
  assert.deepEqual(shown.map((event) => event.usageMetadata.thoughtsTokenCount ?? 0).slice(0, 3), [1, 5, 8]);
  assert.equal((await whole({ generationConfig: { thinkingConfig: { thinkingBudget: 0 } } }, "gemini-simulator-flash-thinking")).usageMetadata.thoughtsTokenCount, undefined);
  const limited = await whole({ generationConfig: { maxOutputTokens: 5 } }, "gemini-simulator-flash-thinking");
  assert.deepEqual(limited.candidates, [{ content: { role: "model" }, finishReason: "MAX_TOKENS", index: 0 }], "thinking eats the limit");
});

test("a JSON schema is answered with JSON that fits it, in either way of writing schemas", async () => {
  const asked = (/** @type {object} */ schema) => ({ generationConfig: { responseMimeType: "application/json", ...schema } });
  const jsonSchema = { type: "object", properties: { kind: { const: "cat" }, legs: { type: "integer", minimum: 4 } }, additionalProperties: false };
  const text = (await streamed(asked({ responseJsonSchema: jsonSchema }))).flatMap(parts).map((part) => part.text).join("");
  assert.deepEqual(JSON.parse(text), { kind: "cat", legs: 4 });
  const openApi = { type: "OBJECT", properties: { names: { type: "ARRAY", items: { type: "STRING", maxLength: "4" }, minItems: "2" }, ok: { type: "BOOLEAN" } } };
  assert.deepEqual(JSON.parse(parts(await whole(asked({ responseSchema: openApi })))[0].text), { names: ["This", "This"], ok: false });
  assert.match(JSON.parse(parts(await whole(asked({})))[0].text).simulator, /not a model/);
});

test("a search has its sources in the last chunk, with places in bytes", async () => {
  const events = await streamed({ contents: [{ role: "user", parts: [{ text: "Café?" }] }], tools: [{ googleSearch: {} }] });
  const found = events.map((event) => event.candidates[0].groundingMetadata);
  assert.deepEqual(found.slice(0, -1).filter(Boolean), []);
  const { groundingChunks, webSearchQueries, groundingSupports, searchEntryPoint } = found.at(-1);
  assert.deepEqual(groundingChunks, ["one", "two"].map((name) => ({ web: { uri: `https://${name}.simulator.example/made-up?page=${name}`, title: `${name}.simulator.example` } })));
  assert.deepEqual(webSearchQueries, ["Café?"]);
  assert.match(searchEntryPoint.renderedContent, /searched nothing/);
  const text = events.flatMap(parts).map((part) => part.text).join("");
  assert.deepEqual(groundingSupports, [{ segment: { endIndex: Buffer.byteLength(text), text }, groundingChunkIndices: [0, 1] }]);
  assert.equal(events.at(-1).usageMetadata.toolUsePromptTokenCount, 20);
  assert.ok((await whole({ tools: [{ google_search: {} }] })).candidates[0].groundingMetadata);
});

test("models come in two pages, whatever page size is asked for", async () => {
  const first = jsonOf(await get("models?pageSize=1000"));
  const second = jsonOf(await get(`models?pageSize=1000&pageToken=${first.nextPageToken}`));
  assert.deepEqual([first.models.length, second.models.length, second.nextPageToken], [4, 4, undefined]);
  const [flash, thinking] = first.models;
  assert.deepEqual([flash.name, flash.thinking, flash.supportedGenerationMethods.includes("generateContent")], ["models/gemini-simulator-flash", undefined, true]);
  assert.deepEqual([thinking.thinking, flash.inputTokenLimit], [true, 1_048_576]);
  assert.ok(second.models.at(-1).supportedGenerationMethods.includes("embedContent"));
  assert.equal(jsonOf(await get("models?pageSize=1")).models.length, 1);
  assert.equal((await get("models?pageToken=nonsense")).status, 400);
  assert.equal(jsonOf(await get("models/gemini-simulator-pro")).displayName, "Simulator: simulator pro");
  assert.equal((await get("models/gemini-nothing")).status, 404);
  simulator.setCatalogue(300);
  const many = jsonOf(await get("models?pageSize=1000"));
  assert.equal(many.models.length, 154);
  assert.ok(many.models.slice(8).every((/** @type {any} */ model) => model.displayName.startsWith("Simulated ")));
  simulator.setModels([{ id: "gemini-simulator-flash:cut-1" }]);
  simulator.setCatalogue(0);
  assert.equal(jsonOf(await get("models")).models[0].name, "models/gemini-simulator-flash:cut-1");
});

test("keys: both forms are good; a bad one is 400, none is 403, others have their reasons", async () => {
  const reason = async (/** @type {Record<string, string>} */ headers) => {
    const answer = await get("models?pageSize=1", headers);
    const { status, details = [] } = jsonOf(answer).error ?? { status: "OK" };
    return [answer.status, status, details.find((/** @type {any} */ one) => one["@type"].endsWith("ErrorInfo"))?.reason];
  };
  assert.deepEqual(await reason({ "x-goog-api-key": "AIzaSimulatorGood" }), [200, "OK", undefined]);
  assert.deepEqual(await reason(KEY), [200, "OK", undefined]);
  assert.deepEqual(await reason({ "x-goog-api-key": "AIzaWrong" }), [400, "INVALID_ARGUMENT", "API_KEY_INVALID"]);
  assert.deepEqual(await reason({}), [403, "PERMISSION_DENIED", undefined]);
  assert.deepEqual(await reason({ "x-goog-api-key": "AQ.SimulatorWrongType" }), [401, "UNAUTHENTICATED", "ACCESS_TOKEN_TYPE_UNSUPPORTED"]);
  assert.deepEqual(await reason({ "x-goog-api-key": "AIzaSimulatorBlocked" }), [403, "PERMISSION_DENIED", undefined]);
  assert.deepEqual(await reason({ "x-goog-api-key": "AIzaSimulatorReferrer" }), [403, "PERMISSION_DENIED", "API_KEY_HTTP_REFERRER_BLOCKED"]);
  const free = { "x-goog-api-key": "AIzaSimulatorFree" };
  assert.equal((await post("gemini-simulator-flash:generateContent", { contents: CONTENTS }, free)).status, 200);
  const zero = await post("gemini-simulator-pro:generateContent", { contents: CONTENTS }, free);
  assert.deepEqual([zero.status, jsonOf(zero).error.details[0].violations[0].quotaValue], [429, "0"]);
});

test("a key in the URL is refused and journalled as a leak", async () => {
  const answer = await get("models?key=AQ.SimulatorGood", {});
  assert.deepEqual([answer.status, /refuses a key in the URL/.test(jsonOf(answer).error.message)], [400, true]);
  assert.deepEqual(simulator.requests[0]?.leaks, ["query parameter key", "query parameter key: a key for gemini"]);
  await get("models", { ...KEY, Authorization: "Bearer sk-or-v1-simulator-good" });
  assert.deepEqual(simulator.requests[1]?.leaks, ["header authorization: a key for openrouter"]);
});

test("a preflight lets four headers through; any other one, or the path that imitates OpenAI, is 403 without CORS headers", async () => {
  const preflight = (/** @type {string} */ headers, path = "/v1beta/models/x:generateContent") => ask(simulator.port, request("OPTIONS", path, {
    headers: { ...ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": headers } }));
  const granted = await preflight("content-type, x-goog-api-key,x-goog-api-client,authorization");
  assert.deepEqual([granted.status, header(granted, "access-control-allow-origin")], [200, ORIGIN.Origin]);
  for (const name of ["api-revision", "http-referer", "x-title", "traceparent"]) {
    const refused = await preflight(`content-type,x-goog-api-key,${name}`);
    assert.deepEqual([refused.status, refused.headers.filter(([key]) => key.startsWith("access-control"))], [403, []], name);
  }
  assert.equal((await preflight("content-type", "/v1beta/openai/chat/completions")).status, 403);
  const answer = await post("gemini-simulator-flash:generateContent", { contents: CONTENTS });
  assert.deepEqual([header(answer, "access-control-allow-origin"), answer.headers.filter(([key]) => key === "vary").map(([, value]) => value)],
    [ORIGIN.Origin, ["Origin", "X-Origin", "Referer"]]);
});

test("tokens are counted, of contents or of a whole request", async () => {
  const count = async (/** @type {object} */ body) => jsonOf(await post("gemini-simulator-flash:countTokens", body));
  assert.deepEqual(await count({ contents: [{ parts: [{ text: "one two three" }] }] }), { totalTokens: 3, promptTokensDetails: [{ modality: "TEXT", tokenCount: 3 }] });
  const request_ = { model: "models/gemini-simulator-flash", contents: CONTENTS, systemInstruction: { parts: [{ text: "Be brief" }] } };
  assert.equal((await count({ generateContentRequest: request_ })).totalTokens, 3);
  assert.equal((await count({ contents: CONTENTS, generateContentRequest: request_ })).error.code, 400);
  assert.equal((await count({ contents: [{ parts: [{ inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } }] }] })).promptTokensDetails[1].tokenCount, 258);
});

test("embeddings: one, a batch in order, each with its model, a hundred at most; shortened ones are not of length one", async () => {
  const model = "models/gemini-simulator-embedding";
  const one = (/** @type {string} */ text, /** @type {object} */ more = {}) => ({ model, content: { parts: [{ text }] }, taskType: "RETRIEVAL_DOCUMENT", ...more });
  const { embedding } = jsonOf(await post("gemini-simulator-embedding:embedContent", one("a")));
  assert.equal(embedding.values.length, 3072);
  assert.ok(Math.abs(Math.hypot(...embedding.values) - 1) < 1e-3);
  const batch = async (/** @type {object[]} */ requests) => jsonOf(await post("gemini-simulator-embedding:batchEmbedContents", { requests }));
  const { embeddings } = await batch([one("b", { outputDimensionality: 768 }), one("a", { outputDimensionality: 768 })]);
  assert.deepEqual(embeddings.map((/** @type {any} */ made) => made.values.length), [768, 768]);
  assert.deepEqual(embeddings[1].values, embedding.values.slice(0, 768));
  assert.ok(Math.hypot(...embeddings[1].values) < 0.9);
  assert.equal((await batch(Array(100).fill(one("a", { outputDimensionality: 1 })))).embeddings.length, 100);
  assert.match((await batch(Array(101).fill(one("a")))).error.message, /at most 100/);
  assert.match((await batch([{ content: { parts: [{ text: "a" }] } }])).error.message, /requests\[0\]\.model/);
  assert.equal((await batch([one("a", { taskType: "NONSENSE" })])).error.code, 400);
  assert.equal((await post("gemini-simulator-flash:embedContent", one("a"))).status, 404, "a model without the method");
});

test("unknown models and methods are 404 as JSON, unknown addresses 404 as a page", async () => {
  const { error } = jsonOf(await post("gemini-nothing:generateContent", { contents: CONTENTS }));
  assert.deepEqual([error.code, error.status, /is not found for API version v1beta/.test(error.message), error.details[0]["@type"]],
    [404, "NOT_FOUND", true, "type.googleapis.com/google.rpc.DebugInfo"]);
  assert.equal((await post("gemini-simulator-embedding:generateContent", { contents: CONTENTS })).status, 404);
  assert.equal(header(await post("gemini-simulator-flash:predict", {}), "content-type"), "text/html; charset=utf-8");
  assert.equal((await ask(simulator.port, request("GET", "/v1/models", { headers: KEY }))).status, 404);
});
