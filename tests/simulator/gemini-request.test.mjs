// @ts-check
/** What the simulated Gemini refuses in a request, in the words and with the places of the real one; and conversations with tools. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startGeminiSimulator } from "./gemini.mjs";

/** @type {Awaited<ReturnType<typeof startGeminiSimulator>>} */
let simulator;
before(async () => {
  simulator = await startGeminiSimulator({ intervalMs: 0 });
});
after(() => simulator.close());
beforeEach(() => simulator.reset());

const USER = { role: "user", parts: [{ text: "Hi" }] };
const TOOLS = [{ functionDeclarations: [{ name: "get_weather", parametersJsonSchema: { type: "object", properties: { city: { type: "string" } }, $schema: "x" } }, { name: "get_time" }] }];

/** @param {object} body @param {string} [model] @returns {Promise<any>} */
async function generate(body, model = "gemini-simulator-flash") {
  const response = await fetch(`${simulator.apiUrl}/models/${model}:generateContent`, {
    method: "POST", headers: { "x-goog-api-key": "AQ.SimulatorGood", "Content-Type": "application/json" }, body: JSON.stringify({ contents: [USER], ...body }),
  });
  return { status: response.status, .../** @type {object} */ (await response.json()) };
}
/** @param {object} body @param {string} [model] */
const message = async (body, model) => (await generate(body, model)).error?.message;

test("a field that is not known is told with its place, in snake_case, and all of them at once", async () => {
  const { status, error } = await generate({ stream: true, generationConfig: { max_tokens: 5 }, tools: [{ functionDeclarations: [{ name: "f", parameters: { type: "OBJECT", properties: { a: { const: 1 } } } }] }] });
  const inSchema = "tools[0].function_declarations[0].parameters.properties[0].value";
  const violations = [
    { description: 'Invalid JSON payload received. Unknown name "stream": Cannot find field.' },
    { field: "generation_config", description: `Invalid JSON payload received. Unknown name "max_tokens" at 'generation_config': Cannot find field.` },
    { field: inSchema, description: `Invalid JSON payload received. Unknown name "const" at '${inSchema}': Cannot find field.` },
  ];
  assert.equal(status, 400);
  assert.deepEqual(error, {
    code: 400, message: violations.map(({ description }) => description).join("\n"), status: "INVALID_ARGUMENT",
    details: [{ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: violations }],
  });
});

test("snake_case, numbers in quotes and single objects for lists are taken", async () => {
  const { status, candidates } = await generate({ contents: { parts: { text: "one" } }, system_instruction: { parts: [{ text: "Be brief" }] }, generation_config: { max_output_tokens: "2" } });
  assert.deepEqual([status, candidates[0].content.parts[0].text, candidates[0].finishReason], [200, "This is", "MAX_TOKENS"]);
});

test("values of a wrong kind are told with their place", async () => {
  const image = (/** @type {unknown} */ data) => ({ contents: [{ role: "user", parts: [{ text: "?" }, { inlineData: { mimeType: "image/png", data } }] }] });
  assert.match(await message(image("data:image/png;base64,AAAA")), /^Invalid value at 'contents\[0\]\.parts\[1\]\.inline_data\.data' \(TYPE_BYTES\), Base64 decoding failed for "data:/);
  assert.ok((await message(image(`data:${"A".repeat(5000)}`))).length < 300);
  assert.equal((await generate(image("iVBORw0KGgo="))).usageMetadata.promptTokensDetails[1].modality, "IMAGE");
  const called = { contents: [USER, { role: "model", parts: [{ functionCall: { name: "f", args: "{}" } }] }] };
  assert.equal(await message(called), `Invalid value at 'contents[1].parts[0].function_call.args' (type.googleapis.com/google.protobuf.Struct), "{}"`);
});

test("roles, empty contents and empty parts", async () => {
  for (const role of ["assistant", "system", "tool"]) assert.equal(await message({ contents: [{ role, parts: [{ text: "Hi" }] }] }), "Please use a valid role: user, model.");
  assert.equal(await message({ contents: [] }), "* GenerateContentRequest.contents: contents is not specified\n");
  assert.equal(await message({ contents: [USER, { role: "model", parts: [] }] }), "* GenerateContentRequest.contents[1].parts: contents.parts must not be empty.\n");
  for (const part of [{}, { text: "a", inlineData: { mimeType: "image/png", data: "AAAA" } }]) {
    assert.match(await message({ contents: [{ role: "user", parts: [part] }] }), /required oneof field 'data'/);
  }
});

test("what does not go together is refused", async () => {
  const refused = async (/** @type {object} */ body, /** @type {RegExp} */ pattern, model = "gemini-simulator-flash") => assert.match(await message(body, model) ?? "", pattern);
  const thinkingConfig = { thinkingBudget: 100, thinkingLevel: "LOW" };
  await refused({ generationConfig: { thinkingConfig } }, /only set one of/, "gemini-3-simulator-flash");
  await refused({ generationConfig: { thinkingConfig: { thinkingLevel: "LOW" } } }, /level is not supported/, "gemini-simulator-flash-thinking");
  await refused({ generationConfig: { thinkingConfig: { thinkingLevel: "HUGE" } } }, /thinking_level/, "gemini-3-simulator-flash");
  await refused({ generationConfig: { thinkingConfig: { thinkingBudget: 100 } } }, /not supported/);
  await refused({ generationConfig: { thinkingConfig: { thinkingBudget: 0 } } }, /only works in thinking mode/, "gemini-simulator-pro");
  await refused({ generationConfig: { responseJsonSchema: {} } }, /response mime type/);
  await refused({ generationConfig: { responseMimeType: "application/json", responseJsonSchema: {}, responseSchema: {} } }, /Only one of/);
  await refused({ generationConfig: { candidateCount: 2 } }, /one candidate/);
  await refused({ tools: [...TOOLS, { googleSearch: {} }] }, /Tool use with function calling/);
  await refused({ tools: [{ googleSearch: {} }], generationConfig: { responseMimeType: "application/json" } }, /Tool use with a response mime type/);
  await refused({ tools: TOOLS, generationConfig: { responseMimeType: "application/json" } }, /Function calling with a response mime type/);
  assert.equal((await generate({ tools: [...TOOLS, { googleSearch: {} }] }, "gemini-3-simulator-flash")).status, 200);
});

test("a tool is called and its result taken; the second generation needs no signature", async () => {
  const { candidates: [{ content, finishReason }] } = await generate({ tools: TOOLS });
  assert.deepEqual([content.parts, finishReason], [[{ functionCall: { name: "get_weather", args: { city: "simulator" } } }], "STOP"]);
  const result = { role: "user", parts: [{ functionResponse: { name: "get_weather", response: { degrees: 9 } } }] };
  const { candidates } = await generate({ tools: TOOLS, contents: [USER, content, result] });
  assert.match(candidates[0].content.parts[0].text, /The tool said: \{"degrees":9\}/);
  assert.match(await message({ tools: TOOLS, contents: [USER, result] }), /immediately after a function call/);
  assert.match(await message({ tools: TOOLS, contents: [USER, content, { role: "user", parts: [...result.parts, ...result.parts] }] }), /number of function response parts/);
  const text = { role: "user", parts: [{ functionResponse: { name: "get_weather", response: "9 degrees" } }] };
  assert.match(await message({ tools: TOOLS, contents: [USER, content, text] }), /protobuf\.Struct/);
  assert.equal((await generate({ tools: TOOLS, toolConfig: { functionCallingConfig: { mode: "NONE" } } })).candidates[0].content.parts[0].functionCall, undefined);
  const allowed = { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["get_time"] } };
  assert.deepEqual((await generate({ tools: TOOLS, toolConfig: allowed })).candidates[0].content.parts, [{ functionCall: { name: "get_time" } }], "no parameters, no args");
});

test("the third generation wants its signature back, byte for byte, on the first call of each step since the user spoke", async () => {
  const model = "gemini-3-simulator-flash";
  const contents = [{ role: "user", parts: [{ text: "get_weather and get_time" }] }];
  const { candidates: [{ content }] } = await generate({ tools: TOOLS, contents }, model);
  assert.deepEqual(content.parts.map((/** @type {any} */ part) => [part.functionCall.name, part.functionCall.id, typeof part.thoughtSignature]),
    [["get_weather", "call_simulator0", "string"], ["get_time", "call_simulator1", "undefined"]]);
  const result = { role: "user", parts: ["get_weather", "get_time"].map((name) => ({ functionResponse: { name, response: {} } })) };
  const next = (/** @type {string | undefined} */ thoughtSignature, /** @type {object[]} */ more = []) => {
    const [first, second] = content.parts;
    return message({ tools: TOOLS, contents: [...contents, { role: "model", parts: [{ functionCall: first.functionCall, thoughtSignature }, second] }, result, ...more] }, model);
  };
  assert.equal(await next(content.parts[0].thoughtSignature), undefined);
  assert.equal(await next("skip_thought_signature_validator"), undefined);
  assert.match(await next(undefined), /missing a thought_signature in functionCall parts.*`default_api:get_weather`, position 2/);
  assert.equal(await next("c2ltdWxhdG9y"), "Thought signature is not valid.");
  assert.equal(await next(undefined, [{ role: "model", parts: [{ text: "So." }] }, USER]), undefined, "what came before is not looked at");
});

test("an answer that had begun is gone on with", async () => {
  const begun = { role: "model", parts: [{ text: "This is the OpenRouter simulator, not" }] };
  assert.equal((await generate({ contents: [USER, begun] })).candidates[0].content.parts[0].text, " a model. You asked: Hi");
});
