// What npm would publish, to the file.
import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { test } from "node:test";
import { inRepository } from "../../scripts/repository.mjs";
import { filesBelow } from "../../scripts/stamp.mjs";
import { installed, packed } from "./installed-package.mjs";

test("npm publishes the built files, the WebAssembly among them, and nothing else", async () => {
  const source = inRepository("pkg", "src");
  const built = filesBelow(["pkg/src"])
    .map((file) => relative(source, file).split(sep).join("/").replace(/\.tsx?$/, ""))
    .flatMap((module) => [`dist/${module}.js`, `dist/${module}.d.ts`]);
  const { files } = await packed();
  assert.deepEqual(files, [...built, "LICENSE", "NOTICE", "README.md", "package.json", "wasm/hkm_mesh.js", "wasm/hkm_mesh_bg.wasm"].sort());
});

test("the tarball holds the WebAssembly itself", async () => {
  const { folder } = await installed();
  const inPackage = (...parts) => join(folder, "node_modules", "hkm-mesh", ...parts);
  const wasm = await readFile(inPackage("wasm", "hkm_mesh_bg.wasm"));
  assert.equal(wasm.subarray(0, 4).toString("latin1"), "\0asm");
  assert.equal(wasm.length, (await stat(inRepository("pkg", "wasm", "hkm_mesh_bg.wasm"))).size);
});

test("the manifest asks for nothing at run time, and React is optional", async () => {
  const { folder } = await installed();
  const manifest = JSON.parse(await readFile(join(folder, "node_modules", "hkm-mesh", "package.json"), "utf8"));
  assert.equal(manifest.dependencies, undefined);
  assert.deepEqual(manifest.peerDependencies, { react: ">=18" });
  assert.equal(manifest.peerDependenciesMeta.react.optional, true);
  assert.equal(manifest.type, "module");
  assert.equal(manifest.sideEffects, false);
  for (const script of ["preinstall", "install", "postinstall", "prepare"]) assert.equal(manifest.scripts?.[script], undefined, script);
});
