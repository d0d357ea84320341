// @ts-check
/** The simulator against recordings of a real Ollama: the recorded requests, byte for byte, and what came back. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";
import { startOllamaSimulator } from "./ollama.mjs";
import { ask, parse, request } from "./raw-http.mjs";

const folder = new URL("../fixtures/ollama/", import.meta.url);
/** @param {string} name */
const bytesOf = (name) => readFileSync(new URL(name, folder));
/** @param {string} name */
const jsonOf = (name) => JSON.parse(bytesOf(name).toString("utf8"));

const names = readdirSync(folder).filter((file) => file.endsWith(".req")).map((file) => file.slice(0, -4));
/** @type {import("./ollama-models.mjs").Model[]} The models that the recorded server had. */
const models = jsonOf("tags.body").models.map((/** @type {any} */ model) => ({
  name: model.name,
  capabilities: model.capabilities,
  size: model.size,
  digest: model.digest,
  modifiedAt: model.modified_at,
  parent: model.details.parent_model,
  parameterSize: model.details.parameter_size,
  quantization: model.details.quantization_level,
}));

/** @type {Awaited<ReturnType<typeof startOllamaSimulator>>} */
let simulator;
before(async () => {
  simulator = await startOllamaSimulator({ models, version: jsonOf("version.body").version, intervalMs: 0 });
});
after(() => simulator.close());
beforeEach(() => simulator.reset());

for (const name of names) {
  test(`answers ${name} as the real server did`, async () => {
    if (name === "ps_loaded") await ask(simulator.port, request("POST", "/api/chat", { body: '{"model":"smollm2:135m","messages":[]}' }));
    const recorded = parse(bytesOf(`${name}.res`));
    const answered = await ask(simulator.port, bytesOf(`${name}.req`));

    assert.equal(answered.status, recorded.status);
    assert.deepEqual(comparable(answered.headers), comparable(recorded.headers));
    assert.equal(answered.complete, true);
    assert.deepEqual(shapes(answered), shapes(recorded));
    if (recorded.status >= 400) assert.equal(answered.body.toString(), recorded.body.toString());
  });
}

test("the version and the list of models are the recorded ones, value for value", async () => {
  const version = await ask(simulator.port, bytesOf("version.req"));
  assert.deepEqual(JSON.parse(version.body.toString()), jsonOf("version.body"));
  const tags = await ask(simulator.port, bytesOf("tags.req"));
  assert.deepEqual(JSON.parse(tags.body.toString()), jsonOf("tags.body"));
});

test("every stream's line is an HTTP chunk of its own, as recorded", async () => {
  const answered = await ask(simulator.port, bytesOf("chat_stream.req"));
  const recorded = parse(bytesOf("chat_stream.res"));
  for (const { chunks } of [answered, recorded]) {
    assert.ok(chunks.length > 5);
    for (const chunk of chunks) assert.match(chunk.toString(), /^\{.*\}\n$/);
  }
});

/**
 * The headers that must be equal: all but the date, and of a length only that there is one.
 * @param {[string, string][]} headers
 */
function comparable(headers) {
  return headers
    .filter(([name]) => name !== "date")
    .map(([name, value]) => `${name}: ${name === "content-length" && value !== "0" ? "N" : value}`)
    .sort();
}

/**
 * The shape of each line, with repetitions of one shape taken together: how many tokens there are does not matter.
 * @param {{ body: Buffer }} answer
 */
function shapes({ body }) {
  const lines = body.toString("utf8").split("\n").filter((line) => line !== "").map((line) => shape(JSON.parse(line)));
  return lines.filter((line, index) => JSON.stringify(line) !== JSON.stringify(lines[index - 1]));
}

/** Values that are part of the protocol and not of what was said. */
const LITERAL = new Set(["done", "done_reason", "role", "model", "error", "type", "index"]);

/**
 * @param {any} value
 * @param {string} [key]
 * @returns {any} the value with its texts and numbers replaced by their types; keys keep their order
 */
function shape(value, key = "") {
  if (Array.isArray(value)) {
    const each = value.map((item) => shape(item));
    return [...new Map(each.map((item) => [JSON.stringify(item), item])).values()].sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  }
  if (value === null) return "null";
  if (typeof value === "object") {
    // Tensors are of several kinds, and how many of each is the model's business.
    if (key === "" && "shape" in value) return Object.keys(value);
    return Object.entries(value).map(([name, item]) => [name, shape(item, name)]);
  }
  if (LITERAL.has(key)) return value;
  if (key.endsWith("_at")) return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(value) ? "instant" : value;
  if (key === "content" && value.startsWith("{")) return ["JSON", shape(JSON.parse(value))];
  if (key === "id") return value.replace(/^call_[a-z0-9]{8}$/, "a call's id");
  // An empty text is told from one that says something: the last line of a stream has none.
  if (typeof value === "string") return value === "" ? "empty" : "text";
  return Number.isInteger(value) ? "integer" : "number";
}
