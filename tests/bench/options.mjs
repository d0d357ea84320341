// The command line of the benchmarks.
import { resolve } from "node:path";
import { inRepository } from "../../scripts/repository.mjs";
import { StepFailure } from "../../scripts/step.mjs";

export const PARTS = ["streaming", "routing", "failover", "hedging", "size"];
/** Not measured unless named. */
const EXTRA_PARTS = ["sketch", "store", "recording", "profile"];

/**
 * @typedef {object} Options
 * @property {string[]} parts
 * @property {boolean} isQuick fewer rounds and fewer deltas: an impression
 * @property {boolean} isCheck no times: does every case deliver the exact answer, with our package alone
 * @property {string} package the built package's folder: `dist/` and `wasm/` are in it
 * @property {string | undefined} against another build of it, measured beside the first in the same rounds
 * @property {RegExp | undefined} only cases to measure besides the floors
 * @property {RegExp | undefined} scenario only these protocols and answers, for example `^ollama, burst-20000`
 * @property {number | undefined} rounds
 */

/** @returns {Options} */
export function readOptions(words) {
  /** @type {Options} */
  const options = { parts: [], isQuick: false, isCheck: false, package: inRepository("pkg"), against: undefined, only: undefined, scenario: undefined, rounds: undefined };
  const rest = [...words];
  while (rest.length > 0) {
    const word = rest.shift();
    const value = () => {
      const next = rest.shift();
      if (next === undefined) throw new StepFailure(`${word} wants a value`, { remedy: "See tests/bench/README.md." });
      return next;
    };
    if ([...PARTS, ...EXTRA_PARTS].includes(word)) options.parts.push(word);
    else if (word === "--quick") options.isQuick = true;
    else if (word === "--check") options.isCheck = true;
    else if (word === "--package") options.package = resolve(value());
    else if (word === "--against") options.against = resolve(value());
    else if (word === "--only") options.only = new RegExp(value());
    else if (word === "--scenario") options.scenario = new RegExp(value());
    else if (word === "--rounds") options.rounds = Number(value());
    else throw new StepFailure(`there is no option ${word}`, { remedy: `There are: ${[...PARTS, ...EXTRA_PARTS].join(", ")}, --quick, --check, --package FOLDER, --against FOLDER, --only PATTERN, --scenario PATTERN, --rounds N` });
  }
  if (options.parts.length === 0) options.parts = PARTS;
  if (options.rounds !== undefined && !(options.rounds >= 1)) throw new StepFailure("--rounds wants a number from 1 on");
  return options;
}
