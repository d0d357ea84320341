import { build as buildAll } from "../build.mjs";
import { noTests } from "../counts.mjs";
import { TO_BUILD } from "../setup.mjs";
import { printSizes } from "../sizes.mjs";

/** @type {import("./stage.mjs").Stage} */
export const build = {
  name: "build",
  title: "The release build, with link-time optimisation",
  needs: TO_BUILD,
  async run() {
    await buildAll();
    printSizes();
    return noTests();
  },
};
