// Medians, ratios within rounds, and when a ratio may be called a finding.

/** Below this many rounds the whole range counts as spread, from here on its middle half. */
const ROUNDS_FOR_QUARTILES = 5;

/** @param {readonly number[]} values */
export function median(values) {
  return quantile(values, 0.5);
}

/** Between two neighbours in proportion. */
export function quantile(values, share) {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((one, other) => one - other);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * How many times `values` is of `base`, pair by pair: what was measured in the same round suffered from the same noise.
 * @param {readonly number[]} values by round; shorter than `base` where a peer took part in the first rounds only
 * @param {readonly number[]} base by round
 * @returns {{ ratio: number, low: number, high: number, rounds: number, isFinding: boolean }} `isFinding`: the ratios of
 * the rounds differ less from each other than their median differs from 1
 */
export function compare(values, base) {
  const spread = spreadOf(values.slice(0, base.length).map((value, round) => value / base[round]));
  return { ...spread, isFinding: spread.rounds > 1 && spread.high - spread.low < Math.abs(spread.ratio - 1) };
}

/** The median of figures and how far they lie apart. */
export function spreadOf(figures) {
  const isLong = figures.length >= ROUNDS_FOR_QUARTILES;
  return { ratio: median(figures), low: quantile(figures, isLong ? 0.25 : 0), high: quantile(figures, isLong ? 0.75 : 1), rounds: figures.length };
}

/**
 * Whether a ratio is at most what was aimed at. Undecided where the spread reaches over the aim.
 * @param {ReturnType<typeof spreadOf>} figure
 */
export function judge({ low, high, ratio, rounds }, atMost) {
  if (rounds < 2) return "undecided";
  if (ratio <= atMost) return high <= atMost ? "met" : "undecided";
  return low > atMost ? "missed" : "undecided";
}
