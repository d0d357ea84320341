// Tests written for Node's own runner, `*.test.mjs`.
import { countNodeTest } from "../counts.mjs";
import { filesBelow } from "../stamp.mjs";
import { StepFailure } from "../step.mjs";
import { runTests } from "./stage.mjs";

// A file whose tests take longer hangs, and is named; the longest takes some three minutes.
const FILE_LIMIT_MS = 10 * 60 * 1000;

/** @param {{ folders: string[], environment: Record<string, string> }} options folders from the repository's root; each has to hold a test */
export function runNodeTests({ folders, environment }) {
  const files = folders.flatMap((folder) => {
    const tests = testsBelow(folder);
    if (tests.length === 0) throw new StepFailure(`${folder} has no test`, { remedy: "If its tests moved, name their folder in scripts/stages/." });
    return tests;
  });
  // Named one by one: the oldest Node that is supported does not expand patterns.
  return runTests(process.execPath, ["--test", "--test-reporter=spec", `--test-timeout=${FILE_LIMIT_MS}`, ...files], { count: countNodeTest, env: environment });
}

export function testsBelow(folder) {
  return filesBelow([folder]).filter((file) => file.endsWith(".test.mjs"));
}
