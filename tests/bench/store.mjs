// What keeps answers: the database against raw IndexedDB and three libraries, the memory against a raw get, and a whole
// `generate()` that is answered from either.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StepFailure } from "../../scripts/step.mjs";
import { buildVariant } from "../../scripts/wasm-variant.mjs";
import { buildModules } from "./bundle.mjs";
import { Stage } from "./chromium.mjs";
import { startServer } from "./server.mjs";
import { compare, judge, median, quantile } from "./statistics.mjs";
import { ratioCell, short, table } from "./table.mjs";

const ENTRIES = 10_000;
const COUNTS = [100, 1_000];

/** Long enough that a clock of a tenth of a millisecond does not count. */
const BATCH_MS = 60;

/** A browser that was just started is busy with itself. */
const SETTLE_MS = 300;

const OURS = { key: "ours", title: "hkm-mesh's store", who: "ours" };
const LIBRARIES = ["idb-keyval", "localforage", "dexie"].map((who) => ({ key: who, title: who, who }));
const RAW = { key: "raw", title: "raw, a transaction each", who: "raw" };
/** How the package opens it: it looks for remembered keys, in a database of their own, while the module is loaded. */
const OPENERS = [{ key: "mesh", title: "hkm-mesh's store, as a mesh opens it", who: "ours", looksForKeys: true }, { ...OURS, title: "hkm-mesh's store alone" }];
const BATCH = { key: "batch", title: "raw, one transaction for all", who: "raw", isTogether: true };
const BULK = [
  { key: "setMany", title: "idb-keyval, setMany", who: "idb-keyval", isTogether: true },
  { key: "bulkPut", title: "dexie, bulkPut", who: "dexie", isTogether: true },
];
const MEMORY = [
  { key: "raw", title: "raw get, awaited", what: "awaited", at: { who: "raw", database: "full" } },
  { key: "recall", title: "hkm-mesh, memory: by its key, the text to JavaScript", what: "hits", at: { how: "ours" } },
  { key: "within", title: "hkm-mesh, memory: within Rust, from the request on", what: "hits", at: { how: "within" } },
  { key: "lru", title: "lru-cache, get", what: "hits", at: { how: "lru" } },
];
const TIERS = [
  { key: "memory", title: "mesh.generate() from memory", tier: "memory" },
  { key: "disk", title: "mesh.generate() from the disk", tier: "disk" },
];

/** At most this often the time of another. */
const PUT_AIM = 1 / 2.5;
const GET_AIM = 1.3;
const OPEN_AIM = 1.2;
const HIT_AIM = 1 / 100;

/** @param {{ browser: import("playwright-core").Browser, options: import("./options.mjs").Options, print: (line: string) => void }} how */
export async function benchStore({ browser, options, print }) {
  const folder = await mkdtemp(join(tmpdir(), "hkm-mesh-bench-"));
  try {
    const wasm = await buildVariant("bench", { isOptimised: true });
    await buildModules(join(folder, "pages"), ["stage", "store", "store-mesh"], options.package);
    const server = await startServer({ folders: { "/pages/": join(folder, "pages"), "/wasm/": wasm } });
    try {
      const { isCheck, isQuick } = options;
      const rounds = isCheck ? 1 : (options.rounds ?? (isQuick ? 5 : 15));
      const size = { entries: isCheck ? 500 : ENTRIES, counts: isCheck ? [20] : COUNTS, rounds, isCheck, scenario: options.scenario };
      const bench = new StoreBench(await Stage.open(browser, server.origin), server.origin, size, print);
      const found = await bench.run();
      await bench.close();
      return found;
    } finally {
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class StoreBench {
  #stage;
  #origin;
  #size;
  #print;

  constructor(stage, origin, size, print) {
    [this.#stage, this.#origin, this.#size, this.#print] = [stage, origin, size, print];
  }

  async run() {
    const { entries, counts, scenario } = this.#size;
    const is = (name) => !scenario || scenario.test(name);
    const stores = [OURS, RAW, ...LIBRARIES];
    const found = { entries };
    if (is("opening")) found.opening = await this.#opening([...OPENERS, ...stores.slice(1)], { isRunning: false });
    if (["reopening", "hits", ...counts.map((count) => `gets-${count}`)].some(is)) {
      for (const { who } of stores) await this.#once({ key: `fill/${who}`, what: "fill", at: { who, database: "full", entries } });
    }
    if (is("reopening")) found.reopening = await this.#opening([...OPENERS, ...stores.slice(1)], { isRunning: true });
    for (const count of counts) if (is(`gets-${count}`)) (found.gets ??= []).push(await this.#gets(count));
    for (const count of counts) if (is(`puts-${count}`)) (found.puts ??= []).push(await this.#puts(count));
    if (is("hits")) found.hits = await this.#hits();
    if (is("generate")) found.generate = await this.#generate();
    return found;
  }

  close() {
    return this.#stage.close();
  }

  /** Each time in a page that opened nothing yet: of a browser that was just started, or of one in which others did before. */
  async #opening(cases, { isRunning }) {
    const { entries, isCheck } = this.#size;
    const measured = cases.map((one) => ({ ...one, ms: [], whole: [] }));
    const open = async (stage, { key, who, looksForKeys, whole }, round) => {
      await this.#prepare({ key, what: "opening", at: { who, database: "full", entries, looksForKeys } }, stage);
      if (!isCheck) await pause(SETTLE_MS);
      const { openingMs, wholeMs } = await stage.call("repeat", { key, times: round + 1 });
      whole.push(wholeMs);
      return openingMs;
    };
    if (isRunning) {
      await this.#inTurns(measured, async (one, round) => {
        await this.#stage.renew(this.#origin);
        return open(this.#stage, one, round);
      });
    } else {
      const profile = await mkdtemp(join(tmpdir(), "hkm-mesh-profile-"));
      const during = async (action) => {
        const stage = await Stage.start(profile, this.#origin);
        try {
          return await action(stage);
        } finally {
          await stage.close();
        }
      };
      try {
        for (const who of new Set(cases.map((one) => one.who))) await during((stage) => this.#once({ key: `fill/${who}`, what: "fill", at: { who, database: "full", entries } }, stage));
        await this.#inTurns(measured, (one, round) => during((stage) => open(stage, one, round)));
      } finally {
        await rm(profile, { recursive: true, force: true });
      }
    }
    const browser = isRunning ? "a browser in which they were open before" : "a browser that was just started";
    const of = ["mesh", "ours"];
    this.#heading(`opening a database of ${whole(entries)} entries and one get, in a fresh page of ${browser}`);
    const opening = this.#report(measured, "ms", "raw", of.map((key) => ({ of: key, to: ["raw"], atMost: OPEN_AIM })));
    this.#heading("the same, with the loading of the module that goes before");
    const all = this.#report(measured.map((one) => ({ ...one, ms: one.whole })), "ms", "raw", of.map((key) => ({ of: key, to: ["raw"], atMost: OPEN_AIM })));
    return { opening, whole: all };
  }

  async #gets(count) {
    const measured = [OURS, BATCH, RAW, ...LIBRARIES].map((one) => ({ ...one, ms: [] }));
    await this.#several(measured, "gets", "full", count);
    this.#heading(`${whole(count)} gets in one turn, until the last is there`);
    return { count, ...this.#report(measured, "ms", "batch", [{ of: "ours", to: ["batch"], atMost: GET_AIM }]) };
  }

  async #puts(count) {
    const measured = [OURS, BATCH, RAW, ...LIBRARIES, ...BULK].map((one) => ({ ...one, ms: [] }));
    await this.#several(measured, "puts", `new-${count}`, count);
    this.#heading(`${whole(count)} puts in one turn, until all are committed`);
    const to = LIBRARIES.map(({ key }) => key);
    return { count, ...this.#report(measured, "ms", "batch", [{ of: "ours", to, atMost: PUT_AIM }]) };
  }

  async #several(measured, what, database, count) {
    const { entries, isCheck } = this.#size;
    for (const [place, { key, who, isTogether }] of measured.entries()) {
      // Two that use one database do not write the same entries.
      await this.#prepare({ key: `${what}/${key}`, what, at: { who, database, entries, isTogether, from: place * 1_000_000 } });
    }
    const once = ({ key }) => this.#stage.measure("repeat", { key: `${what}/${key}`, times: count });
    if (!isCheck) for (const one of [...measured, ...measured]) await once(one);
    await this.#inTurns(measured, async (one) => (await once(one)).value);
  }

  async #hits() {
    const measured = MEMORY.map((one) => ({ ...one, ms: [], times: 1 }));
    for (const one of measured) {
      await this.#prepare({ key: `hits/${one.key}`, what: one.what, at: { ...one.at, entries: this.#size.entries } });
      await this.#fitTimes(one, `hits/${one.key}`);
    }
    await this.#inTurns(measured, async ({ key, times }) => ((await this.#stage.measure("repeat", { key: `hits/${key}`, times })).value / times) * 1_000);
    this.#heading("one answer from memory");
    return this.#report(measured, "µs", "raw", [{ of: "recall", to: ["raw"], atMost: HIT_AIM }]);
  }

  async #generate() {
    const measured = TIERS.map((one) => ({ ...one, ms: [], times: 1 }));
    for (const one of measured) {
      await this.#prepare({ key: `generate/${one.key}`, module: "store-mesh", what: "generate", at: { tier: one.tier, isCheck: this.#size.isCheck } });
      await this.#fitTimes(one, `generate/${one.key}`);
    }
    await this.#inTurns(measured, async ({ key, times }) => ((await this.#stage.measure("repeat", { key: `generate/${key}`, times })).value / times) * 1_000);
    this.#heading("a whole mesh.generate() of the built package, awaited (for information)");
    return this.#report(measured, "µs", "memory", []);
  }

  /** How often is long enough, found twice: what is hot is compiled after the first. */
  async #fitTimes(one, key) {
    if (this.#size.isCheck) return;
    for (let round = 0; round < 2; round += 1) {
      let spent = 0;
      for (one.times = 16; spent < BATCH_MS / 4; one.times *= 4) spent = await this.#stage.call("repeat", { key, times: one.times });
      one.times = Math.max(1, Math.round((one.times / 4) * (BATCH_MS / spent)));
    }
  }

  async #inTurns(measured, once) {
    for (let round = 0; round < this.#size.rounds; round += 1) {
      for (const place of measured.keys()) {
        const one = measured[(place + round) % measured.length];
        one.ms.push(await once(one, round));
      }
    }
  }

  async #once(one, stage = this.#stage) {
    await this.#prepare(one, stage);
    await stage.call("ask", one.key);
  }

  async #prepare({ key, what, at, module = "store" }, stage = this.#stage) {
    const missing = await stage.call("prepare", { key, module: `/pages/${module}.js`, name: what, at });
    if (missing) throw new StepFailure(missing);
  }

  #heading(title) {
    this.#print(`\n## ${title} (${this.#size.isCheck ? "checked" : `${this.#size.rounds} rounds`})`);
  }

  #report(measured, unit, base, aims) {
    if (this.#size.isCheck) return { cases: measured.map(({ key }) => ({ key })) };
    const byKey = Object.fromEntries(measured.map(({ key, ms }) => [key, ms]));
    const titleOf = (key) => measured.find((one) => one.key === key).title;
    this.#print(table(["case", unit, "middle half", `× ${titleOf(base)}`], measured.map(({ key, title, ms }) => [
      title, short(median(ms)), `${short(quantile(ms, 0.25))}–${short(quantile(ms, 0.75))}`, key === base ? "1" : ratioCell(compare(ms, byKey[base])),
    ])));
    const judged = aims.flatMap(({ of, to, atMost }) => to.map((other) => {
      const comparison = compare(byKey[of], byKey[other]);
      const verdict = judge(comparison, atMost);
      const [ratio, low, high] = [comparison.ratio, comparison.low, comparison.high].map(fine);
      this.#print(`aim: ${titleOf(of)} ≤ ${fine(atMost)} × ${titleOf(other)}: ${ratio} (${low}–${high}) ${verdict}`);
      return { of, to: other, ...comparison, atMost, verdict };
    }));
    return { unit, cases: measured.map(({ key, ms }) => ({ key, values: ms })), aims: judged };
  }
}

/** Ratios far below one need more digits than times do. */
function fine(ratio) {
  return ratio < 0.1 ? ratio.toPrecision(2) : short(ratio);
}

function pause(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}

function whole(count) {
  return count.toLocaleString("en").replaceAll(",", " ");
}
