import { lockedFlags } from "../strictness.mjs";
import { runTests } from "./stage.mjs";

const GENERATIONS = 100_000;

/** @type {import("./stage.mjs").Stage} */
export const simulation = {
  name: "simulation",
  title: `${GENERATIONS.toLocaleString("en")} generations against faulty virtual servers, and sessions of research`,
  needs: ["rust"],
  run() {
    const args = ["run", ...lockedFlags(), "--quiet", "--package", "hkm-mesh-simulation", "--profile", "simulation", "--", "--generations", String(GENERATIONS)];
    return runTests("cargo", args, { count: countWorlds });
  },
};

/** Two tests: every world kept every promise, and what was answered before was answered again. */
function countWorlds(output) {
  const [, passed = 0, failed = 0] = /^(\d+) passed, (\d+) failed$/m.exec(output) ?? [];
  return { passed: Number(passed), failed: Number(failed), skipped: 0 };
}
