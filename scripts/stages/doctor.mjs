import { buildPackage } from "../build-package.mjs";
import { buildWasm } from "../build-wasm.mjs";
import { TO_BUILD } from "../setup.mjs";
import { runNodeTests } from "./node-tests.mjs";

/** @type {import("./stage.mjs").Stage} */
export const doctor = {
  name: "doctor",
  title: "The doctor, in set-ups that are really broken, and the servers that they stand on",
  needs: [...TO_BUILD, "browser", "model", "llama"],
  async run({ environment }) {
    await buildWasm();
    await buildPackage("pkg");
    return runNodeTests({ folders: ["tests/servers", "tests/doctor"], environment });
  },
};
