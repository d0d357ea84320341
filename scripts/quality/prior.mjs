// What the core reckons from the table, in JavaScript, so that it can be tried with models left out. The core's own is
// src/core/catalog/quality.rs, with the same tests.
import { LINE, mean } from "./fit.mjs";

/** Most of the distance to 1 that a generation newer than all known ones is believed to have come, and an older one of that to 0 … */
export const MOST_GAIN = 0.4;
/** … and how much newer a version has to be for half of that. */
export const HALF_GAIN = 0.5;

/** Models whose larger sister is no worse: where the evaluations say otherwise, both get the mean. */
export function inOrder(models) {
  const lines = groups(models, ({ family, generation, size }) => `${family} ${generation} ${size !== null}`);
  return lines.flatMap((line) => {
    const blocks = [];
    for (const model of line.toSorted((a, b) => (a.size ?? a.step) - (b.size ?? b.step))) {
      blocks.push([model]);
      while (blocks.length > 1 && level(blocks.at(-2)) > level(blocks.at(-1))) blocks.splice(-2, 2, blocks.slice(-2).flat());
    }
    return blocks.flatMap((block) => block.map((model) => ({ ...model, quality: level(block) })));
  });
}

/** The models that have the same key, together. */
function groups(models, keyOf) {
  const found = new Map();
  for (const model of models) found.set(keyOf(model), [...(found.get(keyOf(model)) ?? []), model]);
  return [...found.values()];
}

const level = (block) => mean(block.map(({ quality }) => quality));

/** What one step of a maker's ladder changes, in the mean of the makers that have two in one generation. */
export function stepOf(models) {
  const ladders = groups(models.filter(({ step }) => step !== null), ({ family, generation }) => `${family} ${generation}`);
  const slopes = ladders.filter((ladder) => ladder.length > 1).map((ladder) => {
    const steps = ladder.toSorted((a, b) => a.step - b.step);
    return (steps.at(-1).quality - steps[0].quality) / (steps.at(-1).step - steps[0].step);
  });
  return mean(slopes);
}

export function sizeAlone({ size }) {
  return size ? LINE.base + LINE.slope * Math.log10(size) : 0.8;
}

/** The quality of `asked` by a table of `models`. `gain`: whether newer generations are believed to be better, older ones worse. */
export function priorOf(asked, models, { gain = true } = {}) {
  const line = models.filter(({ family, size }) => family === asked.family && (size !== null) === (asked.size !== null));
  if (line.length === 0) return sizeAlone(asked);
  const generations = line.map(({ generation }) => generation);
  const older = generations.filter((generation) => generation <= asked.generation);
  const nearest = older.length > 0 ? Math.max(...older) : Math.min(...generations);
  const known = line.filter(({ generation }) => generation === nearest).toSorted((a, b) => (a.size ?? a.step) - (b.size ?? b.step));
  const quality = asked.size ? between(known, asked.size) : stepped(known, asked.step, stepOf(models));
  const beyond = asked.generation - Math.min(Math.max(asked.generation, Math.min(...generations)), Math.max(...generations));
  if (!gain || beyond === 0) return quality;
  const part = MOST_GAIN * (Math.abs(beyond) / (Math.abs(beyond) + HALF_GAIN));
  return quality + (beyond > 0 ? 1 - quality : -quality) * part;
}

function between(known, size) {
  const above = known.findIndex((model) => model.size >= size);
  if (above > 0) {
    const [low, high] = [known[above - 1], known[above]];
    const share = Math.log(size / low.size) / Math.log(high.size / low.size);
    return low.quality + share * (high.quality - low.quality);
  }
  const end = above === 0 ? known[0] : known.at(-1);
  return end.quality + LINE.slope * Math.log10(size / end.size);
}

function stepped(known, step, each) {
  const nearest = known.reduce((best, model) => (Math.abs(model.step - step) < Math.abs(best.step - step) ? model : best));
  return nearest.quality + each * (step - nearest.step);
}
