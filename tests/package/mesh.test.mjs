// The mesh's own behaviour in Node: options, keys, ids, lists, sharing, closing, and what it refuses.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { installed } from "./installed-package.mjs";
import { collect, meshFor, provider, rejection, saying, sayingForEver, turn, watchRejections } from "./scripted.mjs";

const { folder, load } = await installed();
const hkm = await load("hkm-mesh");
const { Mesh, MeshError, createMesh } = hkm;

test("what is planned and not built is refused with its name, never ignored", async (t) => {
  const mesh = meshFor(t, hkm, {}, () => saying("a"));
  const refused = {
    "metrics.export": async () => { await mesh.ready; return mesh.metrics.export("otlp"); },
    "budget.set": () => mesh.budget.set({}),
    "guard.scan": async () => mesh.guard.scan("a"),
    "templates.list": async () => mesh.templates.list(),
    feedback: async () => mesh.feedback("id", 1),
    exportAll: () => mesh.exportAll(),
    erase: () => mesh.erase(),
  };
  for (const [name, call] of Object.entries(refused)) {
    const error = await rejection(call());
    assert.equal(error.code, "unsupported", name);
    assert.ok(error.message.includes(name), `${name}: ${error.message}`);
  }
});

test("a request with `seconds` is routed as one for a video, which a model of words cannot answer", async (t) => {
  const mesh = meshFor(t, hkm, {}, () => saying("a"));
  await mesh.ready;
  assert.throws(() => mesh.route({ prompt: "a cat", seconds: 5 }), (error) => error.code === "no-model" && error.excluded.every(({ reason }) => reason.message.includes("video")));
});

test("options that are not built are refused by every call", async (t) => {
  for (const options of [{ budget: { perDay: 1 } }, { guard: { pii: "mask" } }]) {
    const mesh = meshFor(t, hkm, options);
    const [name] = Object.keys(options);
    for (const error of [await rejection(mesh.ready), await rejection(mesh.generate({ prompt: "hi" }).result), await rejection(mesh.discover())]) {
      assert.equal(error.code, "unsupported", name);
      assert.ok(error.message.includes(name), error.message);
    }
  }
});

test("an invalid request is refused with the path of what is wrong", async (t) => {
  const mesh = meshFor(t, hkm, {}, () => saying("a"));
  const circle = {};
  circle.self = circle;
  const invalid = {
    "request.temperature": { prompt: "hi", temperature: NaN },
    "request.policy.maxCost": { prompt: "hi", policy: { maxCost: Infinity } },
    "request.tools[0].execute": { prompt: "hi", tools: [{ name: "a", inputSchema: {}, execute() {} }] },
    "request.schema.self": { prompt: "hi", schema: circle },
    "request.seed": { prompt: "hi", seed: 1n },
    signal: { prompt: "hi", signal: "no signal" },
    id: { prompt: "hi", id: "" },
    temprature: { prompt: "hi", temprature: 1 },
  };
  for (const [name, request] of Object.entries(invalid)) {
    const error = await rejection(mesh.generate(request).result);
    assert.equal(error.code, "invalid-request", name);
    assert.ok(error.message.includes(name), `${name}: ${error.message}`);
  }
  for (const request of [undefined, null, "hi", 3, {}, { prompt: "a", messages: [] }]) {
    assert.equal((await rejection(mesh.generate(request).result)).code, "invalid-request", JSON.stringify(request));
  }
});

test("a text that was cut inside an emoji is sent all the same", async (t) => {
  let asked;
  const mesh = meshFor(t, hkm, {}, ({ prompt }) => { asked = prompt; return saying("a"); });
  await mesh.generate({ prompt: "so \ud83d and \\ud83d and 😀" }).text;
  assert.equal(asked, "so \ufffd and \\ud83d and 😀");
});

test("keys are trimmed, known and forgotten, and never told", async (t) => {
  const mesh = meshFor(t, hkm, { providers: { openrouter: { apiKey: "  sk-or-offered-key  " }, gemini: { apiKey: async () => "AIza" } } });
  const { keys } = mesh;
  assert.deepEqual([keys.has("openrouter"), keys.has("gemini"), keys.has("other")], [true, true, false]);
  await keys.remove("openrouter");
  assert.equal(keys.has("openrouter"), false);
  await keys.set("openrouter", " sk-or-another-key\n");
  assert.equal(keys.has("openrouter"), true);
  assert.equal((await rejection(keys.set("openrouter", "   "))).code, "invalid-request");
  assert.equal(keys.has("openrouter"), true);
});

test("the lists keep their reference until something changes, and both methods work on their own", async (t) => {
  const mesh = meshFor(t, hkm);
  const { get, subscribe } = mesh.models;
  assert.equal(get(), get());
  let changes = 0;
  const unsubscribe = subscribe(() => { changes += 1; });
  await mesh.ready;
  await turn();
  const before = get();
  const withdraw = mesh.register(provider(() => saying("a")));
  await mesh.generate({ prompt: "hi" }).text;
  const after = get();
  assert.notEqual(after, before);
  assert.equal(after, get());
  assert.deepEqual(after.map(({ provider: name, id, type, isLocal }) => ({ name, id, type, isLocal })), [{ name: "scripted", id: "script", type: "text", isLocal: true }]);
  assert.ok(changes > 0);
  withdraw();
  await turn();
  assert.deepEqual(get(), []);
  unsubscribe();
  const told = changes;
  mesh.register(provider(() => saying("a")));
  await mesh.discover({ providers: [] }).catch(() => undefined);
  await turn();
  assert.equal(changes, told);
});

test("the queue shows what runs", async (t) => {
  const mesh = meshFor(t, hkm, {}, (_request, signal) => sayingForEver(signal, "a"));
  const generation = mesh.generate({ prompt: "hi" });
  for await (const event of generation) {
    if (event.type !== "text-delta") continue;
    const [entry] = mesh.queue.get();
    assert.equal(entry?.id, generation.id);
    assert.equal(entry.state, "running");
    break;
  }
  await turn();
  assert.deepEqual(mesh.queue.get(), []);
});

test("route decides at once and explains itself; before `ready` it says so", async (t) => {
  const mesh = meshFor(t, hkm, {}, () => saying("a"));
  assert.throws(() => mesh.route({ prompt: "hi" }), (error) => error.code === "invalid-request" && error.hint.includes("ready"));
  await mesh.generate({ prompt: "hi" }).text;
  const decision = mesh.route({ prompt: "hi", signal: new AbortController().signal });
  assert.equal(decision.chain[0], "scripted/script");
  assert.equal(mesh.explain(decision).scores[0].model, "scripted/script");
  const error = (() => { try { return mesh.route({ prompt: "hi", policy: { deny: ["scripted"] } }); } catch (thrown) { return thrown; } })();
  assert.equal(error.code, "no-model");
  assert.ok(Array.isArray(error.excluded) && error.excluded.length > 0);
});

test("meshes of one name share a core; the last to leave closes it", async (t) => {
  const one = createMesh({ storage: "memory", name: "shared" });
  const other = createMesh({ name: "shared" });
  t.after(() => Promise.all([one.close(), other.close()]));
  one.register(provider(() => saying("from one")));
  await one.ready;
  assert.equal(await other.generate({ prompt: "hi" }).text, "from one");
  assert.equal(one.models.get(), other.models.get());
  const running = other.generate({ prompt: "hi" });
  await one.close();
  await rejection(one.discover());
  // Its provider left with it; the other still has a core.
  await running.result.catch(() => undefined);
  other.register(provider(() => saying("from other"), { name: "second" }));
  assert.equal(await other.generate({ prompt: "hi" }).text, "from other");
});

test("a second mesh of a name that wants other options is refused with the option's name", async (t) => {
  const one = createMesh({ storage: "memory", name: "conflict", policy: "cost" });
  const other = createMesh({ name: "conflict", policy: "quality" });
  t.after(() => Promise.all([one.close(), other.close()]));
  await one.ready;
  const error = await rejection(other.ready);
  assert.equal(error.code, "invalid-request");
  assert.ok(error.message.includes("policy"), error.message);
  await one.close();
  await createMesh({ name: "conflict", storage: "memory", policy: "quality" }).close();
});

test("closing ends what runs with `closed`, and everything after", async (t) => {
  const rejections = watchRejections(t);
  const mesh = meshFor(t, hkm, {}, (_request, signal) => sayingForEver(signal, "a"));
  const generation = mesh.generate({ prompt: "hi" });
  for await (const event of generation) {
    if (event.type !== "text-delta") continue;
    void generation.result;
    break;
  }
  await mesh.close();
  await mesh.close();
  assert.equal((await rejection(generation.result)).code, "closed");
  for (const call of [() => mesh.ready, () => mesh.discover(), () => mesh.pull("a/b"), () => mesh.diagnose("ollama"), () => mesh.generate({ prompt: "a" }).text, () => mesh.keys.set("a", "b")]) {
    assert.equal((await rejection(call())).code, "closed");
  }
  assert.throws(() => mesh.register(provider(() => saying("a"))), (error) => error.code === "closed");
  assert.deepEqual(await rejections.none(), []);
});

test("closing a mesh that was never used loads nothing", async () => {
  const mesh = createMesh({ wasm: new URL("file:///no/such/file.wasm"), name: "unused" });
  await mesh.close();
});

test("Mesh.open gives a mesh that is ready", async () => {
  const mesh = await Mesh.open({ storage: "memory", name: "opened" });
  assert.deepEqual(mesh.models.get(), []);
  await mesh.close();
});

test("discover reports providers that are not there as errors of the mesh", async (t) => {
  const mesh = meshFor(t, hkm, { providers: { ollama: { endpoint: "http://127.0.0.1:1" }, comfyui: { disabled: true } } });
  const report = await mesh.discover({ providers: ["ollama"] });
  const [ollama] = report.providers;
  assert.deepEqual({ provider: ollama.provider, ok: ollama.ok, models: ollama.models }, { provider: "ollama", ok: false, models: 0 });
  assert.ok(ollama.error instanceof MeshError);
});

test("discover, too, is cancelled by its signal and rejects with the reason", async (t) => {
  const mesh = meshFor(t, hkm);
  assert.equal(await mesh.discover({ signal: AbortSignal.abort("no") }).catch((reason) => reason), "no");
  const controller = new AbortController();
  const pulling = mesh.pull("ollama/none", { signal: controller.signal });
  controller.abort("enough");
  assert.equal(await pulling.catch((reason) => reason), "enough");
});

test("a MeshError is known by its brand and says itself as data", async () => {
  const error = new MeshError({ code: "all-failed", message: "All failed.", hint: "Wait.", status: 503, errors: [{ code: "timeout", message: "Late." }] });
  assert.equal(error.name, "MeshError");
  assert.equal(error.isRetryable, true);
  assert.ok(error.errors[0] instanceof MeshError);
  assert.deepEqual(JSON.parse(JSON.stringify(error)), {
    name: "MeshError", code: "all-failed", message: "All failed.", isRetryable: true, hint: "Wait.", status: 503,
    errors: [{ name: "MeshError", code: "timeout", message: "Late.", isRetryable: true }],
  });
  assert.equal("provider" in error, false);
  const copy = await import(`${pathToFileURL(join(folder, "node_modules", "hkm-mesh", "dist", "error.js")).href}?copy`);
  assert.notEqual(copy.MeshError, MeshError);
  assert.equal(copy.MeshError.isInstance(error), true);
  assert.equal(MeshError.isInstance(structuredClone(error.toJSON())), true);
  for (const other of [undefined, null, "x", {}, new Error("x"), { code: "timeout" }]) assert.equal(MeshError.isInstance(other), false);
});

test("after a trap what ran ends with `internal`, and the next call finds a new core with the same providers", async (t) => {
  const rejections = watchRejections(t);
  const glue = await import(pathToFileURL(join(folder, "node_modules", "hkm-mesh", "wasm", "hkm_mesh.js")).href);
  const one = meshFor(t, hkm, {}, (request, signal) => (request.prompt === "hang" ? sayingForEver(signal, "a") : saying("again")));
  const other = meshFor(t, hkm, {}, (_request, signal) => sayingForEver(signal, "b"));
  const hanging = [one.generate({ prompt: "hang" }), other.generate({ prompt: "hang" })];
  for (const generation of hanging) {
    const iterator = generation[Symbol.asyncIterator]();
    while ((await iterator.next()).value.type !== "text-delta");
  }
  const { generate } = glue.Core.prototype;
  t.after(() => { glue.Core.prototype.generate = generate; });
  // As when the stack overflows: the call traps, and nobody said that it panicked.
  glue.Core.prototype.generate = () => { throw new WebAssembly.RuntimeError("unreachable"); };
  const trapped = one.generate({ prompt: "hi" });
  glue.Core.prototype.generate = generate;
  for (const generation of [trapped, ...hanging]) {
    const error = await rejection(generation.result);
    assert.equal(error.code, "internal");
    assert.equal(error.isRetryable, true);
    assert.match(error.hint, /again/);
  }
  assert.equal(await one.generate({ prompt: "hi" }).text, "again");
  assert.deepEqual(one.models.get().map(({ id }) => id), ["script"]);
  await collect(one.generate({ prompt: "hi" }));
  assert.deepEqual(await rejections.none(), []);
});
