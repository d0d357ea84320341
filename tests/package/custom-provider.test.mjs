// Providers written in JavaScript, the well-behaved and the others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { installed } from "./installed-package.mjs";
import { collect, failing, meshFor, provider, rejection, saying, sayingForEver, turn, watchRejections } from "./scripted.mjs";

const { load } = await installed();
const hkm = await load("hkm-mesh");
const { MeshError } = hkm;

/** The error of the attempt, whether or not the mesh wrapped it. */
async function failure(t, generate) {
  const mesh = meshFor(t, hkm, { policy: { fallback: false } }, generate);
  const error = await rejection(mesh.generate({ prompt: "hi" }).result);
  return error.errors?.at(-1) ?? error;
}

test("it is given the request as the caller made it, with the model's own id and a signal", async (t) => {
  let given;
  const mesh = meshFor(t, hkm, {}, (request, signal) => { given = { request, signal }; return saying("a"); });
  await mesh.generate({
    messages: [{ role: "user", content: "hi" }, { role: "assistant", content: "", toolCalls: [{ id: "1", name: "t", input: { a: 1 } }] }, { role: "tool", toolCallId: "1", content: "out" }],
    system: "be brief", tools: [{ name: "t", inputSchema: { type: "object" } }], temperature: 0.5, maxOutputTokens: 10, stop: ["x"],
  }).text;
  const { request, signal } = given;
  assert.equal(request.model, "script");
  assert.equal(request.system, "be brief");
  assert.equal(request.temperature, 0.5);
  assert.deepEqual(request.stop, ["x"]);
  assert.deepEqual(request.tools, [{ name: "t", inputSchema: { type: "object" } }]);
  assert.deepEqual(request.messages[1], { role: "assistant", content: "", toolCalls: [{ id: "1", name: "t", input: { a: 1 } }] });
  assert.ok(signal instanceof AbortSignal && !signal.aborted);
});

test("each call has a signal of its own", async (t) => {
  const signals = [];
  const mesh = meshFor(t, hkm, {}, (_request, signal) => { signals.push(signal); return sayingForEver(signal, "a"); });
  const [one, other] = [mesh.generate({ prompt: "a" }), mesh.generate({ prompt: "b" })];
  const iterators = [one, other].map((generation) => generation.textStream[Symbol.asyncIterator]());
  await Promise.all(iterators.map((iterator) => iterator.next()));
  one.cancel();
  await turn();
  assert.equal(signals.filter(({ aborted }) => aborted).length, 1);
  other.cancel();
});

test("its failures keep their code and their words", async (t) => {
  const plain = await failure(t, () => failing(new Error("the model fell over")));
  assert.match(plain.message, /the model fell over/);
  const coded = await failure(t, () => failing(new MeshError({ code: "out-of-memory", message: "No room." })));
  assert.equal(coded.code, "out-of-memory");
  const atOnce = await failure(t, () => { throw new Error("at once"); });
  assert.match(atOnce.message, /at once/);
  const word = await failure(t, () => failing("a word"));
  assert.match(word.message, /a word/);
});

test("a key that its error quotes is struck", async (t) => {
  const mesh = meshFor(t, hkm, { policy: { fallback: false } }, () => failing(new Error("refused sk-or-very-secret-key")));
  await mesh.keys.set("scripted", "sk-or-very-secret-key");
  const error = await rejection(mesh.generate({ prompt: "hi" }).result);
  assert.ok(!JSON.stringify(error).includes("very-secret"), JSON.stringify(error));
});

for (const [what, generate] of Object.entries({
  "no iterable": () => 3,
  "nothing": () => undefined,
  "something that is no event": async function* () { yield "text"; },
  "an event of no kind": async function* () { yield { type: "text" }; },
  "an event without its text": async function* () { yield { type: "text-delta" }; },
  "an event with a number that is none": async function* () { yield { type: "progress", value: NaN, max: 1 }; },
})) {
  test(`garbage ends the generation: ${what}`, async (t) => {
    const rejections = watchRejections(t);
    const error = await failure(t, generate);
    assert.ok(MeshError.isInstance(error), String(error));
    assert.deepEqual(await rejections.none(), []);
  });
}

test("garbage that comes right behind good words ends it too, though both wait in one batch", async (t) => {
  const error = await failure(t, async function* () {
    yield { type: "text-delta", text: "a" };
    yield { type: "progress", value: NaN, max: 1 };
    await new Promise(() => undefined);
  });
  assert.ok(MeshError.isInstance(error), String(error));
});

test("what it said just before it failed is kept", async (t) => {
  const mesh = meshFor(t, hkm, { policy: { fallback: false, onCut: "fail" } }, async function* () {
    for (const text of ["a", "b", "c"]) yield { type: "text-delta", text };
    throw new Error("no more");
  });
  const error = await rejection(mesh.generate({ prompt: "hi" }).result);
  assert.equal(error.partial.text, "abc");
});

test("a stream that ends without `finish` was cut, and its words are kept", async (t) => {
  const mesh = meshFor(t, hkm, { policy: { fallback: false, onCut: "fail" } }, async function* () { yield { type: "text-delta", text: "so far" }; });
  const error = await rejection(mesh.generate({ prompt: "hi" }).result);
  assert.equal((error.errors?.at(-1) ?? error).code, "truncated");
  assert.equal(error.partial.text, "so far");
});

test("what it says after the abort is not heard, and a provider that hangs keeps nobody waiting", async (t) => {
  const rejections = watchRejections(t);
  let finish;
  const late = new Promise((resolve) => { finish = resolve; });
  let returned = false;
  const mesh = meshFor(t, hkm, {}, () => ({
    [Symbol.asyncIterator]: () => {
      let count = 0;
      return {
        next: async () => {
          count += 1;
          if (count > 1) await late;
          return { done: false, value: { type: "text-delta", text: String(count) } };
        },
        return: async () => { returned = true; throw new Error("while leaving"); },
      };
    },
  }));
  const generation = mesh.generate({ prompt: "hi" });
  for await (const text of generation.textStream) if (text) break;
  await rejection(generation.result);
  await turn();
  assert.equal(returned, true);
  finish();
  assert.deepEqual(await rejections.none(), []);
});

test("a provider that never waits does not stop the event loop", async (t) => {
  let ticks = 0;
  const mesh = meshFor(t, hkm, {}, async function* () {
    const until = performance.now() + 200;
    while (performance.now() < until) yield { type: "text-delta", text: "x" };
    yield { type: "finish", reason: "stop" };
  });
  await mesh.ready;
  const timer = setInterval(() => { ticks += 1; }, 1);
  const text = await mesh.generate({ prompt: "hi" }).text;
  clearInterval(timer);
  assert.ok(ticks >= 3, `${ticks} ticks`);
  assert.ok(text.length > 10);
});

test("a thousand deltas in one go arrive whole and in order", async (t) => {
  const texts = Array.from({ length: 1000 }, (_, index) => `${index},`);
  const mesh = meshFor(t, hkm, {}, async function* () {
    for (const text of texts) yield { type: "text-delta", text };
    yield { type: "finish", reason: "stop" };
  });
  const generation = mesh.generate({ prompt: "hi" });
  const events = await collect(generation);
  assert.deepEqual(events.filter(({ type }) => type === "text-delta").map(({ text }) => text), texts);
  assert.equal(await generation.text, texts.join(""));
});

test("a provider whose models fail does not hold up the others", async (t) => {
  const rejections = watchRejections(t);
  const mesh = meshFor(t, hkm, {}, () => saying("good"));
  mesh.register({ name: "broken", locality: "page", models: () => { throw new Error("no list"); } });
  mesh.register({ name: "rejecting", locality: "page", models: () => Promise.reject(new Error("no list")) });
  mesh.register({ name: "garbage", locality: "page", models: async () => [{ id: 3 }] });
  mesh.register({ name: "odd", locality: "page", models: async () => "no list" });
  assert.equal(await mesh.generate({ prompt: "hi" }).text, "good");
  assert.deepEqual(mesh.models.get().map(({ provider: name }) => name), ["scripted"]);
  assert.deepEqual(await rejections.none(), []);
});

test("a name is taken once, is not a built-in one, and is free again after it was taken out", async (t) => {
  const mesh = meshFor(t, hkm);
  const withdraw = mesh.register(provider(() => saying("first")));
  assert.throws(() => mesh.register(provider(() => saying("second"))), (error) => error.code === "invalid-request" && error.message.includes("scripted"));
  for (const name of ["ollama", "", "a/b"]) assert.throws(() => mesh.register(provider(() => saying("a"), { name })), (error) => error.code === "invalid-request");
  assert.throws(() => mesh.register({ ...provider(() => saying("a"), { name: "x" }), locality: "moon" }), (error) => error.message.includes("page, device"));
  assert.equal(await mesh.generate({ prompt: "hi" }).text, "first");
  withdraw();
  withdraw();
  mesh.register(provider(() => saying("second")));
  assert.equal(await mesh.generate({ prompt: "hi" }).text, "second");
});
