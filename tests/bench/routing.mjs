// Routing: one decision by `mesh.route`, by a loop over typed arrays, and by what an author writes.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StepFailure } from "../../scripts/step.mjs";
import { buildModules } from "./bundle.mjs";
import { Stage } from "./chromium.mjs";
import { startServer } from "./server.mjs";
import { compare, judge, median } from "./statistics.mjs";
import { ratioCell, short, table } from "./table.mjs";

/** Long enough that asking for it does not count. */
const BATCH_MS = 60;
const COUNTS = [1, 50, 350, 5_000];
const AIM = 0.5;

const PLAIN = [
  { key: "columnar", title: "typed arrays, one loop (FLOOR)", module: "routing-plain", name: "columnar" },
  { key: "idiomatic", title: "filter, map, sort (IDIOMATIC)", module: "routing-plain", name: "idiomatic" },
];

/** @param {{ browser: import("playwright-core").Browser, options: import("./options.mjs").Options, print: (line: string) => void }} how */
export async function benchRouting({ browser, options, print }) {
  const folder = await mkdtemp(join(tmpdir(), "hkm-mesh-bench-"));
  const { isCheck, isQuick, against } = options;
  try {
    await buildModules(join(folder, "pages"), ["stage", "routing-plain", "routing-mesh"], options.package);
    if (against) await buildModules(join(folder, "against"), ["routing-mesh"], against);
    const server = await startServer({ folders: { "/pages/": join(folder, "pages"), "/against/": join(folder, "against") } });
    try {
      const rounds = options.rounds ?? (isQuick ? 5 : 15);
      const found = [];
      for (const count of isCheck ? [7] : COUNTS) {
        for (const length of ["short", "long"]) {
          const stage = await Stage.open(browser, server.origin);
          found.push(isCheck ? await check({ stage, count, length, print }) : await measure({ stage, count, length, rounds, against, print }));
          await stage.close();
        }
      }
      return { decisions: found };
    } finally {
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepare(stage, { count, length, against }) {
  const ours = { key: "mesh", title: "hkm-mesh, mesh.route", module: "routing-mesh", name: "route" };
  const cases = [...PLAIN, ours, ...(against ? [{ ...ours, key: "against", title: "hkm-mesh, the other build" }] : [])];
  for (const { key, module, name } of cases) {
    const url = key === "against" ? `/against/${module}.js` : `/pages/${module}.js`;
    await stage.call("prepare", { key, module: url, name, at: { count, length, label: key } });
    needDecision(key, await stage.call("repeat", { key, times: 1 }), count);
  }
  return cases;
}

function needDecision(key, decision, count) {
  const isWhole = decision.chain.length >= 1 && decision.chain.length <= Math.min(5, count)
    && decision.chain[0] === `${decision.chosen.provider}/${decision.chosen.id}` && decision.estimate.totalMs > 0;
  if (!isWhole) throw new StepFailure(`${key} did not decide as it should: ${JSON.stringify(decision).slice(0, 300)}`);
}

async function check({ stage, count, length, print }) {
  const cases = await prepare(stage, { count, length });
  print(`${count} models, ${length} prompt: ${cases.length} cases decided, each with its chain`);
  return { count, length, cases: cases.map(({ key }) => key) };
}

async function measure({ stage, count, length, rounds, against, print }) {
  const cases = (await prepare(stage, { count, length, against })).map((one) => ({ ...one, times: 1, nanoseconds: [] }));
  for (const one of cases) {
    // Twice: what is hot is compiled after the first.
    for (let round = 0; round < 2; round += 1) {
      let spent = 0;
      for (one.times = 1; spent < BATCH_MS / 4; one.times *= 4) spent = (await stage.measure("repeat", one)).cpuMs;
      one.times = Math.max(1, Math.round((one.times / 4) * (BATCH_MS / spent)));
    }
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const [place] of cases.entries()) {
      const one = cases[(place + round) % cases.length];
      const { cpuMs } = await stage.measure("repeat", { key: one.key, times: one.times });
      one.nanoseconds.push((cpuMs * 1e6) / one.times);
    }
  }
  const [floor, idiomatic] = cases;
  print(`\n## ${count} models, ${length === "long" ? "10 KB prompt" : "short prompt"} (${rounds} batches)`);
  print(table(["case", "ns a decision", "× floor", "× idiomatic"], cases.map((one) => [
    one.title, short(median(one.nanoseconds)),
    one === floor ? "1" : ratioCell(compare(one.nanoseconds, floor.nanoseconds)),
    one === idiomatic ? "1" : ratioCell(compare(one.nanoseconds, idiomatic.nanoseconds)),
  ])));
  const comparison = compare(cases[2].nanoseconds, idiomatic.nanoseconds);
  const verdict = judge(comparison, AIM);
  print(`aim: mesh.route ≤ ${AIM} × idiomatic: ${short(comparison.ratio)} (${short(comparison.low)}–${short(comparison.high)}) ${verdict}`);
  return { count, length, rounds, cases: cases.map(({ key, nanoseconds }) => ({ key, nanoseconds })), aim: { ...comparison, atMost: AIM, verdict } };
}
