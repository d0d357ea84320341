// Vectors, by a provider written in JavaScript and by a server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startOpenAISimulator } from "../simulator/openai.mjs";
import { installed } from "./installed-package.mjs";
import { arrive, openLab } from "./lab.mjs";
import { meshFor, rejection, turn } from "./scripted.mjs";

const { load } = await installed();
const hkm = await load("hkm-mesh");

function embedding(t, embed, options) {
  const mesh = meshFor(t, hkm, options);
  mesh.register({ name: "mine", locality: "page", models: async () => [{ id: "vectors", type: "text", capabilities: ["embedding"] }], embed });
  return mesh;
}

test("a provider written in JavaScript gives vectors, in the order of the texts", async (t) => {
  const asked = [];
  const mesh = embedding(t, async (texts, model, signal) => {
    asked.push({ texts, model, isSignal: signal instanceof AbortSignal });
    return texts.map((text, index) => Float32Array.of(text.length, index, 0.5));
  });
  const { vectors, receipt } = await mesh.embed(["a", "木木", "b"], { model: "mine/vectors" });
  assert.deepEqual(vectors, [Float32Array.of(1, 0, 0.5), Float32Array.of(2, 1, 0.5), Float32Array.of(1, 2, 0.5)]);
  assert.ok(vectors.every((vector) => vector instanceof Float32Array));
  assert.deepEqual(asked, [{ texts: ["a", "木木", "b"], model: "vectors", isSignal: true }]);
  assert.equal(receipt.model, "mine/vectors");
  assert.equal(receipt.isLocal, true);
});

test("lists of numbers are taken too, and vectors may differ in length", async (t) => {
  const mesh = embedding(t, async () => [[1, 2, 3], Float32Array.of(4)]);
  assert.deepEqual((await mesh.embed(["a", "b"])).vectors, [Float32Array.of(1, 2, 3), Float32Array.of(4)]);
});

for (const [what, embed] of Object.entries({
  "no list": async () => 3,
  "too few": async () => [Float32Array.of(1)],
  "no numbers": async () => [Float32Array.of(1), ["a"]],
  "a number that is none": async () => [Float32Array.of(1), Float32Array.of(NaN)],
  "an empty vector": async () => [Float32Array.of(1), new Float32Array()],
  "no vector": async () => [Float32Array.of(1), undefined],
})) {
  test(`garbage is refused: ${what}`, async (t) => {
    const error = await rejection(embedding(t, embed).embed(["a", "b"]));
    const last = error.errors?.at(-1) ?? error;
    assert.equal(last.code, "protocol", last.message);
    assert.match(last.message, /`embed\(\)`/);
  });
}

test("its failure keeps its words, and a provider that cannot is named", async (t) => {
  const failing = embedding(t, () => { throw new Error("no more memory"); });
  assert.match(JSON.stringify(await rejection(failing.embed(["a"]))), /no more memory/);
  const unable = embedding(t, undefined);
  assert.match(JSON.stringify(await rejection(unable.embed(["a"]))), /mine\.embed/);
});

test("it is cancelled by its signal, and the provider hears of it", async (t) => {
  let heard;
  const mesh = embedding(t, (_texts, _model, signal) => { heard = signal; return new Promise(() => undefined); });
  const controller = new AbortController();
  const vectors = mesh.embed(["a"], { signal: controller.signal });
  while (heard === undefined) await turn();
  controller.abort("enough");
  assert.equal(await vectors.catch((reason) => reason), "enough");
  await turn();
  assert.equal(heard.aborted, true);
});

test("what is asked wrongly is refused", async (t) => {
  const mesh = embedding(t, async () => []);
  for (const [texts, options] of [["a", {}], [[1], {}], [["a"], { dimensions: 3 }], [["a"], { signal: 3 }], [["a"], null], [undefined, {}]]) {
    assert.equal((await rejection(mesh.embed(texts, options))).code, "invalid-request", JSON.stringify([texts, options]));
  }
});

test("a server's vectors arrive as they were sent, many of them too", async (t) => {
  const simulator = await startOpenAISimulator();
  t.after(() => simulator.close());
  const mesh = meshFor(t, hkm, { providers: { ollama: { disabled: true }, comfyui: { disabled: true }, lan: { kind: "openai", endpoint: `${simulator.url}/v1` } } });
  await mesh.discover({ providers: ["lan"] });
  const texts = Array.from({ length: 40 }, (_, index) => `text ${index}`);
  const { vectors, receipt } = await mesh.embed(texts, { model: "lan/simulator" });
  assert.equal(vectors.length, texts.length);
  assert.ok(vectors.every((vector) => vector instanceof Float32Array && vector.length === vectors[0].length && vector.every(Number.isFinite)));
  assert.notDeepEqual(vectors[0], vectors[1]);
  assert.deepEqual((await mesh.embed([texts[7]], { model: "lan/simulator" })).vectors[0], vectors[7]);
  assert.equal(receipt.provider, "lan");
});

test("of texts that are known in part only the others are asked for, in one call, and nothing when all are known", async (t) => {
  const calls = [];
  const mesh = meshFor(t, hkm);
  mesh.register({
    name: "mine", version: "1", locality: "page", models: async () => [{ id: "vectors", type: "text", capabilities: ["embedding"] }],
    embed: async (texts) => { calls.push(texts); return texts.map((text) => Float32Array.of(Number(text), 1)); },
  });
  const texts = Array.from({ length: 100 }, (_, number) => String(number));
  await mesh.embed(texts.slice(0, 30));
  await mesh.embed(texts.slice(40));
  calls.length = 0;
  const { vectors, receipt } = await mesh.embed(texts);
  assert.deepEqual(vectors, texts.map((text) => Float32Array.of(Number(text), 1)));
  assert.deepEqual(calls, [texts.slice(30, 40)]);
  assert.equal(receipt.cached, false);
  const again = await mesh.embed([...texts].reverse());
  assert.deepEqual([again.vectors[0], again.receipt.cached, again.receipt.cost, again.receipt.usage.inputTokens, calls.length], [Float32Array.of(99, 1), "memory", 0, 0, 1]);
  await mesh.embed(["7"], { cache: "refresh" });
  await mesh.embed(["7"], { cache: "off" });
  assert.deepEqual(calls.slice(1), [["7"], ["7"]]);
  assert.equal((await rejection(mesh.embed(["7"], { cache: "always" }))).code, "invalid-request");
  assert.equal((await mesh.cache.stats()).entries, 100);
  await mesh.cache.clear();
  assert.equal((await mesh.embed(["7"])).receipt.cached, false);
});

test("two calls for the same texts at once make one", async (t) => {
  const calls = [];
  const mesh = meshFor(t, hkm);
  mesh.register({
    name: "mine", version: "1", locality: "page", models: async () => [{ id: "vectors", type: "text", capabilities: ["embedding"] }],
    embed: async (texts) => { calls.push(texts); await turn(); return texts.map((text) => Float32Array.of(text.length)); },
  });
  const both = await Promise.all([mesh.embed(["a", "bb"]), mesh.embed(["bb", "a"])]);
  assert.deepEqual(both.map(({ vectors }) => vectors), [[Float32Array.of(1), Float32Array.of(2)], [Float32Array.of(2), Float32Array.of(1)]]);
  // Both wait until the provider has said what it has; which of them goes first is not promised.
  assert.deepEqual(calls.map((texts) => texts.toSorted()), [["a", "bb"]]);
});

test("in Chromium, vectors outlive a reload, and only new texts are asked for", async (t) => {
  const lab = await openLab(t);
  const simulator = await startOpenAISimulator();
  t.after(() => simulator.close());
  const { page } = await lab.visit(t);
  const ask = (from, to, policy) => page.evaluate(async ({ endpoint, from, to, policy }) => {
    const off = { disabled: true };
    const mesh = globalThis.hkm.createMesh({ name: "vectors", providers: { ollama: off, comfyui: off, lan: { kind: "openai", endpoint, locality: "cloud" } } });
    await mesh.discover();
    const texts = Array.from({ length: to - from }, (_, index) => `text ${String(from + index)}`);
    const { vectors, receipt } = await mesh.embed(texts, { model: "lan/simulator", ...(policy && { policy }) });
    const { entries } = await mesh.cache.stats();
    await mesh.close();
    return { vectors: vectors.map((vector) => [...vector]), cached: receipt.cached, tokens: receipt.usage.inputTokens, entries };
  }, { endpoint: `${simulator.url}/v1`, from, to, policy });
  const calls = () => simulator.requests.filter(({ method, path }) => method === "POST" && path === "/v1/embeddings").map(({ json }) => json.input.length);
  const first = await ask(0, 90);
  assert.deepEqual([first.vectors.length, first.cached, first.entries, calls()], [90, false, 90, [32, 32, 26]]);
  await arrive(page);
  const again = await ask(0, 90);
  assert.deepEqual([again.vectors, again.cached, again.tokens, calls().length], [first.vectors, "disk", 0, 3]);
  await arrive(page);
  const more = await ask(0, 100);
  assert.deepEqual([more.vectors.slice(0, 90), more.vectors.length, more.cached, more.entries, calls().slice(3)], [first.vectors, 100, false, 100, [10]]);
  const stored = () => page.evaluate(async () => {
    const open = globalThis.indexedDB.open("vectors");
    const database = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
    const all = database.transaction("answers").objectStore("answers").getAll();
    const records = await new Promise((resolve) => { all.onsuccess = () => resolve(all.result); });
    database.close();
    return records.map(({ bytes }) => [bytes.length, new TextDecoder().decode(bytes)]);
  });
  // Bytes, and not numbers in words.
  const records = await stored();
  assert.ok(records.every(([length]) => length < 4 * first.vectors[0].length + 200), `${Math.max(...records.map(([length]) => length))} bytes`);
  assert.ok(records.some(([, text]) => text.includes("text 99")));
});
