// Answers that are objects: as they grow, and whole.
import assert from "node:assert/strict";
import { test } from "node:test";
import { installed } from "./installed-package.mjs";
import { answerWith, packageWithScriptedCore } from "./scripted-core.mjs";
import { collect, meshFor, provider, rejection, saying, turn } from "./scripted.mjs";

const { load } = await installed();
const hkm = await load("hkm-mesh");

const schema = { type: "object", properties: { city: { type: "string" }, degrees: { type: "number" } }, required: ["city", "degrees"] };

/** A mesh over the real core, with a model that writes JSON. */
function writing(t, ...pieces) {
  const mesh = meshFor(t, hkm, { policy: { fallback: false } });
  mesh.register(provider(() => saying(...pieces), { models: [{ id: "writer", type: "text", capabilities: ["json"] }] }));
  return mesh;
}

/** A mesh over a scripted core, and its generation. */
async function scripted(t) {
  const { hkm: own, script } = await packageWithScriptedCore(t);
  const mesh = meshFor(t, own);
  await mesh.ready;
  const generation = mesh.generate({ prompt: "weather", schema });
  const [{ host }] = script.cores;
  const say = (text) => { host.text(generation.id, text, Uint32Array.of(text.length)); };
  return { generation, host, say };
}

test("the object grows, and the last one is whole and checked", async (t) => {
  const mesh = writing(t, "{\"city\": \"O", "slo\", \"deg", "rees\": 3", "}");
  const generation = mesh.generate({ prompt: "weather", schema });
  const objects = await collect(generation.objectStream);
  assert.deepEqual(objects.at(-1), { city: "Oslo", degrees: 3 });
  for (const object of objects) assert.ok("Oslo".startsWith(object.city ?? ""));
  assert.deepEqual((await generation.result).object, { city: "Oslo", degrees: 3 });
});

test("an answer that does not fit its schema fails, with what was said", async (t) => {
  for (const said of ["no JSON", "{\"city\":\"Oslo\"}", "{\"city\":\"Oslo\",\"degrees\":\"three\"}"]) {
    const generation = writing(t, said).generate({ prompt: "weather", schema });
    const error = await rejection(generation.result);
    const last = error.errors?.at(-1) ?? error;
    assert.equal(last.code, "bad-output", said);
    await rejection(collect(generation.objectStream));
  }
});

test("each step is shown once, and a slow reader is given the newest", async (t) => {
  const { generation, host, say } = await scripted(t);
  const iterator = generation.objectStream[Symbol.asyncIterator]();
  say("{\"city\":\"O");
  assert.deepEqual(await iterator.next(), { value: { city: "O" }, done: false });
  say("s");
  say("l");
  say("o\"");
  assert.deepEqual(await iterator.next(), { value: { city: "Oslo" }, done: false });
  const waiting = iterator.next();
  say(" , ");
  say("\"degrees\"");
  say(":3");
  say("}");
  assert.deepEqual(await waiting, { value: { city: "Oslo", degrees: 3 }, done: false });
  answerWith(host, generation.id, [], { text: "{}", object: { city: "Oslo", degrees: 3 } });
  assert.deepEqual(await iterator.next(), { value: undefined, done: true });
});

test("after a restart it begins again, and what Rust made of the answer is the last word", async (t) => {
  const { generation, host, say } = await scripted(t);
  const iterator = generation.objectStream[Symbol.asyncIterator]();
  say("{\"city\":\"Ber");
  assert.deepEqual((await iterator.next()).value, { city: "Ber" });
  host.events(generation.id, [{ type: "restart", reason: { code: "a", message: "A." } }]);
  say("{\"city\":\"Oslo\"");
  assert.deepEqual((await iterator.next()).value, { city: "Oslo" });
  answerWith(host, generation.id, [], { object: { city: "Oslo", degrees: 3 } });
  assert.deepEqual((await iterator.next()).value, { city: "Oslo", degrees: 3 });
  assert.equal((await iterator.next()).done, true);
  assert.deepEqual(await collect(generation.objectStream), [{ city: "Oslo", degrees: 3 }]);
});

test("a stream of text never joins two answers: it fails where the answer begins again, and who starts later hears the second one", async (t) => {
  const { generation, host, say } = await scripted(t);
  const early = generation.textStream[Symbol.asyncIterator]();
  say("The first");
  assert.deepEqual(await early.next(), { value: "The first", done: false });
  const waiting = early.next();
  host.events(generation.id, [{ type: "restart", reason: { code: "anew", message: "Another begins anew." } }]);
  const error = await rejection(waiting);
  assert.equal(error.code, "truncated");
  assert.match(error.message, /Another begins anew/);
  assert.deepEqual(await early.next(), { value: undefined, done: true });
  say("The second");
  const late = generation.textStream[Symbol.asyncIterator]();
  assert.deepEqual(await late.next(), { value: "The second", done: false });
  answerWith(host, generation.id, [], { text: "The second" });
  assert.deepEqual(await late.next(), { value: undefined, done: true });
});

test("leaving early cancels, and a request without a schema has no object", async (t) => {
  const { generation, say } = await scripted(t);
  say("{\"city\":\"O");
  for await (const object of generation.objectStream) if (object) break;
  await turn();
  assert.equal((await rejection(generation.result)).name, "AbortError");
  const plain = writing(t, "words").generate({ prompt: "hi" });
  const error = await rejection(collect({ [Symbol.asyncIterator]: () => plain.objectStream[Symbol.asyncIterator]() }));
  assert.equal(error.code, "invalid-request");
  assert.match(error.message, /schema/);
});
