// From scores to one ability a model, and from abilities to what the core reckons with; and how far both are off.
//
// Ability: the logarithm of the odds of a right answer (what a blind guess scores taken off) is the model's ability
// times the benchmark's steepness, less its difficulty. So models that were run on different benchmarks compare.
//
// Scale: 0 to 1, laid so that the size of the open models of mid-2024 gives the line that the router's thresholds were
// made for, 0.32 + 0.24 log10(size). Older ones lie below it, closed ones beyond its end.

/** Quality of one billion parameters, and what ten times as many add, where nothing but the size is known. */
export const LINE = { base: 0.32, slope: 0.24 };
/** Beyond these the scale is bent, so that it ends within 0 and 1 and no two models fall together. */
const STRAIGHT = { from: 0.2, to: 0.8 };
const ROOM = 0.17;
/** Where the scale ends. */
export const TOP = STRAIGHT.to + ROOM;

/** Open generations that were new in the middle of 2024, when the last of these evaluations were made. */
const RECENT = ["llama 3.1", "qwen 2.5", "gemma 2", "phi 3.5", "mistral 2", "yi 1.5"];

/** Few prompts of one small collection weigh less, and an arena graded by a model no more than a benchmark. */
const weightOf = (benchmark) => (benchmark.endsWith("-ulab") ? 0.3 : 1);

export function modelOf(name) {
  const [family, generation, last] = name.split(" ");
  const step = ["nano", "mini", "medium", "plain", "plus"].indexOf(last);
  return { name, family, generation: Number(generation), size: step < 0 ? Number.parseFloat(last) : null, step: step < 0 ? null : step };
}

/** Models that more than one small collection tells of. */
function withoutThinlyKnown(scores) {
  return Object.fromEntries(Object.entries(scores).filter(([, found]) => Object.keys(found).some((benchmark) => weightOf(benchmark) === 1)));
}

/** Ability by model, in units of the mean benchmark's log-odds. */
export function abilitiesOf({ benchmarks, scores: all }) {
  const scores = withoutThinlyKnown(all);
  const cells = Object.entries(scores).flatMap(([model, found]) =>
    Object.entries(found).map(([benchmark, [mean, prompts]]) => {
      const { guess } = benchmarks[benchmark];
      const least = 0.5 / prompts + 0.005;
      const share = Math.min(1 - least, Math.max(least, (mean - guess) / (1 - guess)));
      return { model, benchmark, odds: Math.log(share / (1 - share)), weight: weightOf(benchmark) };
    }));
  const ability = new Map(Object.keys(scores).map((model) => [model, 0]));
  const bench = new Map(Object.keys(benchmarks).map((name) => [name, { steepness: 1, difficulty: 0 }]));
  for (let round = 0; round < 500; round++) {
    for (const [name, line] of bench) {
      const of = cells.filter(({ benchmark }) => benchmark === name);
      // Pulled to steepness 1 as by four models, so that a benchmark of few models cannot stretch the scale.
      const meanOdds = mean(of.map(({ odds }) => odds));
      const meanAbility = mean(of.map(({ model }) => ability.get(model)));
      const both = sum(of.map(({ model, odds }) => (ability.get(model) - meanAbility) * (odds - meanOdds)));
      const own = sum(of.map(({ model }) => (ability.get(model) - meanAbility) ** 2));
      line.steepness = (both + 4) / (own + 4);
      line.difficulty = line.steepness * meanAbility - meanOdds;
    }
    for (const model of ability.keys()) {
      const of = cells.filter((cell) => cell.model === model);
      const above = sum(of.map(({ benchmark, odds, weight }) => weight * bench.get(benchmark).steepness * (odds + bench.get(benchmark).difficulty)));
      const below = sum(of.map(({ benchmark, weight }) => weight * bench.get(benchmark).steepness ** 2));
      ability.set(model, above / (below + 0.05));
    }
    const steepness = mean([...bench.values()].map((line) => line.steepness));
    for (const line of bench.values()) line.steepness /= steepness;
    const centre = mean([...ability.values()]);
    for (const [model, value] of ability) ability.set(model, (value - centre) * steepness);
  }
  const misses = cells.map(({ model, benchmark, odds }) => {
    const { steepness, difficulty } = bench.get(benchmark);
    return Math.abs(odds - (steepness * ability.get(model) - difficulty));
  });
  return { ability, bench, miss: mean(misses) };
}

/** Abilities on the scale of the core. */
export function qualitiesOf(ability) {
  const models = [...ability.keys()].map(modelOf);
  const sized = models.filter(({ family, generation, size }) => size && RECENT.includes(`${family} ${generation}`));
  const { base, slope } = straightLine(sized.map(({ name, size }) => [Math.log10(size), ability.get(name)]));
  return {
    perAbility: LINE.slope / slope,
    models: models.map((model) => ({ ...model, quality: bend(LINE.base + (LINE.slope * (ability.get(model.name) - base)) / slope) })),
  };
}

function bend(quality) {
  const { from, to } = STRAIGHT;
  if (quality > to) return to + ROOM * (1 - Math.exp((to - quality) / ROOM));
  if (quality < from) return from - ROOM * (1 - Math.exp((quality - from) / ROOM));
  return quality;
}

export function straightLine(points) {
  const x = mean(points.map(([at]) => at));
  const y = mean(points.map(([, value]) => value));
  const slope = sum(points.map(([at, value]) => (at - x) * (value - y))) / sum(points.map(([at]) => (at - x) ** 2));
  return { slope, base: y - slope * x };
}

export const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);
export const mean = (numbers) => sum(numbers) / numbers.length;
