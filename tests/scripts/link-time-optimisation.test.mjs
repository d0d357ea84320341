import assert from "node:assert/strict";
import { test } from "node:test";
import { needLinkTimeOptimisation, readCompilation } from "../../scripts/link-time-optimisation.mjs";
import { StepFailure } from "../../scripts/step.mjs";

const running = (crate, rest) => `     Running \`/toolchain/bin/rustc --crate-name ${crate} --edition=2024 src/lib.rs ${rest} --target wasm32-unknown-unknown\``;
const dependency = running("hkm_mesh_core", "--crate-type lib -C opt-level=s -C linker-plugin-lto");

test("a cdylib with -C lto passes", () => {
  const output = `${dependency}\n${running("hkm_mesh", "--crate-type cdylib -C opt-level=s -C lto -C codegen-units=1")}`;
  assert.deepEqual(readCompilation(output, "hkm_mesh"), { crateTypes: ["cdylib"], optimised: true });
  needLinkTimeOptimisation(output, "hkm_mesh");
});

test("a second crate type fails, for it switches the optimisation off", () => {
  const output = running("hkm_mesh", "--crate-type cdylib --crate-type rlib -C opt-level=s");
  assert.throws(() => needLinkTimeOptimisation(output, "hkm_mesh"), /cdylib and rlib/);
});

test("a build without the optimisation fails", () => {
  for (const flags of ["", "-C lto=off -C embed-bitcode=no", "-C linker-plugin-lto"]) {
    assert.throws(() => needLinkTimeOptimisation(running("hkm_mesh", `--crate-type cdylib ${flags}`), "hkm_mesh"), StepFailure);
  }
});

test("a build that cargo took from its cache proves nothing", () => {
  assert.throws(() => needLinkTimeOptimisation(`${dependency}\n       Fresh hkm-mesh v0.1.0`, "hkm_mesh"), /nobody knows/);
});
