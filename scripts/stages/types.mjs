import { countCargoTest, noTests } from "../counts.mjs";
import { lockedFlags } from "../strictness.mjs";
import { runTests } from "./stage.mjs";

/** @type {import("./stage.mjs").Stage} */
export const types = {
  name: "types",
  title: "The TypeScript types generated from Rust are up to date",
  needs: ["rust"],
  async run() {
    await runTests("cargo", ["test", ...lockedFlags(), "--package", "hkm-mesh-core", "--lib", "typescript::"], {
      count: countCargoTest,
      // With it the test would write them and pass.
      env: { HKM_UPDATE_TYPES: undefined },
      remedy: "HKM_UPDATE_TYPES=1 cargo test -p hkm-mesh-core typescript\nthen look at the difference and commit it.",
    });
    // The stage "core" runs the same tests and counts them.
    return noTests();
  },
};
