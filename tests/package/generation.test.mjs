// How a generation is consumed: the built package in Node, with a provider written in JavaScript.
import assert from "node:assert/strict";
import { test } from "node:test";
import { installed } from "./installed-package.mjs";
import { collect, failing, meshFor, rejection, saying, sayingForEver, turn, watchRejections } from "./scripted.mjs";

const { load } = await installed();
const hkm = await load("hkm-mesh");
const { MeshError } = hkm;

const words = (events) => events.filter(({ type }) => type === "text-delta").map(({ text }) => text).join("");

test("events come in order, from the route to the receipt", async (t) => {
  const mesh = meshFor(t, hkm, {}, () => saying("Hel", "lo"));
  const events = await collect(mesh.generate({ prompt: "hi" }));
  const types = events.map(({ type }) => type);
  assert.equal(types.at(-1), "finish");
  assert.ok(types.indexOf("route") < types.indexOf("attempt") && types.indexOf("attempt") < types.indexOf("text-delta"), types.join(" "));
  assert.equal(words(events), "Hello");
  const { receipt } = events.at(-1);
  assert.equal(receipt.model, "scripted/script");
  assert.equal(receipt.isLocal, true);
});

test("iterators that start late or twice replay from the beginning", async (t) => {
  const mesh = meshFor(t, hkm, {}, () => saying("a", "b", "c"));
  const generation = mesh.generate({ prompt: "hi" });
  const first = await collect(generation);
  assert.deepEqual(await collect(generation), first);
  const [third, fourth] = await Promise.all([collect(generation), collect(generation.textStream)]);
  assert.deepEqual(third, first);
  assert.equal(fourth.join(""), "abc");
});

test("two iterators side by side hear the same", async (t) => {
  const mesh = meshFor(t, hkm, {}, () => saying("a", "b", "c"));
  const generation = mesh.generate({ prompt: "hi" });
  const [one, other] = await Promise.all([collect(generation), collect(generation)]);
  assert.deepEqual(one, other);
});

test("deltas that crossed together are told apart, also inside emoji and empty ones", async (t) => {
  const deltas = ["a", "木é", "😀", "!", "🏳️‍🌈"];
  const mesh = meshFor(t, hkm, {}, async function* () {
    for (const text of deltas) yield { type: "text-delta", text };
    yield { type: "finish", reason: "stop" };
  });
  const events = await collect(mesh.generate({ prompt: "hi" }));
  assert.deepEqual(events.filter(({ type }) => type === "text-delta").map(({ text }) => text), deltas);
});

test("`next` may be called many times at once", async (t) => {
  const mesh = meshFor(t, hkm, {}, () => saying("a", "b"));
  const generation = mesh.generate({ prompt: "hi" });
  const iterator = generation[Symbol.asyncIterator]();
  const steps = await Promise.all(Array.from({ length: 30 }, () => iterator.next()));
  assert.equal(words(steps.filter(({ done }) => !done).map(({ value }) => value)), "ab");
  assert.equal(steps.at(-1).done, true);
});

test("`result` and `text` hold the answer, however late they are asked for", async (t) => {
  const mesh = meshFor(t, hkm, {}, () => saying("Hel", "lo"));
  const generation = mesh.generate({ prompt: "hi" });
  await collect(generation);
  assert.equal(await generation.text, "Hello");
  assert.equal((await generation.result).text, "Hello");
  assert.equal(generation.result, generation.result);
});

test("a failure: the iterator throws after its last event, without `finish`, and nothing is unhandled", async (t) => {
  const rejections = watchRejections(t);
  const mesh = meshFor(t, hkm, { policy: { fallback: false, onCut: "fail" } }, async function* () {
    yield { type: "text-delta", text: "so far" };
    throw new Error("the model fell over");
  });
  const generation = mesh.generate({ prompt: "hi" });
  const events = [];
  const error = await rejection((async () => { for await (const event of generation) events.push(event); })());
  assert.ok(MeshError.isInstance(error), String(error));
  assert.equal(words(events), "so far");
  assert.ok(!events.some(({ type }) => type === "finish"));
  assert.equal(error.partial.text, "so far");
  assert.equal(error.receipt.model, "scripted/script");
  assert.deepEqual(await rejections.none(), []);
  assert.equal(await rejection(generation.result), error);
  assert.equal(await rejection(collect(generation)), error);
});

test("who never looks at a failed generation gets no unhandled rejection, nor who takes `result` and iterates", async (t) => {
  const rejections = watchRejections(t);
  const mesh = meshFor(t, hkm, {}, () => failing(new Error("no")));
  mesh.generate({ prompt: "hi" });
  const { result, text } = mesh.generate({ prompt: "hi" });
  await rejection(result);
  const generation = mesh.generate({ prompt: "hi" });
  void generation.result;
  void generation.text;
  await rejection(collect(generation));
  assert.deepEqual(await rejections.none(), []);
  await rejection(text);
});

test("leaving the last `for await` early cancels, and the provider hears of it", async (t) => {
  let signal;
  const mesh = meshFor(t, hkm, {}, (_request, given) => sayingForEver(signal = given, "a", "b"));
  const generation = mesh.generate({ prompt: "hi" });
  for await (const text of generation.textStream) if (text) break;
  await turn();
  assert.equal(signal.aborted, true);
  const error = await rejection(generation.result);
  assert.equal(error.name, "AbortError");
  assert.ok(error instanceof DOMException);
});

test("leaving early does not cancel while another still reads", async (t) => {
  let go;
  const gate = new Promise((resolve) => { go = resolve; });
  const mesh = meshFor(t, hkm, {}, async function* () {
    yield { type: "text-delta", text: "a" };
    await gate;
    yield* saying("b");
  });
  const generation = mesh.generate({ prompt: "hi" });
  const stays = collect(generation);
  for await (const text of generation.textStream) if (text) break;
  await turn();
  go();
  assert.equal(words(await stays), "ab");
});

for (const asked of ["result", "text"]) {
  test(`leaving early does not cancel when \`${asked}\` was asked for`, async (t) => {
    let go;
    const gate = new Promise((resolve) => { go = resolve; });
    const mesh = meshFor(t, hkm, {}, async function* () {
      yield { type: "text-delta", text: "a" };
      await gate;
      yield* saying("b");
    });
    const generation = mesh.generate({ prompt: "hi" });
    const promise = generation[asked];
    for await (const text of generation.textStream) if (text) break;
    await turn();
    go();
    const answer = await promise;
    assert.equal(asked === "text" ? answer : answer.text, "ab");
  });
}

test("a cancelled generation rejects with the signal's reason, whatever it is, and the iterator throws it", async (t) => {
  const mesh = meshFor(t, hkm, {}, (_request, signal) => sayingForEver(signal, "a"));
  for (const [abort, check] of [
    [(controller) => controller.abort(), (reason) => reason.name === "AbortError"],
    [(controller) => controller.abort("a word"), (reason) => reason === "a word"],
    [(controller) => controller.abort(new RangeError("mine")), (reason) => reason instanceof RangeError],
  ]) {
    const controller = new AbortController();
    const generation = mesh.generate({ prompt: "hi", signal: controller.signal });
    const reader = (async () => { for await (const text of generation.textStream) if (text) abort(controller); })();
    const thrown = await reader.then(() => assert.fail("it ended"), (reason) => reason);
    assert.ok(check(thrown), String(thrown));
    assert.equal(thrown, controller.signal.reason);
    assert.equal(await generation.result.then(() => "ended", (reason) => reason), controller.signal.reason);
  }
});

test("a signal that is aborted already ends it before anything is asked", async (t) => {
  let calls = 0;
  const mesh = meshFor(t, hkm, {}, () => { calls += 1; return saying("a"); });
  await mesh.ready;
  const generation = mesh.generate({ prompt: "hi", signal: AbortSignal.abort("too late") });
  assert.equal(await generation.result.catch((reason) => reason), "too late");
  assert.equal(calls, 0);
});

test("`cancel` without a reason is an AbortError, and after the end it does nothing", async (t) => {
  const mesh = meshFor(t, hkm, {}, (request, signal) => (request.prompt === "hang" ? sayingForEver(signal) : saying("a")));
  const hanging = mesh.generate({ prompt: "hang" });
  hanging.cancel();
  assert.equal((await rejection(hanging.result)).name, "AbortError");
  const done = mesh.generate({ prompt: "hi" });
  await done.text;
  done.cancel();
  assert.equal(await done.text, "a");
});

test("the caller's signal keeps no listener when the generation is over", async (t) => {
  const mesh = meshFor(t, hkm, {}, () => saying("a"));
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args) => { listeners += 1; add(...args); };
  signal.removeEventListener = (...args) => { listeners -= 1; remove(...args); };
  await mesh.generate({ prompt: "hi", signal }).text;
  assert.equal(listeners, 0);
});

test("toReadableStream gives the events, and cancelling it cancels the generation", async (t) => {
  const mesh = meshFor(t, hkm, {}, (request, signal) => (request.prompt === "hang" ? sayingForEver(signal, "a") : saying("a", "b")));
  assert.equal(words(await collect(mesh.generate({ prompt: "hi" }).toReadableStream())), "ab");
  const generation = mesh.generate({ prompt: "hang" });
  const reader = generation.toReadableStream().getReader();
  await reader.read();
  await reader.cancel();
  assert.equal((await rejection(generation.result)).name, "AbortError");
});

test("an id used again while it runs joins what runs; afterwards it is refused", async (t) => {
  let go;
  let calls = 0;
  const gate = new Promise((resolve) => { go = resolve; });
  const mesh = meshFor(t, hkm, {}, async function* () {
    calls += 1;
    await gate;
    yield* saying("once");
  });
  const first = mesh.generate({ prompt: "hi", id: "mine" });
  const second = mesh.generate({ prompt: "hi", id: "mine" });
  assert.equal(first.id, "mine");
  go();
  assert.deepEqual(await Promise.all([first.text, second.text]), ["once", "once"]);
  assert.equal(calls, 1);
  assert.equal((await rejection(mesh.generate({ prompt: "hi", id: "mine" }).result)).code, "invalid-request");
});

test("generations without an id get one each", async (t) => {
  const mesh = meshFor(t, hkm, {}, () => saying("a"));
  const [one, other] = [mesh.generate({ prompt: "hi" }), mesh.generate({ prompt: "hi" })];
  assert.notEqual(one.id, other.id);
  assert.equal((await one.result).receipt.id, one.id);
  await other.result;
});

test("tool calls and reasoning arrive as events and in the result", async (t) => {
  const mesh = meshFor(t, hkm, {}, async function* () {
    yield { type: "reasoning-delta", text: "hm" };
    yield { type: "tool-call", id: "1", name: "weather", input: { city: "Oslo", nested: [1, { a: null }] } };
    yield { type: "usage", usage: { inputTokens: 7, outputTokens: 3 } };
    yield { type: "finish", reason: "tool-calls" };
  });
  const generation = mesh.generate({ prompt: "hi", tools: [{ name: "weather", inputSchema: { type: "object" } }] });
  const events = await collect(generation);
  assert.deepEqual(events.find(({ type }) => type === "tool-call"), { type: "tool-call", id: "1", name: "weather", input: { city: "Oslo", nested: [1, { a: null }] } });
  const { toolCalls, reasoning, receipt } = await generation.result;
  assert.deepEqual(toolCalls.map(({ name, input }) => ({ name, input })), [{ name: "weather", input: { city: "Oslo", nested: [1, { a: null }] } }]);
  assert.equal(reasoning, "hm");
  assert.equal(receipt.finish, "tool-calls");
  assert.equal(receipt.usage.inputTokens, 7);
});
