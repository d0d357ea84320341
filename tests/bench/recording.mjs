// What it costs that everything is measured: recording one generation and making the report once, against the main thread's
// own time for an answer of 1,000 deltas.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildVariant } from "../../scripts/wasm-variant.mjs";
import { buildModules } from "./bundle.mjs";
import { Stage } from "./chromium.mjs";
import { startServer } from "./server.mjs";
import { median, quantile } from "./statistics.mjs";
import { short, table } from "./table.mjs";

/** Long enough that a clock of a tenth of a millisecond does not count. */
const BATCH_MS = 60;

const AIM = 0.01;

const PARTS = [
  { key: "record", title: "recording a generation and its attempt" },
  { key: "report", title: "the report of 30 days and five models, as an object" },
  { key: "written", title: "the record that is written, at most every five seconds" },
];
const ANSWERS = ["burst-1000", "paced-1000"].map((model) => ({ key: model, title: `an answer of 1,000 deltas, ${model.startsWith("paced") ? "one a millisecond" : "at once"}`, model }));

/** @param {{ browser: import("playwright-core").Browser, options: import("./options.mjs").Options, print: (line: string) => void }} how */
export async function benchRecording({ browser, options, print }) {
  const folder = await mkdtemp(join(tmpdir(), "hkm-mesh-bench-"));
  try {
    const wasm = await buildVariant("bench", { isOptimised: true });
    await buildModules(join(folder, "pages"), ["stage", "mesh", "recording"], options.package);
    const server = await startServer({ folders: { "/pages/": join(folder, "pages"), "/wasm/": wasm }, models: ANSWERS.map(({ model }) => model) });
    try {
      return await measure({ stage: await Stage.open(browser, server.origin), rounds: options.isCheck ? 1 : (options.rounds ?? (options.isQuick ? 5 : 15)), isCheck: options.isCheck, print });
    } finally {
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure({ stage, rounds, isCheck, print }) {
  const parts = PARTS.map((part) => ({ ...part, ms: [], times: 1 }));
  const answers = ANSWERS.map((answer) => ({ ...answer, ms: [] }));
  for (const part of parts) {
    await stage.call("prepare", { key: part.key, module: "/pages/recording.js", name: part.key, at: {} });
    for (let spent = 0; !isCheck && spent < BATCH_MS / 2;) {
      spent = await stage.call("repeat", { key: part.key, times: part.times });
      if (spent < BATCH_MS / 2) part.times *= 2;
    }
  }
  for (const { key, model } of answers) {
    await stage.call("prepare", { key, module: "/pages/mesh.js", name: "text", at: { protocol: "openai", model, label: "recording" } });
    for (let round = 0; !isCheck && round < 5; round += 1) await stage.call("run", key);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const part of parts) part.ms.push((await stage.call("repeat", part)) / part.times);
    for (const answer of answers) {
      const nothing = await stage.measure("nothing");
      answer.ms.push((await stage.measure("run", answer.key)).cpuMs - nothing.cpuMs);
    }
  }
  await stage.close();
  if (isCheck) return { cases: [...parts, ...answers].map(({ key }) => ({ key })) };
  const rows = [...parts, ...answers].map(({ title, ms }) => [title, short(median(ms)), `${short(quantile(ms, 0.25))}–${short(quantile(ms, 0.75))}`]);
  print(`\n## what measuring costs (${rounds} rounds)`);
  print(table(["what", "ms", "middle half"], rows));
  const [record, report, written] = parts.map(({ ms }) => median(ms));
  const shares = answers.map(({ key, title, ms }) => {
    const whole = median(ms);
    const found = { key, record: record / whole, withReport: (record + report) / whole, withWriting: (record + report + written) / whole };
    print(`${title}: recording ${percent(found.record)}, with one report ${percent(found.withReport)} (aim: ≤ ${percent(AIM)}, ${found.withReport <= AIM ? "met" : "missed"}), with writing ${percent(found.withWriting)}`);
    return found;
  });
  return { parts: parts.map(({ key, ms }) => ({ key, ms: median(ms) })), answers: answers.map(({ key, ms }) => ({ key, ms: median(ms) })), shares };
}

function percent(share) {
  return `${(share * 100).toFixed(2)} %`;
}
