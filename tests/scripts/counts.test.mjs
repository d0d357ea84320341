import assert from "node:assert/strict";
import { test } from "node:test";
import { add, countCargoTest, countNextest, countNodeTest, countPlaywright, describe } from "../../scripts/counts.mjs";

test("cargo test is counted over all of its test programs", () => {
  const output = [
    "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s",
    "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.11s",
  ].join("\n");
  assert.deepEqual(countCargoTest(output), { passed: 6, failed: 2, skipped: 1 });
});

test("a test that prints a result line of its own is not counted", () => {
  assert.deepEqual(countCargoTest("    test result: ok. 9 passed; 0 failed; 0 ignored;"), { passed: 0, failed: 0, skipped: 0 });
});

test("nextest's time-outs and crashes count as failed", () => {
  const output = "     Summary [   1.009s] 6/9 tests run: 3 passed (1 slow), 1 failed, 1 timed out, 1 exec failed, 2 skipped";
  assert.deepEqual(countNextest(output), { passed: 3, failed: 3, skipped: 2 });
});

test("nextest is counted although it writes in colour", () => {
  const output = "\u001b[32;1m     Summary\u001b[0m [   0.009s] 1 test run: \u001b[1m1\u001b[0m \u001b[32;1mpassed\u001b[0m, 0 skipped";
  assert.deepEqual(countNextest(output), { passed: 1, failed: 0, skipped: 0 });
});

test("node's test runner is counted by its last summary", () => {
  const output = ["# a test said: pass 7", "ℹ tests 5", "ℹ pass 2", "ℹ fail 1", "ℹ cancelled 1", "ℹ skipped 1", "ℹ todo 0"].join("\n");
  assert.deepEqual(countNodeTest(output), { passed: 2, failed: 2, skipped: 1 });
});

test("a page test that passed only when tried again counts as failed", () => {
  assert.deepEqual(countPlaywright({ stats: { expected: 4, unexpected: 0, flaky: 1, skipped: 2 } }), { passed: 4, failed: 1, skipped: 2 });
});

test("a page test run that broke before its first test counts as failed", () => {
  assert.deepEqual(countPlaywright({ stats: { expected: 0, unexpected: 0, flaky: 0, skipped: 0 }, errors: [{ message: "no server" }] }), { passed: 0, failed: 1, skipped: 0 });
});

test("the last line names skipped tests only when there are some", () => {
  assert.equal(describe(add({ passed: 1, failed: 0, skipped: 0 }, { passed: 2, failed: 1, skipped: 0 })), "3 passed, 1 failed");
  assert.equal(describe({ passed: 1, failed: 0, skipped: 2 }), "1 passed, 0 failed, 2 skipped");
});
