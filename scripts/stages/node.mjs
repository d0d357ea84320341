import { runNodeTests } from "./node-tests.mjs";

/** @type {import("./stage.mjs").Stage} */
export const node = {
  name: "node",
  title: "The simulators and the scripts, in Node",
  needs: ["packages", "catalogue"],
  run: ({ environment }) => runNodeTests({ folders: ["tests/simulator", "tests/scripts"], environment }),
};
