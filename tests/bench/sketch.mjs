// The metrics' sketch: taking in a value and giving three quantiles, against a histogram by hand and two libraries.
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { follow } from "../../scripts/command.mjs";
import { inRepository } from "../../scripts/repository.mjs";
import { StepFailure } from "../../scripts/step.mjs";
import { wasmEnvironment } from "../../scripts/wasm-env.mjs";
import { buildModules } from "./bundle.mjs";
import { Stage } from "./chromium.mjs";
import { startServer } from "./server.mjs";
import { compare, judge, median } from "./statistics.mjs";
import { ratioCell, short, table } from "./table.mjs";

/** Long enough that asking for it does not count. */
const BATCH_MS = 60;

const CASES = [
  { key: "plain", title: "log histogram by hand" },
  { key: "ours", title: "hkm-mesh, the sketch alone" },
  { key: "hdr", title: "hdr-histogram-js, 3 digits" },
  { key: "tdigest", title: "tdigest" },
];

/** At most this often the time of another. */
const AIMS = { record: [["plain", 1.5], ["hdr", 1], ["tdigest", 1]], quantile: [["plain", 1.5], ["hdr", 1], ["tdigest", 1]] };

/** @param {{ browser: import("playwright-core").Browser, options: import("./options.mjs").Options, print: (line: string) => void }} how */
export async function benchSketch({ browser, options, print }) {
  const folder = await mkdtemp(join(tmpdir(), "hkm-mesh-bench-"));
  try {
    const wasm = await buildSketch(folder);
    await buildModules(join(folder, "pages"), ["stage", "sketch"], options.package);
    const server = await startServer({ folders: { "/pages/": join(folder, "pages"), "/wasm/": wasm } });
    try {
      const rounds = options.rounds ?? (options.isQuick ? 5 : 15);
      const found = {};
      for (const what of ["record", "quantile"]) {
        const stage = await Stage.open(browser, server.origin);
        found[what] = await measure({ stage, what, rounds: options.isCheck ? 1 : rounds, print });
        await stage.close();
      }
      return found;
    } finally {
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** As the package is built, but for the pass of wasm-opt. */
async function buildSketch(folder) {
  const target = ["--release", "--target", "wasm32-unknown-unknown"];
  const { ok } = await follow("cargo", ["build", "-p", "hkm-mesh-bench-sketch", ...target], { env: { ...process.env, ...wasmEnvironment() }, cwd: inRepository(), step: "bench" });
  if (!ok) throw new StepFailure("the sketch could not be built");
  const into = join(folder, "wasm");
  await mkdir(into);
  const built = process.env.CARGO_TARGET_DIR ?? inRepository("target");
  await copyFile(join(built, "wasm32-unknown-unknown", "release", "hkm_mesh_bench_sketch.wasm"), join(into, "hkm_mesh_bench_sketch.wasm"));
  return into;
}

async function measure({ stage, what, rounds, print }) {
  const cases = CASES.map((one) => ({ ...one, times: 1, nanoseconds: [] }));
  const answers = {};
  for (const one of cases) {
    await stage.call("prepare", { key: one.key, module: "/pages/sketch.js", name: one.key, at: { what } });
    // Twice: what is hot is compiled after the first.
    for (let round = 0; round < 2; round += 1) {
      let spent = 0;
      for (one.times = 65_536; spent < BATCH_MS / 4; one.times *= 4) spent = (await stage.measure("repeat", one)).cpuMs;
      one.times = Math.max(1, Math.round((one.times / 4) * (BATCH_MS / spent)));
    }
    answers[one.key] = await stage.call("repeat", { key: one.key, times: 65_536 });
  }
  needSameAnswers(answers);
  for (let round = 0; round < rounds; round += 1) {
    for (const [place] of cases.entries()) {
      const one = cases[(place + round) % cases.length];
      const { cpuMs } = await stage.measure("repeat", { key: one.key, times: one.times });
      one.nanoseconds.push((cpuMs * 1e6) / one.times);
    }
  }
  const [plain, ours] = cases;
  print(`\n## ${what === "record" ? "taking in a value" : "three quantiles of 65 536 values"} (${rounds} batches)`);
  print(table(["case", "ns", "× by hand"], cases.map((one) => [one.title, short(median(one.nanoseconds)), one === plain ? "1" : ratioCell(compare(one.nanoseconds, plain.nanoseconds))])));
  const aims = AIMS[what].map(([key, atMost]) => {
    const comparison = compare(ours.nanoseconds, cases.find((one) => one.key === key).nanoseconds);
    const verdict = judge(comparison, atMost);
    print(`aim: ours ≤ ${atMost} × ${key}: ${short(comparison.ratio)} (${short(comparison.low)}–${short(comparison.high)}) ${verdict}`);
    return { key, ...comparison, atMost, verdict };
  });
  return { rounds, answers, cases: cases.map(({ key, nanoseconds }) => ({ key, nanoseconds })), aims };
}

/** All saw the same values, so that their quantiles lie within what each is off by; t-digest says nothing of that. */
function needSameAnswers({ plain, ...others }) {
  for (const [name, quantiles] of Object.entries(others)) {
    const isNear = quantiles.every((value, place) => Math.abs(value / plain[place] - 1) < 0.05);
    if (!isNear) throw new StepFailure(`${name} gives ${quantiles.join(", ")} instead of ${plain.join(", ")}`);
  }
}
