// What was measured of one scenario, as a table, and whether it is what was aimed at.
import { compare, judge, median, spreadOf } from "./statistics.mjs";
import { ratioCell, short, table } from "./table.mjs";

/** At most so many times the floor, in bursts on a page that is warm. */
const AIMS_OF_BURSTS = [
  { ours: "mesh/text", floor: "floors/loop", atMost: 0.6 },
  { ours: "mesh/textStream", floor: "floors/loop", atMost: 0.6 },
  { ours: "mesh/events", floor: "floors/iterator", atMost: 1 },
];
/** At most so many microseconds a delta more than reading the bytes alone, at the pace of a model. */
const AIM_OF_PACE = { ours: ["mesh/text", "mesh/textStream", "mesh/events"], atMost: 50 };

/**
 * @typedef {object} Measured
 * @property {string} key
 * @property {string} title
 * @property {number[]} cpu main-thread milliseconds by round
 * @property {number[]} wall milliseconds by round
 * @property {number[]} longest main-thread milliseconds of the longest task, by traced round
 */

/** @param {{ title: string, model: string, isFresh: boolean, present: Measured[], missing: string[], rounds: number, print: (line: string) => void }} measured */
export function report({ title, model, isFresh, present, missing, rounds, print }) {
  const [kind, count] = model.split("-");
  const byKey = Object.fromEntries(present.map((one) => [one.key, one]));
  const drain = byKey["floors/drain"];
  /** Microseconds a delta beyond what reading the bytes takes, by round. */
  const extra = (one) => one.cpu.map((value, round) => ((value - drain.cpu[round]) * 1000) / Number(count));
  const against = (one, floor) => (one === floor ? "1" : ratioCell(compare(one.cpu, floor.cpu)));
  const wallAgainst = (one, floor) => (one === floor ? "1" : ratioCell(compare(one.wall, floor.wall)));

  print(`\n## ${title} (${rounds} rounds)`);
  print(table(
    ["case", "main-thread ms", "× loop", "× iterator", "µs a delta over drain", "wall ms", "wall × loop", "longest task ms"],
    present.map((one) => [
      one.title, short(median(one.cpu)), against(one, byKey["floors/loop"]), against(one, byKey["floors/iterator"]), one === drain ? "0" : short(median(extra(one))),
      short(median(one.wall)), wallAgainst(one, byKey["floors/loop"]), one.longest.length > 0 ? short(median(one.longest)) : "–",
    ]),
  ));
  for (const line of missing) print(`not in this build: ${line}`);
  const aims = [];
  const aim = (what, comparison, atMost) => {
    const verdict = judge(comparison, atMost);
    print(`aim: ${what}: ${short(comparison.ratio)} (${short(comparison.low)}–${short(comparison.high)}) ${verdict}`);
    aims.push({ what, ...comparison, atMost, verdict });
  };
  if (kind === "burst" && !isFresh) {
    for (const { ours, floor, atMost } of AIMS_OF_BURSTS) {
      if (byKey[ours]) aim(`${byKey[ours].title} ≤ ${atMost} × ${floor.split("/")[1]}`, compare(byKey[ours].cpu, byKey[floor].cpu), atMost);
    }
  }
  if (kind === "paced") {
    for (const ours of AIM_OF_PACE.ours) {
      if (byKey[ours]) aim(`${byKey[ours].title} ≤ ${AIM_OF_PACE.atMost} µs a delta over drain`, spreadOf(extra(byKey[ours])), AIM_OF_PACE.atMost);
    }
  }
  return { title, rows: present.map(({ title: name, key, cpu, wall, longest }) => ({ name, key, cpu, wall, longest })), aims, missing };
}
