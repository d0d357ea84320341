import { buildPackage } from "../build-package.mjs";
import { buildWasm } from "../build-wasm.mjs";
import { noTests } from "../counts.mjs";
import { TO_BUILD } from "../setup.mjs";
import { typecheck as typecheckAll } from "../typecheck.mjs";

/** @type {import("./stage.mjs").Stage} */
export const typecheck = {
  name: "typecheck",
  title: "TypeScript type-checks",
  needs: TO_BUILD,
  async run() {
    // The app and the tests see the package through its built declarations.
    await buildWasm();
    await buildPackage("pkg");
    await typecheckAll();
    return noTests();
  },
};
