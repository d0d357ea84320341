import { countCargoTest } from "../counts.mjs";
import { follow } from "../command.mjs";
import { repository } from "../repository.mjs";
import { lockedFlags } from "../strictness.mjs";
import { StageFailure } from "./stage.mjs";

/** @type {import("./stage.mjs").Stage} */
export const examples = {
  name: "examples",
  title: "The examples in the core's documentation",
  needs: ["rust"],
  async run() {
    // Not through `runTests`: the documentation may well have no example.
    const result = await follow("cargo", ["test", ...lockedFlags(), "--workspace", "--exclude", "hkm-mesh", "--doc"], { cwd: repository });
    const counts = countCargoTest(result.stdout);
    if (!result.ok) throw new StageFailure("an example in the documentation does not work", { command: "cargo test --doc" }, { ...counts, failed: Math.max(1, counts.failed) });
    return counts;
  },
};
