// Makes the table of what models are worth, src/core/catalog/evaluations.rs, from scripts/quality/scores.json, and
// prints how far it is off. The same scores give the same bytes. How it is done: docs/decisions/2026-11-22-quality.md.
//   node scripts/make-quality.mjs
import { readFileSync } from "node:fs";
import { writeWhole } from "./cache.mjs";
import { leaveNewestOut, leaveOneOut } from "./quality/errors.mjs";
import { LINE, TOP, abilitiesOf, qualitiesOf } from "./quality/fit.mjs";
import { HALF_GAIN, LARGE, MOST_GAIN, SMALL, inOrder, slopesOf, stepOf } from "./quality/prior.mjs";
import { SCORES_FILE } from "./quality/scores.mjs";
import { inRepository } from "./repository.mjs";
import { runWhenStartedAlone } from "./step.mjs";

export const TABLE_FILE = inRepository("src", "core", "catalog", "evaluations.rs");

export function fitQuality(scores) {
  const { ability, miss } = abilitiesOf(scores);
  const { models, perAbility } = qualitiesOf(ability);
  return { measured: models, table: inOrder(models), perAbility, miss };
}

/** The table as a module of the core. */
export function asRust(table) {
  const sorted = table.toSorted((a, b) => (a.family < b.family ? -1 : Number(a.family > b.family)) || a.generation - b.generation || (a.size ?? a.step) - (b.size ?? b.step));
  const row = ({ family, generation, size, step, quality }) => `    ("${family}", ${Math.round(generation * 100)}, ${size ? decimal(size) : step}, ${Math.round(quality * 1000)}),\n`;
  const rows = (models) => models.map(row).join("");
  const { small, large } = slopesOf(table);
  const sized = sorted.filter(({ size }) => size !== null);
  const ladder = sorted.filter(({ step }) => step !== null);
  return `//! Written by scripts/make-quality.mjs from public evaluations of ${table.length} models; origins and licences in pkg/NOTICE.
//! How good they are, on the scale of \`super::quality\`; sorted by family, generation and size or step.

/** Quality of a billion parameters where only the size is known. */
pub(super) const LINE_BASE: f64 = ${decimal(LINE.base)};

/** What ten times as many parameters add there. */
pub(super) const LINE_SLOPE: f64 = ${decimal(LINE.slope)};

/** What they add within a family below so many billions of parameters … */
pub(super) const SMALL: (f64, f64) = (${decimal(SMALL)}, ${decimal(Number(small.toFixed(2)))});

/** … and above so many, by pairs of one generation. */
pub(super) const LARGE: (f64, f64) = (${decimal(LARGE)}, ${decimal(Number(large.toFixed(2)))});

/** What a step up a maker's ladder (mini, medium, …) adds, by makers that have two in one generation. */
pub(super) const STEP: f64 = ${decimal(Number(stepOf(table).toFixed(3)))};

/** Where the scale of what was measured ends. */
pub(super) const TOP: f64 = ${decimal(Number(TOP.toFixed(2)))};

/** The most of its distance to 1 that a generation newer than all known ones is believed to have come. */
pub(super) const MOST_GAIN: f64 = ${decimal(MOST_GAIN)};

/** How much newer it has to be for half of that. */
pub(super) const HALF_GAIN: f64 = ${decimal(HALF_GAIN)};

/** Family, hundredths of a generation, billions of parameters, thousandths of quality. */
pub(super) const SIZED: [(&str, u16, f64, u16); ${sized.length}] = [
${rows(sized)}];

/** Family, hundredths of a generation, step of the ladder, thousandths of quality. */
pub(super) const LADDER: [(&str, u16, u8, u16); ${ladder.length}] = [
${rows(ladder)}];
`.replaceAll(/\/\*\* (.*) \*\//g, "/// $1");
}

function decimal(number) {
  return Number.isInteger(number) ? `${number}.0` : String(number);
}

function asTable(errors) {
  const number = (one) => (Number.isFinite(one) ? one.toFixed(3) : "–");
  return Object.entries(errors).map(([way, { models, error, kendall, spearman }]) => `| ${way} | ${models} | ${number(error)} | ${number(kendall)} | ${number(spearman)} |\n`).join("");
}

await runWhenStartedAlone(import.meta.url, async () => {
  const { measured, table, perAbility, miss } = fitQuality(JSON.parse(readFileSync(SCORES_FILE, "utf8")));
  const head = "\n| way | models | mean error | Kendall | Spearman |\n|---|---|---|---|---|\n";
  const write = (title, errors) => process.stdout.write(`\n${title}${head}${asTable(errors)}`);
  process.stdout.write(`${table.length} models; a score is off by ${miss.toFixed(2)} in log-odds, which is ${(miss * perAbility).toFixed(3)} of the scale\n`);
  write("Each model without itself:", leaveOneOut(measured));
  write("Those with a size:", leaveOneOut(measured.filter(({ size }) => size !== null)));
  write("Those without:", leaveOneOut(measured.filter(({ step }) => step !== null)));
  write("The newest generation of each family from the older ones:", leaveNewestOut(measured));
  const module = asRust(table);
  if (readFileSync(TABLE_FILE, { encoding: "utf8", flag: "a+" }) !== module) await writeWhole(TABLE_FILE, module);
});
