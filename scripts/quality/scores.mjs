// Adds up public evaluations to one mean a model and benchmark, scripts/quality/scores.json:
//   node scripts/quality/scores.mjs <folder with outcomes/*.csv>
// The answers themselves are not in this repository; the means, facts with their origin, are.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../cache.mjs";
import { inRepository } from "../repository.mjs";
import { StepFailure, runWhenStartedAlone } from "../step.mjs";
import { LEFT_OUT, MODELS, nameOf } from "./models.mjs";

export const SCORES_FILE = inRepository("scripts", "quality", "scores.json");

const ZERO_EVAL = { origin: "github.com/WildEval/ZeroEval @8c1485ed, with its history", licence: "Apache-2.0" };
const ROUTE_LLM = { origin: "github.com/lm-sys/RouteLLM @0b64fdaf", licence: "Apache-2.0" };
const ULAB = { origin: "github.com/ulab-uiuc/LLMRouter @4e7a7969", licence: "MIT" };
const isZeroEval = (column) => column.startsWith("ze:");
const isPair = (column) => !isZeroEval(column);
const any = () => true;

/**
 * `guess` is what a blind guess scores. Left out of the same collection: MGSM and what is under a share-alike licence,
 * and tasks whose answers were read wrongly (there the large models are no better than the small).
 */
const BENCHMARKS = {
  "mmlu-redux": { file: "mmlu", takes: isZeroEval, guess: 0.25, ...ZERO_EVAL },
  "mmlu": { file: "mmlu", takes: isPair, guess: 0.25, ...ROUTE_LLM },
  "gsm8k": { file: "gsm8k", takes: isZeroEval, guess: 0, ...ZERO_EVAL },
  "gsm8k-few-shot": { file: "gsm8k", takes: isPair, guess: 0, ...ROUTE_LLM },
  "math-level-5": { file: "math_l5", takes: any, guess: 0, ...ZERO_EVAL },
  "crux": { file: "crux", takes: any, guess: 0, ...ZERO_EVAL },
  "zebra": { file: "zebra", takes: any, guess: 0, ...ZERO_EVAL },
  "mmlu-pro": { file: "mmlu_pro", takes: any, guess: 0.1, origin: "github.com/TIGER-AI-Lab/MMLU-Pro @f418b116, with its history", licence: "Apache-2.0" },
  "arena-hard": { file: "arena300", takes: any, guess: 0.1, origin: "github.com/lmarena/arena-hard-auto, history of data/arena-bench-v1, graded by GPT-4", licence: "Apache-2.0" },
  "gsm8k-ulab": { file: "ulab_gsm8k", takes: any, guess: 0, ...ULAB },
  "math-ulab": { file: "ulab_math", takes: any, guess: 0, ...ULAB },
  "human-eval-ulab": { file: "ulab_human_eval", takes: any, guess: 0, ...ULAB },
};

/** A column that has fewer of a benchmark's prompts than this tells nothing: which are missing is no accident. */
const LEAST_SHARE = 0.88;

function readOutcomes(folder, file) {
  const [header, ...rows] = readFileSync(join(folder, "outcomes", `${file}.csv`), "utf8").trim().split(/\r?\n/).map((line) => line.split(","));
  return { columns: header.slice(1), rows: rows.map((cells) => cells.slice(1)) };
}

export function scoresIn(folder) {
  const keyOf = new Map(MODELS.flatMap(([family, generation, size, step, columns]) => columns.map((column) => [column, nameOf({ family, generation, size, step })])));
  const leftOut = new Set(Object.values(LEFT_OUT).flat());
  const scores = {};
  for (const [benchmark, { file, takes }] of Object.entries(BENCHMARKS)) {
    const { columns, rows } = readOutcomes(folder, file);
    const taken = columns.map((column, at) => ({ column, at })).filter(({ column }) => takes(column) && !leftOut.has(column));
    const unknown = taken.filter(({ column }) => !keyOf.has(column)).map(({ column }) => column);
    if (unknown.length > 0) throw new StepFailure(`${file} has models that scripts/quality/models.mjs does not name: ${unknown.join(", ")}`);
    const asked = rows.filter((cells) => taken.some(({ at }) => cells[at]));
    const ofModel = new Map();
    for (const { column, at } of taken) {
      const answers = asked.filter((cells) => cells[at]).map((cells) => Number(cells[at]));
      if (answers.length < LEAST_SHARE * asked.length) continue;
      const found = ofModel.get(keyOf.get(column)) ?? [];
      ofModel.set(keyOf.get(column), [...found, { mean: answers.reduce((sum, one) => sum + one, 0) / answers.length, prompts: answers.length }]);
    }
    for (const [model, runs] of ofModel) {
      const mean = runs.reduce((sum, run) => sum + run.mean, 0) / runs.length;
      (scores[model] ??= {})[benchmark] = [Number(mean.toFixed(4)), Math.max(...runs.map((run) => run.prompts))];
    }
  }
  const benchmarks = Object.fromEntries(Object.entries(BENCHMARKS).map(([name, { guess, origin, licence }]) => [name, { guess, origin, licence }]));
  return { about: "Mean outcome and number of prompts by model and benchmark. Models of 2023 to October 2024. Made by scripts/quality/scores.mjs.", benchmarks, scores };
}

/** One line a model, so that a change can be read. */
function asText({ about, benchmarks, scores }) {
  const lines = (object) => Object.entries(object).map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(",\n");
  return `{\n  "about": ${JSON.stringify(about)},\n  "benchmarks": {\n${lines(benchmarks)}\n  },\n  "scores": {\n${lines(scores)}\n  }\n}\n`;
}

await runWhenStartedAlone(import.meta.url, async ([folder]) => {
  if (!folder) throw new StepFailure("Name the folder that holds outcomes/*.csv.");
  await writeWhole(SCORES_FILE, asText(scoresIn(folder)));
});
