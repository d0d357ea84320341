// npm test: every stage in order, until one fails.
//   npm test -- --list               names the stages
//   npm test -- --only core,page     runs these
//   npm test -- --keep-going         runs the others although one failed
// The last line is "N passed, N failed", with ", N skipped" when tests were skipped.
import { add, describe, noTests } from "./counts.mjs";
import { setup } from "./setup.mjs";
import { browser } from "./stages/browser.mjs";
import { build } from "./stages/build.mjs";
import { clippy } from "./stages/clippy.mjs";
import { core } from "./stages/core.mjs";
import { doctor } from "./stages/doctor.mjs";
import { examples } from "./stages/examples.mjs";
import { format } from "./stages/format.mjs";
import { lint } from "./stages/lint.mjs";
import { node } from "./stages/node.mjs";
import { package_ } from "./stages/package.mjs";
import { page } from "./stages/page.mjs";
import { simulation } from "./stages/simulation.mjs";
import { typecheck } from "./stages/typecheck.mjs";
import { types } from "./stages/types.mjs";
import { StepFailure, describeFailure, runWhenStartedAlone, seconds } from "./step.mjs";

// The quick ones first; the browser last.
const STAGES = [format, clippy, types, core, examples, simulation, build, typecheck, lint, node, package_, doctor, browser, page];

export function readOptions(words) {
  const options = { list: false, keepGoing: false, stages: STAGES };
  for (let index = 0; index < words.length; index += 1) {
    const [word, value] = words[index].split("=");
    if (word === "--list") options.list = true;
    else if (word === "--keep-going") options.keepGoing = true;
    else if (word === "--only") options.stages = named(value ?? words[(index += 1)] ?? "");
    else throw new StepFailure(`there is no option ${word}`, { remedy: "There are: --list, --only STAGE,STAGE, --keep-going" });
  }
  return options;
}

function named(text) {
  const names = text.split(",").filter(Boolean);
  const unknown = names.filter((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown.length > 0 || names.length === 0) {
    throw new StepFailure(`--only wants names of stages, not ${unknown.join(", ") || "nothing"}`, { remedy: `There are: ${STAGES.map(({ name }) => name).join(", ")}` });
  }
  return STAGES.filter(({ name }) => names.includes(name));
}

/** @returns {Promise<boolean>} whether everything passed */
export async function runStages(stages, { keepGoing, prepare = setup, print = (line) => process.stdout.write(`${line}\n`) }) {
  const heading = (text) => print(`\n== ${text}`);
  const report = [];
  let total = noTests();
  let environment;
  try {
    heading("Set-up");
    environment = await prepare([...new Set(stages.flatMap(({ needs }) => needs))]);
  } catch (error) {
    print(describeFailure(error));
    print("\nNothing was tested: the set-up failed.");
    print(describe({ passed: 0, failed: 1, skipped: 0 }));
    return false;
  }
  for (const [index, stage] of stages.entries()) {
    heading(`${index + 1}/${stages.length} ${stage.name}: ${stage.title}`);
    const started = Date.now();
    const { counts, error } = await runStage(stage, environment);
    total = add(total, counts);
    const tests = counts.passed + counts.failed + counts.skipped > 0 ? `: ${describe(counts)}` : "";
    report.push(`${error ? "FAILED" : "ok"}  ${stage.name} (${seconds(Date.now() - started)})${error ? `: ${error.message}` : tests}`);
    if (!error) continue;
    print(describeFailure(error));
    if (keepGoing) continue;
    const left = stages.slice(index + 1).map(({ name }) => name);
    if (left.length > 0) report.push(`not run: ${left.join(", ")} (npm test -- --keep-going runs them all the same)`);
    break;
  }
  heading("Result");
  report.forEach((line) => print(line));
  print(describe(total));
  return total.failed === 0;
}

/** A check that failed counts as one failed test, so that the last line never says less than the exit code. */
async function runStage(stage, environment) {
  try {
    return { counts: await stage.run({ environment }) };
  } catch (error) {
    return { error, counts: error.counts ?? { ...noTests(), failed: 1 } };
  }
}

await runWhenStartedAlone(import.meta.url, async (words) => {
  const { list, keepGoing, stages } = readOptions(words);
  if (list) {
    for (const { name, title } of STAGES) process.stdout.write(`${name.padEnd(10)} ${title}\n`);
    return;
  }
  if (!(await runStages(stages, { keepGoing }))) process.exitCode = 1;
});
