import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { TABLE_FILE, asRust, fitQuality } from "../../scripts/make-quality.mjs";
import { errorsOf, leaveOneOut } from "../../scripts/quality/errors.mjs";
import { abilitiesOf, qualitiesOf } from "../../scripts/quality/fit.mjs";
import { MODELS, nameOf } from "../../scripts/quality/models.mjs";
import { MOST_GAIN, gainsOf, inOrder, priorOf, sizeAlone } from "../../scripts/quality/prior.mjs";
import { SCORES_FILE, scoresIn } from "../../scripts/quality/scores.mjs";
import { inRepository } from "../../scripts/repository.mjs";

const scores = JSON.parse(readFileSync(SCORES_FILE, "utf8"));
const near = (found, expected, within = 1e-9) => assert.ok(Math.abs(found - expected) <= within, `${found} is not ${expected}`);
const sized = (family, generation, size, quality) => ({ name: `${family} ${generation} ${size}b`, family, generation, size, step: null, quality });

test("the committed table is what the committed scores give", () => {
  assert.equal(readFileSync(TABLE_FILE, "utf8").replaceAll("\r\n", "\n"), asRust(fitQuality(scores).table));
});

test("every benchmark has an origin, which the notice names, and a licence that allows it", () => {
  const notice = readFileSync(inRepository("pkg", "NOTICE"), "utf8");
  for (const [benchmark, { origin, licence }] of Object.entries(scores.benchmarks)) {
    assert.match(licence, /^(Apache-2\.0|MIT)$/, benchmark);
    const [, repository] = origin.match(/^github\.com\/([\w.-]+\/[\w.-]+)/);
    assert.ok(notice.includes(repository), `pkg/NOTICE does not name ${repository}`);
  }
});

test("every score is of a model that is named once, and lies between 0 and 1", () => {
  const names = MODELS.map(([family, generation, size, step]) => nameOf({ family, generation, size, step }));
  assert.equal(new Set(names).size, names.length);
  const columns = MODELS.flatMap(([, , , , of]) => of);
  assert.equal(new Set(columns).size, columns.length);
  for (const [model, found] of Object.entries(scores.scores)) {
    assert.ok(names.includes(model), model);
    for (const [mean, prompts] of Object.values(found)) assert.ok(mean >= 0 && mean <= 1 && prompts > 100, model);
  }
});

test("abilities are found again although no two models ran on the same benchmarks", () => {
  const planted = { a: -2, b: -1, c: -0.5, d: 0.5, e: 1, f: 2 };
  const difficulty = { easy: -1, middling: 0, hard: 1.5 };
  const of = { a: ["easy", "middling"], b: ["easy"], c: ["middling", "hard"], d: ["easy", "hard"], e: ["middling"], f: ["hard", "easy"] };
  const score = (model, benchmark) => 1 / (1 + Math.exp(difficulty[benchmark] - planted[model]));
  const { ability } = abilitiesOf({
    benchmarks: Object.fromEntries(Object.keys(difficulty).map((name) => [name, { guess: 0 }])),
    scores: Object.fromEntries(Object.entries(of).map(([model, benchmarks]) => [model, Object.fromEntries(benchmarks.map((name) => [name, [score(model, name), 1e6]]))])),
  });
  const pairs = Object.entries(planted).map(([model, value]) => [ability.get(model), value]);
  near(errorsOf(pairs).kendall, 1);
  assert.ok(errorsOf(pairs).error < 0.3, JSON.stringify(pairs));
});

test("rank correlations are the textbook's", () => {
  const { error, kendall, spearman } = errorsOf([[1, 1], [2, 3], [3, 2], [4, 4]]);
  near(error, 0.5);
  near(kendall, 4 / 6);
  near(spearman, 0.8);
  near(errorsOf([[1, 1], [1, 2], [2, 3]]).kendall, 2 / Math.sqrt(2 * 3));
});

test("what a left-out model scored does not change what is foretold of it", () => {
  const { models } = qualitiesOf(abilitiesOf(scores).ability);
  const changed = models.map((model) => (model.name === "qwen 2.5 32b" ? { ...model, quality: 0.01 } : model));
  const foretold = (all) => priorOf(all.find(({ name }) => name === "qwen 2.5 32b"), inOrder(all.filter(({ name }) => name !== "qwen 2.5 32b")));
  near(foretold(models), foretold(changed));
});

test("the table foretells left-out models better than their size alone", () => {
  const { measured } = fitQuality(scores);
  for (const models of [measured, measured.filter(({ size }) => size !== null)]) {
    const { table, "size alone (before)": size, constant } = leaveOneOut(models);
    assert.ok(table.error < 0.7 * size.error && table.error < constant.error, JSON.stringify({ table, size, constant }));
    assert.ok(table.kendall > size.kendall + 0.1, JSON.stringify({ table, size }));
  }
});

test("a newer generation is believed to gain what known ones did in the median", () => {
  const gains = gainsOf(fitQuality(scores).table).toSorted((a, b) => a - b);
  assert.ok(gains.length > 30);
  near(gains[Math.floor(gains.length / 2)], MOST_GAIN, 0.03);
});

test("a larger sister that scored worse shares the mean", () => {
  const found = inOrder([sized("a", 1, 30, 0.4), sized("a", 1, 7, 0.6), sized("a", 1, 70, 0.7), sized("b", 1, 7, 0.9)]);
  assert.deepEqual(found.map(({ name, quality }) => [name, quality]), [["a 1 7b", 0.5], ["a 1 30b", 0.5], ["a 1 70b", 0.7], ["b 1 7b", 0.9]]);
});

test("what nobody evaluated is foretold by its sisters, else by its size", () => {
  const table = [sized("a", 1, 10, 0.4), sized("a", 1, 30, 0.6), sized("a", 2, 10, 0.5)];
  const foretold = (family, generation, size) => priorOf(sized(family, generation, size), table);
  near(foretold("a", 1, Math.sqrt(300)), 0.5);
  near(foretold("a", 1.5, 10), 0.4);
  near(foretold("a", 2, 30), 0.5 + (0.47 * 0.24 * Math.log10(3)) / (0.47 + 0.24 * Math.log10(3)));
  near(foretold("a", 2.5, 10), 0.5 + 0.5 * 0.15);
  near(foretold("a", 0.5, 10), 0.4 * 0.85);
  near(foretold("b", 1, 10), sizeAlone({ size: 10 }));
});

// The core has the same list: src/core/catalog/quality/tests.rs.
const FORETOLD = [
  ["qwen", 2.5, 14, null, 0.749], ["qwen", 3, 0.6, null, 0.359], ["llama", 3.3, 70, null, 0.816], ["llama", 3.2, 1, null, 0.303],
  ["gemma", 3, 4, null, 0.494], ["phi", 4, 14, null, 0.688], ["llama", 4, 400, null, 0.889],
  ["claude", 4.5, null, 3, 0.931], ["claude", 4.5, null, 1, 0.841], ["gpt", 4.1, null, 0, 0.740], ["gemini", 1, null, 1, 0.653],
];

test("the core foretells what is foretold here", () => {
  const { table } = fitQuality(scores);
  for (const [family, generation, size, step, quality] of FORETOLD) {
    const found = priorOf({ family, generation, size, step }, table);
    assert.ok(Math.abs(found - quality) < 0.003, `${family} ${generation} ${size} ${step}: ${found}`);
  }
});

test("outcomes are added up, and a column with too few of them is left out", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "quality-"));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "outcomes"));
  const files = ["mmlu", "gsm8k", "math_l5", "crux", "zebra", "mmlu_pro", "arena300", "ulab_gsm8k", "ulab_math", "ulab_human_eval"];
  for (const file of files) writeFileSync(join(folder, "outcomes", `${file}.csv`), "id\n1\n");
  const crux = join(folder, "outcomes", "crux.csv");
  writeFileSync(crux, "id,ze:o1-mini-2024-09-12,ze:gpt-4o-2024-05-13,ze:gpt-4o-2024-08-06,ze:Athene-70B,ze:Qwen2-7B-Instruct\n1,1,1,0,1,\n2,0,1,1,1,1\n");
  assert.deepEqual(scoresIn(folder).scores, { "o 1 mini": { crux: [0.5, 2] }, "gpt 4.05 plain": { crux: [0.75, 2] } });
  writeFileSync(crux, "id,ze:somebody-new\n1,1\n");
  assert.throws(() => scoresIn(folder), /ze:somebody-new/);
});
