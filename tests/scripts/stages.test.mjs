import assert from "node:assert/strict";
import { test } from "node:test";
import { readOptions, runStages } from "../../scripts/test.mjs";
import { StageFailure, runTests } from "../../scripts/stages/stage.mjs";
import { StepFailure } from "../../scripts/step.mjs";

const passing = (name, passed = 1) => ({ name, title: name, needs: [], run: async () => ({ passed, failed: 0, skipped: 0 }) });
const failing = (name, error) => ({ name, title: name, needs: [], run: () => Promise.reject(error) });

async function run(stages, options = {}) {
  const lines = [];
  const passed = await runStages(stages, { keepGoing: false, prepare: async () => ({}), print: (line) => lines.push(line), ...options });
  return { passed, lines, last: lines.at(-1) };
}

test("the last line sums the stages", async () => {
  const { passed, last } = await run([passing("one", 2), passing("two", 3)]);
  assert.equal(passed, true);
  assert.equal(last, "5 passed, 0 failed");
});

test("a failing check counts as one failed test, and what comes after it is named as not run", async () => {
  const { passed, lines, last } = await run([passing("one"), failing("two", new StepFailure("no")), passing("three")]);
  assert.equal(passed, false);
  assert.equal(last, "1 passed, 1 failed");
  assert.ok(lines.some((line) => line.startsWith("not run: three")));
});

test("with --keep-going the stages after a failed one run too", async () => {
  const failure = new StageFailure("two failed", {}, { passed: 5, failed: 2, skipped: 0 });
  const { passed, last } = await run([failing("one", failure), passing("two")], { keepGoing: true });
  assert.equal(passed, false);
  assert.equal(last, "6 passed, 2 failed");
});

test("a fault in the scripts themselves is a failure", async () => {
  const { passed, last } = await run([failing("one", new TypeError("x is not a function"))]);
  assert.equal(passed, false);
  assert.equal(last, "0 passed, 1 failed");
});

test("a set-up that fails is a failure", async () => {
  const { passed, last } = await run([passing("one")], { prepare: () => Promise.reject(new StepFailure("no network")) });
  assert.equal(passed, false);
  assert.equal(last, "0 passed, 1 failed");
});

test("a stage in which no test ran fails, although its program ended well", async () => {
  const nothing = () => ({ passed: 0, failed: 0, skipped: 3 });
  await assert.rejects(runTests(process.execPath, ["-e", ""], { count: nothing }), { counts: { passed: 0, failed: 1, skipped: 3 } });
});

test("a stage whose program crashes fails, although it named no failed test", async () => {
  const two = () => ({ passed: 2, failed: 0, skipped: 0 });
  await assert.rejects(runTests(process.execPath, ["-e", "process.exit(3)"], { count: two }), { counts: { passed: 2, failed: 1, skipped: 0 } });
});

test("--only takes names of stages, in the order in which they run", () => {
  const names = (words) => readOptions(words).stages.map(({ name }) => name);
  assert.deepEqual(names(["--only", "page,core"]), ["core", "page"]);
  assert.deepEqual(names(["--only=core"]), ["core"]);
});

test("a wrong option is refused", () => {
  assert.throws(() => readOptions(["--olny", "core"]), StepFailure);
  assert.throws(() => readOptions(["--only", "nothing"]), StepFailure);
  assert.throws(() => readOptions(["--only"]), StepFailure);
});
