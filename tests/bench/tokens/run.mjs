// Measures the estimate of tokens in `src/core/estimate/tokens.rs` against real tokenizers, and fits its weights.
//
//   node tests/bench/tokens/run.mjs            prints the errors of weights that are fitted now
//   node tests/bench/tokens/run.mjs --write    and writes them into src/core/estimate/weights.rs
//   node tests/bench/tokens/run.mjs --kinds    and prints the errors of every family by kind of text
//
// Every source of texts is judged by weights that were fitted without it: once the even ones, once the odd ones. What is
// written is fitted to all.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { fetchAll } from "./fetch.mjs";
import { dot, fit } from "./fit.mjs";
import { allTexts } from "./texts.mjs";
import { countAll, FAMILIES, STRANGERS } from "./tokenizers.mjs";

const repository = fileURLToPath(new URL("../../../", import.meta.url));

/** Weights are written in bytes, as so many parts of a token. */
const PARTS = 100;
const MOST = 255 / PARTS;

/** What most people write counts twice. */
const IMPORTANCE = { English: 2, chat: 2 };

/** The row for unknown models holds as many tokens as this share of the families does not exceed. */
const CAUTIOUS = 0.75;

/** Too old to be what an unknown model is like. */
const OUTDATED = ["LlamaOld", "OpenAiOld"];

function features(texts) {
  const command = ["run", "--release", "--quiet", "-p", "hkm-mesh-core", "--example", "token_features"];
  const output = execFileSync("cargo", command, {
    cwd: repository,
    input: texts.map((text) => `${JSON.stringify(text)}\n`).join(""),
    maxBuffer: 1 << 28,
    stdio: ["pipe", "pipe", "inherit"],
  });
  return output.toString().trim().split("\n").map((line) => JSON.parse(line));
}

function quantile(values, share) {
  const sorted = [...values].sort((one, other) => one - other);
  const place = (sorted.length - 1) * share;
  const low = Math.floor(place);
  return sorted[low] + (sorted[Math.ceil(place)] - sorted[low]) * (place - low);
}

/** The guess by script that stood here before: one ASCII letter a quarter of a token, one of CJK a whole, others a half. */
function byScript(text) {
  let quarters = 0;
  for (const letter of text) {
    const code = letter.codePointAt(0);
    const isWide = (code >= 0x2e80 && code <= 0x9fff) || (code >= 0xac00 && code <= 0xd7af) || (code >= 0xf900 && code <= 0xfaff) || code >= 0x1f000;
    quarters += code < 0x80 ? 1 : isWide ? 4 : 2;
  }
  return Math.ceil(quarters / 4);
}

/** Each kind of text counts as much as any other, however many there are of it. */
function sharesOf(texts, isUsed) {
  const many = new Map();
  texts.forEach(({ kind }, place) => isUsed[place] && many.set(kind, (many.get(kind) ?? 0) + 1));
  return texts.map(({ kind }, place) => (isUsed[place] ? (IMPORTANCE[kind] ?? 1) / many.get(kind) : 0));
}

function fitted(texts, rows, truths, isUsed) {
  const pick = (values) => values.filter((_, place) => isUsed[place]);
  const weights = fit(pick(rows), pick(truths), pick(sharesOf(texts, isUsed)), MOST);
  return weights.map((weight) => Math.round(weight * PARTS) / PARTS);
}

const percent = (share, digits = 1) => (100 * share).toFixed(digits);

/** Median, nine tenths, and the share that is more than a tenth too low, over kinds of equal importance. */
function errorsOf(texts, estimates, truths, wanted = () => true) {
  const byKind = new Map();
  texts.forEach(({ kind }, place) => {
    if (!wanted(kind)) return;
    const errors = byKind.get(kind) ?? [];
    byKind.set(kind, errors);
    errors.push(estimates[place] / truths[place] - 1);
  });
  const mean = (of) => [...byKind.values()].reduce((sum, errors) => sum + of(errors), 0) / byKind.size;
  const sizes = (errors) => errors.map(Math.abs);
  return [
    mean((errors) => quantile(sizes(errors), 0.5)),
    mean((errors) => quantile(sizes(errors), 0.9)),
    mean((errors) => errors.filter((error) => error < -0.1).length / errors.length),
  ];
}

const written = ([median, most, low]) => `${percent(median)} / ${percent(most)} / ${percent(low, 0)}`;

function weightsFile(weights) {
  const families = Object.keys(weights);
  const states = weights[families[0]].map((_, state) => state);
  const rows = [...states].map((state) => families.map((family) => Math.round(weights[family][state] * PARTS)).join(", "));
  return `//! What a visit of each state of [\`super::tokens\`] weighs for each family, in hundredths of a token. Written by
//! \`tests/bench/tokens/run.mjs\` from counts of real tokenizers; do not edit.

use super::tokens::{FAMILIES, STATES};

/// A row for each state, in it a column for each family of [\`super::Family::ALL\`].
#[rustfmt::skip]
pub(super) const WEIGHTS: [[u8; FAMILIES]; STATES] = [
${rows.map((row) => `    [${row}],`).join("\n")}
];
`;
}

fetchAll();
const texts = allTexts();
const counts = await countAll(texts.map(({ text }) => text));
const rows = features(texts.map(({ text }) => text));
const known = Object.keys(FAMILIES).filter((family) => !OUTDATED.includes(family));
const cautious = texts.map((_, place) => quantile(known.map((family) => counts[family][place]), CAUTIOUS));
const truths = { Other: cautious, ...Object.fromEntries(Object.keys(FAMILIES).map((family) => [family, counts[family]])) };

const even = texts.map(({ isHeldOut }) => !isHeldOut);
const odd = texts.map(({ isHeldOut }) => isHeldOut);
const weights = {};
const estimates = {};
for (const [family, truth] of Object.entries(truths)) {
  console.error(`fitting ${family}`);
  const byEven = fitted(texts, rows, truth, even);
  const byOdd = fitted(texts, rows, truth, odd);
  estimates[family] = rows.map((row, place) => Math.ceil(dot(row, texts[place].isHeldOut ? byEven : byOdd)));
  weights[family] = fitted(texts, rows, truth, texts.map(() => true));
}

const scripts = texts.map(({ text }) => byScript(text));
const quarters = texts.map(({ text }) => text.length / 4);
const titles = { ...FAMILIES, ...STRANGERS };
console.log(`${texts.length} texts of ${new Set(texts.map(({ source }) => source)).size} sources, ${new Set(texts.map(({ kind }) => kind)).size} kinds, ${texts.reduce((sum, { text }) => sum + text.length, 0)} letters.`);
console.log("Error in percent: median / nine tenths of all are below / share that is more than a tenth too low; mean over kinds.\n");
console.log("| family | tokenizer | estimate | as if unknown | guess by script | letters / 4 |\n|---|---|---|---|---|---|");
for (const [family, [title]] of Object.entries(titles)) {
  const by = (guess) => written(errorsOf(texts, guess, counts[family]));
  const own = estimates[family] ? by(estimates[family]) : "–";
  console.log(`| ${family} | ${title} | ${own} | ${by(estimates.Other)} | ${by(scripts)} | ${by(quarters)} |`);
}
const kinds = [...new Set(texts.map(({ kind }) => kind))];
const shown = process.argv.includes("--kinds") ? Object.keys(FAMILIES) : ["OpenAi", "Claude", "Gemini", "Llama", "Qwen", "LlamaOld"];
console.log(`\n| kind | ${shown.join(" | ")} | by script, OpenAi |\n|---|${"---|".repeat(shown.length + 1)}`);
for (const kind of kinds) {
  const of = (guess, family) => written(errorsOf(texts, guess, counts[family], (one) => one === kind));
  console.log(`| ${kind} | ${shown.map((family) => of(estimates[family], family)).join(" | ")} | ${of(scripts, "OpenAi")} |`);
}
if (process.argv.includes("--write")) {
  writeFileSync(new URL("../../../src/core/estimate/weights.rs", import.meta.url), weightsFile(weights));
}
