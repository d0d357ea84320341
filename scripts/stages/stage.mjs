// What a stage of `npm test` is, and the two kinds there are.
import { commandLine, follow } from "../command.mjs";
import { describe, noTests } from "../counts.mjs";
import { repository } from "../repository.mjs";
import { StepFailure } from "../step.mjs";

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {{ environment: Record<string, string> }} Context what the set-up found
 * @typedef {object} Stage
 * @property {string} name what `--only` calls it
 * @property {string} title
 * @property {string[]} needs names of set-up steps
 * @property {(context: Context) => Promise<Counts>} run throws `StageFailure` or `StepFailure` when it fails
 */

// A stage that takes longer hangs.
const LIMIT_MS = 30 * 60 * 1000;

export class StageFailure extends StepFailure {
  /** @param {Counts} counts what had passed all the same */
  constructor(message, details, counts) {
    super(message, details);
    this.counts = counts;
  }
}

/** A stage that is right or wrong and counts no tests. */
export async function check(command, args, { what, remedy, ...options }) {
  const result = await follow(command, args, { cwd: repository, timeoutMs: LIMIT_MS, ...options });
  if (!result.ok) throw new StepFailure(what, { command: commandLine(command, args), output: result.problem, remedy });
  return noTests();
}

/**
 * A stage that runs tests. None at all is a failure: that is what a wrong path or a wrong filter looks like.
 * @param {(output: string) => Counts} count
 */
export async function runTests(command, args, { count, remedy, ...options }) {
  const result = await follow(command, args, { cwd: repository, timeoutMs: LIMIT_MS, ...options });
  const counts = await count(`${result.stdout}\n${result.stderr}`);
  const details = { command: commandLine(command, args), output: result.problem, remedy };
  if (counts.failed > 0) throw new StageFailure(`${describe(counts)}`, details, counts);
  if (!result.ok) throw new StageFailure("the test program failed, though it named no failed test", details, { ...counts, failed: 1 });
  if (counts.passed === 0) throw new StageFailure(`no test ran (${describe(counts)})`, details, { ...counts, failed: 1 });
  return counts;
}
