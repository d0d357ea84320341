import { ask } from "../command.mjs";
import { countCargoTest, countNextest } from "../counts.mjs";
import { lockedFlags } from "../strictness.mjs";
import { runTests } from "./stage.mjs";

// The root package too: what of it needs no browser is tested here.
const PACKAGES = ["--workspace"];

/** @type {import("./stage.mjs").Stage} */
export const core = {
  name: "core",
  title: "The core, and what of the shell needs no browser, natively",
  needs: ["rust"],
  run() {
    if (ask("cargo", ["nextest", "--version"]).ok) {
      const args = ["nextest", "run", ...lockedFlags(), ...PACKAGES, "--no-fail-fast", "--status-level", "slow", "--final-status-level", "fail"];
      return runTests("cargo", args, { count: countNextest });
    }
    return runTests("cargo", ["test", ...lockedFlags(), ...PACKAGES, "--all-targets", "--no-fail-fast"], { count: countCargoTest });
  },
};
