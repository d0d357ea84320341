// Failover: how long after a model failed the next one is asked.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StepFailure } from "../../scripts/step.mjs";
import { deltasOf } from "./answers.mjs";
import { buildModules } from "./bundle.mjs";
import { Stage } from "./chromium.mjs";
import { startProvider } from "./provider.mjs";
import { startServer } from "./server.mjs";
import { compare, median, quantile } from "./statistics.mjs";
import { ratioCell, short, table } from "./table.mjs";

const MODEL = "bench-model";
const DELTAS = deltasOf(40);
const SHOWN = 15;
const WARM_ROUNDS = 3;

/**
 * What the first provider does to a question, and since when the failure can be seen. Nobody stamps a refused connection,
 * so there all counts from when the page is told to ask: a millisecond or two that every case pays.
 */
const FAULTS = [
  { name: "refused connection", since: "call", isClosed: true },
  { name: "HTTP 500", since: "failure", behaviour: { status: 500 } },
  { name: "cut mid-answer", since: "failure", behaviour: { cutAfter: SHOWN } },
];

const FLOOR = { key: "loop", title: "hand-written loop that asks the next at once (FLOOR)", module: "failover", name: "loop" };
const OURS = { key: "mesh", title: "hkm-mesh", module: "failover", name: "mesh" };
const PEER = { key: "ai-fallback", title: "AI SDK streamText, ai-fallback", module: "failover-ai-sdk", name: "stream" };

/** @param {{ browser: import("playwright-core").Browser, options: import("./options.mjs").Options, print: (line: string) => void }} how */
export async function benchFailover({ browser, options, print }) {
  const { isCheck, isQuick, against, only } = options;
  const folder = await mkdtemp(join(tmpdir(), "hkm-mesh-bench-"));
  const opened = [];
  try {
    await buildModules(join(folder, "pages"), ["stage", "failover", ...(isCheck ? [] : ["failover-ai-sdk"])], options.package);
    if (against) await buildModules(join(folder, "against"), ["failover"], against);
    const server = await startServer({ folders: { "/pages/": join(folder, "pages"), "/against/": join(folder, "against") } });
    opened.push(server);
    const others = [OURS, ...(against ? [{ ...OURS, key: "against", title: `${OURS.title}, the other build` }] : []), ...(isCheck ? [] : [PEER])];
    const cases = [FLOOR, ...others.filter(({ title }) => !only || only.test(title))];
    const rounds = isCheck ? 1 : options.rounds ?? (isQuick ? 20 : 100);
    const found = [];
    for (const fault of FAULTS.filter(({ name }) => !options.scenario || options.scenario.test(name))) {
      const first = await startProvider({ model: MODEL, deltas: DELTAS, behaviour: fault.behaviour });
      const second = await startProvider({ model: MODEL, deltas: DELTAS });
      opened.push(first, second);
      const stage = await Stage.open(browser, server.origin);
      const measured = await measure({ stage, fault, first, second, cases, rounds, warmRounds: isCheck ? 0 : WARM_ROUNDS });
      await stage.close();
      if (isCheck) print(`${fault.name}: ${cases.length} cases asked the next one and delivered the exact answer`);
      else report({ fault, measured, rounds, print });
      found.push({ fault: fault.name, rounds, cases: measured.map(({ key, milliseconds, text }) => ({ key, milliseconds, text })) });
    }
    return { faults: found };
  } finally {
    for (const one of opened.reverse()) await one.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure({ stage, fault, first, second, cases, rounds, warmRounds }) {
  const measured = cases.map((one) => ({ ...one, milliseconds: [], text: "" }));
  const at = { first: first.root, second: second.root, model: MODEL };
  for (let round = -warmRounds; round < rounds; round += 1) {
    for (const [place] of measured.entries()) {
      const one = measured[(place + Math.max(round, 0)) % measured.length];
      const module = one.key === "against" ? "/against/failover.js" : `/pages/${one.module}.js`;
      await stage.call("prepare", { key: one.key, module, name: one.name, at: { ...at, label: one.key } });
      if (fault.isClosed) await first.close();
      first.take();
      second.take();
      const called = performance.now();
      const text = await stage.call("ask", one.key);
      const [failure] = first.take();
      const [next, ...more] = second.take();
      await first.open();
      one.text = textKind(text);
      const isExact = one.text === "whole" || one === measured.find(({ key }) => key === PEER.key);
      if (next === undefined || more.length > 0 || !isExact) throw new StepFailure(`${one.title} (${fault.name}) asked ${more.length + Number(next !== undefined)} times and delivered ${JSON.stringify(text)}`);
      if (round >= 0) one.milliseconds.push(next.arrived - (fault.since === "call" ? called : failure.failed));
    }
  }
  return measured;
}

/** Whether the answer is the true one, or what was shown and another one stuck to it. */
function textKind(text) {
  const truth = DELTAS.join("");
  if (text === truth) return "whole";
  return text === DELTAS.slice(0, SHOWN).join("") + truth ? "its beginning twice" : "other";
}

function report({ fault, measured, rounds, print }) {
  const [floor] = measured;
  print(`\n## ${fault.name} (${rounds} rounds)`);
  print(table(
    [`${fault.since === "call" ? "from the call" : "from the failure"} to the next request, ms`, "median", "p95", "× floor", "median more than the floor", "answer"],
    measured.map((one) => [
      one.title, short(median(one.milliseconds)), short(quantile(one.milliseconds, 0.95)),
      one === floor ? "1" : ratioCell(compare(one.milliseconds, floor.milliseconds)),
      one === floor ? "0" : short(median(one.milliseconds.map((value, round) => value - floor.milliseconds[round]))), one.text,
    ]),
  ));
}
