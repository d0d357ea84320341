// Where the time of our own paths goes: samples of the page's main thread, by function. Not part of the benchmarks.
//   node tests/bench/run.mjs profile [--scenario '^openai, burst'] [--package FOLDER]
// Functions of the WebAssembly have names only in a package that was built with them: see README.md.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildModules } from "./bundle.mjs";
import { Stage } from "./chromium.mjs";
import { startServer } from "./server.mjs";
import { short, table } from "./table.mjs";

const SAMPLE_MICROSECONDS = 100;
const SHOWN = 30;
const MODULES = ["stage", "floors", "mesh", "routing-mesh", "routing-plain"];

/** @typedef {{ title: string, key: string, at: object, runs: number, warmRuns: number, times?: number }} Subject `times`: a run is so many calls in a row */

/** @returns {Subject[]} */
function subjects(burst) {
  const streaming = (key, protocol, model, runs, warmRuns) => ({ title: `${protocol}, ${model}, ${key}`, key, at: { protocol, model, label: "profile" }, runs, warmRuns });
  const routing = (key, count, length, times) => ({ title: `routing, ${count} models, ${length} prompt, ${key}`, key, at: { count, length, label: "profile" }, runs: 5, warmRuns: 3, times });
  return [
    ...["openai", "ollama"].flatMap((protocol) => [
      ...["floors/loop", "mesh/text", "mesh/events"].map((key) => streaming(key, protocol, burst, 10, 5)),
      ...["floors/loop", "mesh/text"].map((key) => streaming(key, protocol, "paced-1000", 3, 1)),
      // An answer of one word: what a generation costs before and after its words.
      ...["floors/loop", "mesh/text"].map((key) => streaming(key, protocol, "burst-1", 100, 50)),
    ]),
    routing("routing-mesh/route", 1, "short", 4_000),
    routing("routing-mesh/route", 1, "long", 500),
    routing("routing-mesh/route", 350, "short", 500),
    routing("routing-plain/idiomatic", 350, "short", 3_000),
  ];
}

/** @param {{ browser: import("playwright-core").Browser, options: import("./options.mjs").Options, print: (line: string) => void }} how */
export async function profileOurs({ browser, options, print }) {
  const folder = await mkdtemp(join(tmpdir(), "hkm-mesh-bench-"));
  const burst = options.isQuick ? "burst-5000" : "burst-20000";
  const profiles = [];
  try {
    await buildModules(join(folder, "pages"), MODULES, options.package, { isReadable: true });
    const server = await startServer({ folders: { "/pages/": join(folder, "pages") }, models: [burst, "paced-1000", "burst-1"] });
    try {
      for (const subject of subjects(burst)) {
        if (options.scenario && !options.scenario.test(subject.title)) continue;
        profiles.push(await profile({ browser, origin: server.origin, subject, print }));
      }
    } finally {
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { profiles };
}

async function profile({ browser, origin, subject, print }) {
  const { title, key, at, runs, warmRuns, times } = subject;
  const [module, name] = key.split("/");
  const stage = await Stage.open(browser, origin);
  const run = () => (times === undefined ? stage.call("run", key) : stage.call("repeat", { key, times }));
  await stage.call("prepare", { key, module: `/pages/${module}.js`, name, at });
  for (let round = 0; round < warmRuns; round += 1) await run();
  await stage.cdp.send("Profiler.enable");
  await stage.cdp.send("Profiler.setSamplingInterval", { interval: SAMPLE_MICROSECONDS });
  await stage.cdp.send("Profiler.start");
  for (let round = 0; round < runs; round += 1) await run();
  const { profile: samples } = await stage.cdp.send("Profiler.stop");
  await stage.close();
  const { functions, places, total } = selfTimes(samples);
  const perRun = (microseconds) => microseconds / 1000 / runs;
  const unit = times === undefined ? "ms a run" : `ms for ${times} calls`;
  print(`\n## ${title}: ${short(perRun(total))} ${unit} on the main thread`);
  print(table(["where", unit, "share %"], places.map(({ where, time }) => [where, short(perRun(time)), short((100 * time) / total)])));
  print(table(["function", "where", unit, "share %"], functions.slice(0, SHOWN).map((one) => [one.name.slice(0, 110), one.where, short(perRun(one.time)), short((100 * one.time) / total)])));
  return { title, runs, times, totalMs: perRun(total), places: places.map(({ where, time }) => ({ where, ms: perRun(time) })), functions: functions.slice(0, 200).map((one) => ({ ...one, ms: perRun(one.time) })) };
}

/** Time in a function itself, without what it calls. */
function selfTimes({ nodes, samples, timeDeltas }) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const functions = new Map();
  const places = new Map();
  let total = 0;
  const add = (map, key, fresh, time) => {
    const known = map.get(key) ?? { ...fresh, time: 0 };
    known.time += time;
    map.set(key, known);
  };
  samples.forEach((id, index) => {
    const frame = frames.get(id);
    const where = placeOf(frame);
    if (where === "idle") return;
    const time = Math.max(0, timeDeltas[index]);
    const name = frame.functionName || "(anonymous)";
    add(functions, `${where} ${name}`, { name, where }, time);
    add(places, where, { where }, time);
    total += time;
  });
  const longestFirst = (map) => [...map.values()].sort((one, other) => other.time - one.time);
  return { functions: longestFirst(functions), places: longestFirst(places), total };
}

function placeOf({ functionName, url }) {
  if (functionName === "(idle)") return "idle";
  if (functionName === "(garbage collector)") return "collecting garbage";
  // Network, streams, timers, compiling: native code that no function of JavaScript called.
  if (functionName === "(program)" || functionName === "(root)") return "browser";
  if (url.endsWith(".wasm") || url.startsWith("wasm://")) return "wasm";
  if (/\/hkm_mesh[^/]*\.js$/.test(url)) return "crossing (glue)";
  if (url.includes("/pages/")) return "JavaScript";
  return "browser's functions";
}
