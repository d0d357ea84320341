// How many tests passed, read from what each test runner prints.
import { stripVTControlCharacters } from "node:util";

export function noTests() {
  return { passed: 0, failed: 0, skipped: 0 };
}

export function add(left, right) {
  return { passed: left.passed + right.passed, failed: left.failed + right.failed, skipped: left.skipped + right.skipped };
}

/** `cargo test` and wasm-bindgen's runner: one "test result:" line for each test program. */
export function countCargoTest(output) {
  let total = noTests();
  const line = /^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored;/gm;
  for (const [, passed, failed, ignored] of stripVTControlCharacters(output).matchAll(line)) {
    total = add(total, { passed: Number(passed), failed: Number(failed), skipped: Number(ignored) });
  }
  return total;
}

/** cargo nextest: "Summary [ 0.1s] 9 tests run: 6 passed (1 slow), 1 failed, 1 timed out, 1 exec failed, 2 skipped". */
export function countNextest(output) {
  const [, summary] = /Summary \[[^\]]*\]\s+\S+ tests? run: (.*)$/m.exec(stripVTControlCharacters(output)) ?? [];
  if (!summary) return noTests();
  const count = (kind) => Number(new RegExp(`(\\d+) ${kind}`).exec(summary)?.[1] ?? 0);
  return { passed: count("passed"), failed: count("failed") + count("exec failed") + count("timed out"), skipped: count("skipped") };
}

/** node --test, in its readable and its TAP form: "ℹ pass 3" or "# pass 3". */
export function countNodeTest(output) {
  const count = (kind) => {
    const found = [...stripVTControlCharacters(output).matchAll(new RegExp(`^(?:ℹ|#) ${kind} (\\d+)$`, "gm"))].at(-1);
    return Number(found?.[1] ?? 0);
  };
  return { passed: count("pass"), failed: count("fail") + count("cancelled"), skipped: count("skipped") + count("todo") };
}

/** Playwright's JSON report. A test that passed only when tried again counts as failed: it hides something. */
export function countPlaywright(report) {
  const { expected = 0, unexpected = 0, flaky = 0, skipped = 0 } = report.stats ?? {};
  const broken = report.errors?.length > 0 && unexpected === 0 ? 1 : 0;
  return { passed: expected, failed: unexpected + flaky + broken, skipped };
}

export function describe({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
