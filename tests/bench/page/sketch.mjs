// Who counts times: ours, a histogram as an author writes it, and two libraries. Each is within 0.5 % where it can be told to.
import { build } from "hdr-histogram-js";
import { TDigest } from "tdigest";

/** Milliseconds as answers take them: most take seconds, some minutes. Seeded. */
export function valuesOf(count) {
  let state = 7;
  const next = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  return Float64Array.from({ length: count }, () => Math.exp(7.5 + 1.2 * Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next())));
}

export const COUNT = 65_536;
const SHARES = [0.5, 0.95, 0.99];

/** Buckets that are each 1 % wide, found with a logarithm. */
class LogHistogram {
  static #growth = Math.log(1.005 / 0.995);
  #counts = new Uint32Array(4_096);
  #all = 0;

  record(value) {
    this.#counts[Math.max(0, Math.ceil(Math.log(value) / LogHistogram.#growth) + 1_024)] += 1;
    this.#all += 1;
  }

  quantile(share) {
    const rank = Math.max(1, Math.ceil(share * this.#all));
    let seen = 0;
    let place = 0;
    for (; place < this.#counts.length; place += 1) {
      seen += this.#counts[place];
      if (seen >= rank) break;
    }
    return Math.exp((place - 1_024) * LogHistogram.#growth) * 0.995;
  }
}

function counting({ record, quantile }) {
  const values = valuesOf(COUNT);
  return (what) => (times) => {
    if (what === "record") {
      for (let time = 0; time < times; time += 1) record(values[time % COUNT]);
      return SHARES.map(quantile);
    }
    let found;
    for (let time = 0; time < times; time += 1) found = SHARES.map(quantile);
    return found;
  };
}

/** Asked for quantiles, everyone has all values; asked to record, nobody has any. */
function prepared(make) {
  return async ({ what }) => {
    const run = await make();
    run("record")(what === "record" ? 1 : COUNT);
    return run(what);
  };
}

export const cases = {
  ours: prepared(async () => {
    const { instance: { exports } } = await WebAssembly.instantiateStreaming(fetch("/wasm/hkm_mesh_bench_sketch.wasm"));
    const at = exports.room(COUNT);
    new Float64Array(exports.memory.buffer, at, COUNT).set(valuesOf(COUNT));
    return (what) => (times) => {
      if (what === "record") exports.record(times);
      else for (let time = 1; time < times; time += 1) SHARES.map(exports.quantile);
      return SHARES.map(exports.quantile);
    };
  }),
  plain: prepared(() => {
    const histogram = new LogHistogram();
    return counting({ record: (value) => { histogram.record(value); }, quantile: (share) => histogram.quantile(share) });
  }),
  hdr: prepared(() => {
    // Two digits would be off by up to a hundredth. It counts whole numbers only.
    const histogram = build({ lowestDiscernibleValue: 1, highestTrackableValue: 3_600_000, numberOfSignificantValueDigits: 3 });
    return counting({ record: (value) => { histogram.recordValue(Math.round(value)); }, quantile: (share) => histogram.getValueAtPercentile(share * 100) });
  }),
  tdigest: prepared(() => {
    const digest = new TDigest();
    return counting({ record: (value) => { digest.push(value); }, quantile: (share) => digest.percentile(share) });
  }),
};
