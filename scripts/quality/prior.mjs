// What the core reckons from the table, in JavaScript, so that it can be tried with models left out. The core's own is
// src/core/catalog/quality.rs, with the same tests.
import { LINE, TOP, mean, sum } from "./fit.mjs";

/** Most of the distance to 1 that a generation newer than all known ones is believed to have come, and an older one of that to 0 … */
export const MOST_GAIN = 0.3;
/** … and how much newer a version has to be for half of that. */
export const HALF_GAIN = 0.5;

/** Which part of the distance to 1 each model has come from the generation before it; `MOST_GAIN` is their median. */
export function gainsOf(models) {
  return models.flatMap((model) => {
    const sisters = models.filter(({ family, size, generation }) => family === model.family && (size !== null) === (model.size !== null) && generation < model.generation);
    if (sisters.length === 0) return [];
    const before = Math.max(...sisters.map(({ generation }) => generation));
    const others = models.filter(({ family, generation }) => family !== model.family || generation === before);
    const foretold = priorOf(model, others, { gain: false });
    return [(model.quality - foretold) / (1 - foretold)];
  });
}

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

/** Small models gain more from being larger than the middle of the scale says, and large ones less. */
export const SMALL = 10;
export const LARGE = 30;

/** The pairs are few and chosen by what makers published: the line by size alone counts as three more. */
const PULL = 3;

/** What ten times as many parameters add to small and to large models, by pairs of one generation. */
export function slopesOf(models) {
  const pairs = groups(models.filter(({ size }) => size !== null), ({ family, generation }) => `${family} ${generation}`).flatMap((line) => {
    const sizes = line.toSorted((a, b) => a.size - b.size);
    return sizes.slice(1).map((high, at) => ({ low: sizes[at], high }));
  });
  const slope = (of) => (PULL * LINE.slope + sum(of.map(({ low, high }) => (high.quality - low.quality) / Math.log10(high.size / low.size)))) / (PULL + of.length);
  return {
    small: slope(pairs.filter(({ high }) => high.size < SMALL)),
    large: slope(pairs.filter(({ low }) => low.size > LARGE)),
  };
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
  const quality = asked.size ? between(known, asked.size, slopesOf(models)) : stepped(known, asked.step, stepOf(models));
  const beyond = asked.generation - Math.min(Math.max(asked.generation, Math.min(...generations)), Math.max(...generations));
  if (!gain || beyond === 0) return quality;
  const part = MOST_GAIN * (Math.abs(beyond) / (Math.abs(beyond) + HALF_GAIN));
  return quality + (beyond > 0 ? 1 - quality : -quality) * part;
}

function between(known, size, slopes) {
  const above = known.findIndex((model) => model.size >= size);
  if (above > 0) {
    const [low, high] = [known[above - 1], known[above]];
    const share = Math.log(size / low.size) / Math.log(high.size / low.size);
    return low.quality + share * (high.quality - low.quality);
  }
  const end = above === 0 ? known[0] : known.at(-1);
  return shifted(end.quality, heightOf(size, slopes) - heightOf(end.size, slopes));
}

/** What nobody measured comes no higher than the scale of what was measured goes. */
function shifted(quality, by) {
  const room = Math.max(0, TOP - quality);
  return by <= 0 ? quality + by : quality + (room * by) / (room + by);
}

/** The line by size alone, steeper below `SMALL` and flatter above `LARGE`. */
function heightOf(size, { small, large }) {
  return LINE.slope * Math.log10(size) + (small - LINE.slope) * Math.min(0, Math.log10(size / SMALL)) + (large - LINE.slope) * Math.max(0, Math.log10(size / LARGE));
}

function stepped(known, step, each) {
  const nearest = known.reduce((best, model) => (Math.abs(model.step - step) < Math.abs(best.step - step) ? model : best));
  return shifted(nearest.quality, each * (step - nearest.step));
}
