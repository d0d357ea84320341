import { buildPackage } from "../build-package.mjs";
import { buildWasm } from "../build-wasm.mjs";
import { installedProgram } from "../npm.mjs";
import { TO_BUILD } from "../setup.mjs";
import { check } from "./stage.mjs";

/** @type {import("./stage.mjs").Stage} */
export const lint = {
  name: "lint",
  title: "eslint has no objection",
  needs: TO_BUILD,
  async run() {
    // Its rules ask for types, so the built declarations have to be there.
    await buildWasm();
    await buildPackage("pkg");
    return check(process.execPath, [installedProgram("eslint", "eslint"), "--max-warnings", "0", "."], { what: "eslint objects", remedy: "npm run lint" });
  },
};
