// Hedging: the time to the first word where a server is late now and then, with and without a second model.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StepFailure } from "../../scripts/step.mjs";
import { buildModules } from "./bundle.mjs";
import { Stage } from "./chromium.mjs";
import { LATE, startLateServers } from "./late-server.mjs";
import { startServer } from "./server.mjs";
import { median, quantile } from "./statistics.mjs";
import { short, table } from "./table.mjs";

/** A model that answered less often is not known well enough. */
const WARM_UP = 10;

const CASES = [
  { name: "without", title: "hkm-mesh, without hedging" },
  { name: "learned", title: "hkm-mesh, hedge: true" },
  { name: "alone", title: "fetch, the first server alone" },
  { name: "fixed", title: "fetch, the second after a fixed second" },
  { name: "both", title: "fetch, both at once (FLOOR)" },
];

/** @param {{ browser: import("playwright-core").Browser, options: import("./options.mjs").Options, print: (line: string) => void }} how */
export async function benchHedging({ browser, options, print }) {
  const folder = await mkdtemp(join(tmpdir(), "hkm-mesh-bench-"));
  const { isCheck, isQuick } = options;
  const count = isCheck ? 3 : WARM_UP + (isQuick ? 60 : 200);
  try {
    await buildModules(join(folder, "pages"), ["stage", "hedging"], options.package);
    const server = await startServer({ folders: { "/pages/": join(folder, "pages") } });
    const late = await startLateServers({ count, scale: isCheck ? 0.05 : 1 });
    try {
      const found = [];
      for (const one of CASES) found.push(await measure({ browser, server, late, count, ...one }));
      if (isCheck) print(`${found.length} cases had their first words`);
      else report({ found, late, count: count - WARM_UP, print });
      return { cases: found };
    } finally {
      await late.close();
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure({ browser, server, late, count, name, title }) {
  const stage = await Stage.open(browser, server.origin);
  try {
    await stage.call("prepare", { key: name, module: "/pages/hedging.js", name, at: { servers: late.servers, label: name } });
    const all = [];
    for (let number = 0; number < count; number += 1) all.push(await stage.call("repeat", { key: name, times: `A request of ${name}, number ${number}.` }));
    if (!all.every((ms) => ms > 0)) throw new StepFailure(`${name}: a request had no first word`);
    return { name, title, milliseconds: all.slice(WARM_UP), asked: { ...late.asked(name) }, requests: count };
  } finally {
    await stage.close();
  }
}

function report({ found, late, count, print }) {
  const p95 = (one) => quantile(one.milliseconds, 0.95);
  const [without, learned] = found;
  print(`\n## ${count} requests in a row; ${late.late} of ${count + WARM_UP} late by ${LATE.more} ms at the first server`);
  print(table(["case", "median ms", "p95 ms", "p99 ms", "× p95 without", "requests sent × asked", "stopped there"], found.map((one) => [
    one.title, short(median(one.milliseconds)), short(p95(one)), short(quantile(one.milliseconds, 0.99)),
    short(p95(one) / p95(without)), short((one.asked.one + one.asked.two) / one.requests), one.asked.stopped,
  ])));
  print(`first-token p95 with hedging ÷ without: ${short(p95(learned) / p95(without))}`);
}
