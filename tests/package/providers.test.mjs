// The package with servers that speak their own protocols: what a caller gives arrives there, and what comes back is typed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { GOOD_GEMINI_KEY, startGeminiSimulator } from "../simulator/gemini.mjs";
import { startOllamaSimulator } from "../simulator/ollama.mjs";
import { GOOD_OPENROUTER_KEY, startOpenRouterSimulator } from "../simulator/openrouter.mjs";
import { installed } from "./installed-package.mjs";
import { collect, meshFor, rejection } from "./scripted.mjs";

const { load } = await installed();
const hkm = await load("hkm-mesh");

const PICTURE = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
const schema = { type: "object", properties: { city: { type: "string" }, degrees: { type: "integer" } }, required: ["city", "degrees"], additionalProperties: false };
const tools = [{ name: "weather", description: "The weather of a city", inputSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } }];

const MODELS = {
  ollama: { eye: "ollama/simulator-vision", tools: "ollama/simulator-tools", json: "ollama/simulator", vectors: "ollama/simulator-embed" },
  openrouter: { eye: "openrouter/simulator/vision", tools: "openrouter/simulator/reasoning", json: "openrouter/simulator/text", vectors: "openrouter/simulator/embedding" },
  gemini: { eye: "gemini/gemini-simulator-flash", tools: "gemini/gemini-3-simulator-flash", json: "gemini/gemini-simulator-flash", vectors: "gemini/gemini-simulator-embedding" },
};

test("servers of each kind", async (suite) => {
  const simulators = { ollama: await startOllamaSimulator(), openrouter: await startOpenRouterSimulator(), gemini: await startGeminiSimulator() };
  suite.after(() => Promise.all(Object.values(simulators).map((one) => one.close())));
  const open = async (t, more = {}) => {
    const mesh = meshFor(t, hkm, {
      cache: false,
      policy: { fallback: false },
      providers: {
        ollama: { endpoint: simulators.ollama.url }, comfyui: { disabled: true },
        openrouter: { endpoint: simulators.openrouter.apiUrl, apiKey: GOOD_OPENROUTER_KEY }, gemini: { endpoint: simulators.gemini.apiUrl, apiKey: GOOD_GEMINI_KEY },
      },
      ...more,
    });
    await mesh.discover();
    return mesh;
  };

  for (const [provider, models] of Object.entries(MODELS)) {
    const lastBody = () => simulators[provider].requests.findLast(({ method, body }) => method === "POST" && body.length > 0).body;

    await suite.test(`${provider}: a picture arrives as it was given, in whatever form`, async (t) => {
      const mesh = await open(t);
      for (const data of [new Blob([PICTURE], { type: "image/png" }), new Uint8Array(PICTURE), PICTURE.toString("base64"), `data:image/png;base64,${PICTURE.toString("base64")}`]) {
        const content = [{ type: "text", text: "What is this?" }, { type: "file", mediaType: "image/png", data }];
        const { text } = await mesh.generate({ model: models.eye, messages: [{ role: "user", content }] }).result;
        assert.match(text, /simulator/);
        assert.ok(lastBody().includes(PICTURE.toString("base64")), provider);
      }
      const { text } = await mesh.generate({ model: models.eye, prompt: "What is this?", files: [new Blob([PICTURE])] }).result;
      assert.match(text, /simulator/);
      assert.ok(lastBody().includes(PICTURE.toString("base64")), "a file of the prompt, without a type");
    });

    await suite.test(`${provider}: an object grows and is whole in the end`, async (t) => {
      const mesh = await open(t);
      const generation = mesh.generate({ model: models.json, prompt: "The weather", schema });
      const objects = await collect(generation.objectStream);
      const { object } = await generation.result;
      assert.deepEqual(objects.at(-1), object);
      assert.deepEqual([typeof object.city, typeof object.degrees], ["string", "number"]);
    });

    await suite.test(`${provider}: a tool's output goes back with what the provider wants to see again`, async (t) => {
      const mesh = await open(t);
      const question = { role: "user", content: "Ask the tool weather" };
      const { text, toolCalls, opaque } = await mesh.generate({ model: models.tools, messages: [question], tools, toolChoice: "required" }).result;
      assert.equal(toolCalls[0]?.name, "weather");
      const answer = await mesh.generate({
        model: models.tools, tools,
        messages: [question, { role: "assistant", content: text, toolCalls, ...(opaque === undefined ? {} : { opaque }) }, ...toolCalls.map(({ id }) => ({ role: "tool", toolCallId: id, content: "3 degrees" }))],
      }).result;
      assert.equal(answer.receipt.finish, "stop");
      assert.ok(lastBody().includes("3 degrees"));
    });

    await suite.test(`${provider}: vectors in the order of the texts`, async (t) => {
      const mesh = await open(t);
      const { vectors } = await mesh.embed(["a", "b", "a"], { model: models.vectors });
      assert.equal(vectors.length, 3);
      assert.deepEqual(vectors[0], vectors[2]);
      assert.notDeepEqual(vectors[0], vectors[1]);
    });
  }

  await suite.test("a key is tried without being set, and the held one stays in use", async (t) => {
    const mesh = await open(t);
    for (const [provider, good] of [["openrouter", GOOD_OPENROUTER_KEY], ["gemini", GOOD_GEMINI_KEY]]) {
      assert.equal((await mesh.keys.check(provider)).live, "valid");
      assert.equal((await mesh.keys.check(provider, good)).live, "valid");
      const { live, message } = await mesh.keys.check(provider, "sk-nobody-knows-this-one");
      assert.equal(live, "invalid");
      assert.ok(!message.includes("nobody-knows"), message);
      assert.match((await mesh.generate({ model: MODELS[provider].json, prompt: "hi" }).result).text, /simulator/);
      await mesh.keys.remove(provider);
      assert.equal((await mesh.keys.check(provider, good)).live, "valid");
      const error = await rejection(mesh.generate({ model: MODELS[provider].json, prompt: "hi" }).result);
      assert.ok(["no-key", "no-model"].includes(error.code), error.code);
    }
  });

  await suite.test("hosted models have prices without a server that told them", async (t) => {
    const mesh = meshFor(t, hkm, { providers: { ollama: { disabled: true }, comfyui: { disabled: true }, openrouter: { endpoint: "http://127.0.0.1:1/api/v1", apiKey: "sk-or-some-key" } } });
    await mesh.ready;
    const priced = mesh.models.get().filter(({ provider, price }) => provider === "openrouter" && price !== undefined);
    assert.ok(priced.length > 50, `${priced.length} of ${mesh.models.get().length}`);
  });
});
