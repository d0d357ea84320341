// The package in Node: imported without a trace, and running.
import assert from "node:assert/strict";
import { test } from "node:test";
import { follow } from "../../scripts/command.mjs";
import { installed } from "./installed-package.mjs";
import { collect, meshFor, saying } from "./scripted.mjs";

async function inNode(code) {
  const { folder } = await installed();
  const { stdout, stderr, ok } = await follow(process.execPath, ["--input-type=module", "--eval", code], { cwd: folder, show: false, timeoutMs: 30_000 });
  assert.ok(ok, stderr);
  assert.equal(stderr, "");
  return JSON.parse(stdout);
}

test("importing it, and making a mesh, leaves no trace: no global, no request, no timer, no WebAssembly", async () => {
  const outcome = await inNode(`
    const before = Object.getOwnPropertyNames(globalThis);
    const touched = [];
    for (const name of ["fetch", "setTimeout", "setInterval", "queueMicrotask"]) {
      const real = globalThis[name];
      globalThis[name] = (...args) => { touched.push(name); return real(...args); };
    }
    for (const name of ["compile", "instantiate", "Module", "Instance"]) {
      const real = WebAssembly[name];
      WebAssembly[name] = new Proxy(real, { apply() { touched.push(name); }, construct() { touched.push(name); return {}; } });
    }
    const { createMesh } = await import("hkm-mesh");
    await import("hkm-mesh/react");
    createMesh({ providers: { ollama: { endpoint: "http://127.0.0.1:1" } } });
    createMesh();
    const after = Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name));
    process.stdout.write(JSON.stringify({ after, touched }));
  `);
  assert.deepEqual(outcome, { after: [], touched: [] });
});

test("with storage in memory and a provider of its own it streams an answer, and the process ends by itself", async () => {
  const outcome = await inNode(`
    import { createMesh } from "hkm-mesh";
    const mesh = createMesh({ storage: "memory" });
    mesh.register({
      name: "mine", locality: "page",
      models: async () => [{ id: "tiny", type: "text" }],
      async *generate() { yield { type: "text-delta", text: "Hello" }; yield { type: "finish", reason: "stop" }; },
    });
    const generation = mesh.generate({ prompt: "hi" });
    const texts = [];
    for await (const text of generation.textStream) texts.push(text);
    const { receipt } = await generation.result;
    await mesh.close();
    process.stdout.write(JSON.stringify({ text: texts.join(""), model: receipt.model }));
  `);
  assert.deepEqual(outcome, { text: "Hello", model: "mine/tiny" });
});

test("the WebAssembly can be given as bytes, as a module and as an address", async () => {
  for (const given of ["bytes", "new WebAssembly.Module(bytes)", "url"]) {
    const outcome = await inNode(`
      import { readFile } from "node:fs/promises";
      import { Mesh } from "hkm-mesh";
      const url = new URL("file://" + process.cwd() + "/node_modules/hkm-mesh/wasm/hkm_mesh_bg.wasm");
      const bytes = await readFile(url);
      const mesh = await Mesh.open({ storage: "memory", wasm: ${given} });
      process.stdout.write(JSON.stringify(mesh.models.get().length >= 0));
      await mesh.close();
    `);
    assert.equal(outcome, true, given);
  }
});

test("a WebAssembly that is not there rejects plainly, and `ready` stays rejected until a call tries again", async () => {
  const outcome = await inNode(`
    import { createMesh, MeshError } from "hkm-mesh";
    const mesh = createMesh({ storage: "memory", wasm: new URL("file:///no/such/file.wasm") });
    const ready = mesh.ready;
    const error = await ready.catch((e) => e);
    const again = mesh.ready === ready;
    const call = await mesh.generate({ prompt: "hi" }).result.catch((e) => e);
    process.stdout.write(JSON.stringify({ code: error.code, isMeshError: MeshError.isInstance(error), message: error.message, again, call: call.code }));
  `);
  assert.deepEqual(outcome, { code: "unreachable", isMeshError: true, message: "The mesh's WebAssembly could not be read from file:///no/such/file.wasm.", again: true, call: "unreachable" });
});

test("`await using` closes it", { skip: Symbol.asyncDispose === undefined }, async (t) => {
  const { load } = await installed();
  const hkm = await load("hkm-mesh");
  const mesh = meshFor(t, hkm, {}, () => saying("a"));
  await collect(mesh.generate({ prompt: "hi" }));
  await mesh[Symbol.asyncDispose]();
  assert.equal((await mesh.generate({ prompt: "hi" }).result.catch((error) => error)).code, "closed");
});
