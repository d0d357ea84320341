import { buildPackage } from "../build-package.mjs";
import { buildWasm } from "../build-wasm.mjs";
import { TO_BUILD } from "../setup.mjs";
import { runNodeTests } from "./node-tests.mjs";

/** @type {import("./stage.mjs").Stage} */
export const package_ = {
  name: "package",
  title: "The built npm package, in Node and in apps of its users; the benchmarks, unmeasured",
  needs: [...TO_BUILD, "browser", "model", "llama"],
  async run({ environment }) {
    await buildWasm();
    await buildPackage("pkg");
    return runNodeTests({ folders: ["tests/package", "tests/bench"], environment });
  },
};
