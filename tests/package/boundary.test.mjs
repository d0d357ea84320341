// What the package hands in to the core: the catalogue, and options that only pass through.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { packageWithScriptedCore, read } from "./scripted-core.mjs";
import { meshFor, rejection, turn } from "./scripted.mjs";

/** A mesh over a scripted core that wants the catalogue, whose module is this. */
async function wanting(t, module) {
  const { hkm, script, path } = await packageWithScriptedCore(t);
  if (module !== undefined) await writeFile(join(path, "dist", "generated", "catalogue.js"), module);
  script.answers.wantsSnapshot = () => true;
  const mesh = meshFor(t, hkm);
  return { mesh, script, handedIn: () => script.cores.flatMap(({ calls }) => calls).filter(({ name }) => name === "snapshot").map(({ args: [bytes] }) => bytes) };
}

test("the catalogue is handed in before the mesh is ready, where the core wants it", async (t) => {
  const { mesh, handedIn } = await wanting(t);
  await mesh.ready;
  const [bytes] = handedIn();
  assert.match(new TextDecoder().decode(bytes), /catalogue/);
  assert.ok(bytes.length > 10_000);
});

test("nobody loads it where the core does not want it", async (t) => {
  const { mesh, script, handedIn } = await wanting(t, "globalThis.catalogueWasLoaded = true; export const catalogue = 'a';");
  script.answers.wantsSnapshot = () => false;
  await mesh.ready;
  await turn();
  assert.deepEqual(handedIn(), []);
  assert.equal(globalThis.catalogueWasLoaded, undefined);
});

test("it may be bytes; one that is broken or empty, or that the core refuses, keeps nobody from anything", async (t) => {
  const bytes = await wanting(t, "export const catalogue = Uint8Array.of(1, 2, 3);");
  await bytes.mesh.ready;
  assert.deepEqual(bytes.handedIn(), [Uint8Array.of(1, 2, 3)]);
  for (const module of ["export const catalogue = '';", "throw new Error('broken');", "export const nothing = 1;"]) {
    const { mesh, handedIn } = await wanting(t, module);
    await mesh.ready;
    assert.deepEqual(handedIn(), [], module);
  }
  const refused = await wanting(t);
  refused.script.answers.snapshot = () => { throw { code: "protocol", message: "No." }; };
  await refused.mesh.ready;
});

test("a catalogue that does not come holds nobody up for long, and is handed in when it comes", async (t) => {
  const { mesh, handedIn } = await wanting(t, "await new Promise((resolve) => { globalThis.deliver = resolve; }); export const catalogue = 'late';");
  const { setTimeout: wait } = globalThis;
  t.after(() => { globalThis.setTimeout = wait; });
  const waits = [];
  globalThis.setTimeout = (run, ms) => { waits.push({ run, ms }); };
  const ready = mesh.ready;
  while (globalThis.deliver === undefined || waits.length === 0) await turn();
  assert.ok(waits.every(({ ms }) => ms <= 1_000));
  for (const { run } of waits) run();
  await ready;
  assert.deepEqual(handedIn(), []);
  globalThis.deliver();
  while (handedIn().length === 0) await turn();
  assert.equal(new TextDecoder().decode(handedIn()[0]), "late");
});

test("discover passes on what it is asked, and no option is dropped", async (t) => {
  const { hkm, script } = await packageWithScriptedCore(t);
  const mesh = meshFor(t, hkm);
  const asked = [];
  script.answers.discover = ({ host }, id, options) => { asked.push(read(options)); host.settle(id, { providers: [], added: 0, removed: 0 }, undefined); };
  const { signal } = new AbortController();
  for (const options of [undefined, {}, { scan: true, signal }, { providers: ["ollama"], scan: false }, { scann: true }]) await mesh.discover(options);
  assert.deepEqual(asked, [{}, {}, { scan: true }, { providers: ["ollama"], scan: false }, { scann: true }]);
  assert.equal((await rejection(mesh.discover("ollama"))).code, "invalid-request");
  assert.equal((await rejection(mesh.discover({ signal: 3 }))).code, "invalid-request");
});

test("the core is told whether somebody looks at the page, until the mesh is closed, and nothing where there is no page", async (t) => {
  const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const { hkm, script } = await packageWithScriptedCore(t);
  const told = () => script.cores.flatMap(({ calls }) => calls).filter(({ name }) => name === "visible").map(({ args: [isVisible] }) => isVisible);
  await meshFor(t, hkm, { name: "without-a-page" }).ready;
  assert.deepEqual(told(), []);
  globalThis.document = page;
  t.after(() => { delete globalThis.document; });
  const mesh = meshFor(t, hkm, { name: "in-a-page" });
  await mesh.ready;
  page.visibilityState = "hidden";
  page.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(told(), [true, false]);
  await mesh.close();
  page.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(told(), [true, false]);
});

test("each core begins its random numbers elsewhere", async (t) => {
  const { hkm, script } = await packageWithScriptedCore(t);
  for (const name of ["one", "two"]) await meshFor(t, hkm, { name }).ready;
  const seeds = script.cores.map(({ calls }) => calls.find(({ name }) => name === "seed").args[0]);
  assert.ok(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32));
  assert.equal(new Set(seeds).size, 2);
});
