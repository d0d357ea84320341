// Benchmarks in a headless Chromium: ratios against named peers and against a floor, all measured in the same run.
//   node tests/bench/run.mjs [streaming] [routing] [failover] [hedging] [size] [sketch] [store] [recording] [profile] [--quick] [--check] [--package FOLDER] [--against FOLDER]
// What the numbers mean is in README.md beside this file.
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { inRepository } from "../../scripts/repository.mjs";
import { runWhenStartedAlone, seconds } from "../../scripts/step.mjs";
import { needPackage } from "./bundle.mjs";
import { openChromium } from "./chromium.mjs";
import { readOptions } from "./options.mjs";
import { installPeers } from "./peers.mjs";

const RUNNERS = {
  streaming: async () => (await import("./streaming.mjs")).benchStreaming,
  routing: async () => (await import("./routing.mjs")).benchRouting,
  failover: async () => (await import("./failover.mjs")).benchFailover,
  hedging: async () => (await import("./hedging.mjs")).benchHedging,
  size: async () => (await import("./size.mjs")).benchSize,
  sketch: async () => (await import("./sketch.mjs")).benchSketch,
  store: async () => (await import("./store.mjs")).benchStore,
  recording: async () => (await import("./recording.mjs")).benchRecording,
  profile: async () => (await import("./profile.mjs")).profileOurs,
};

/** Measures, or only checks, what the options ask for. */
export async function bench(words, print = (line) => process.stdout.write(`${line}\n`)) {
  const options = readOptions(words);
  needPackage(options.package);
  if (options.against) needPackage(options.against);
  // Some are bundled into the page that ours runs in too.
  const needsPeers = options.parts.some((part) => (options.isCheck ? ["sketch", "store"].includes(part) : !["profile", "hedging", "recording"].includes(part)));
  const peers = needsPeers ? await installPeers() : {};
  const browser = await openChromium();
  const facts = { browser: `Chromium ${browser.version()}`, node: process.version, cores: cpus().length, peers };
  print(`${facts.browser}, Node ${facts.node}, ${facts.cores} cores, load ${load()}`);
  for (const [name, version] of Object.entries(peers)) print(`  ${name} ${version}`);
  const results = {};
  try {
    for (const part of options.parts) {
      const started = Date.now();
      print(`\n# ${part}${options.isCheck ? ", checked only" : options.isQuick ? ", quick: an impression" : ""}`);
      const run = await RUNNERS[part]();
      const before = load();
      results[part] = { loadBefore: before, ...(await run({ browser, options, print })), loadAfter: load() };
      print(`\n${part}: ${seconds(Date.now() - started)}, load before ${before}, after ${load()}`);
    }
  } finally {
    await browser.close();
  }
  if (!options.isCheck) await keep({ facts, options, results });
  return results;
}

function load() {
  return loadavg().map((value) => value.toFixed(1)).join(" ");
}

async function keep(all) {
  const folder = inRepository("tests", "bench", "results");
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${new Date().toISOString().replaceAll(":", "-").slice(0, 19)}.json`);
  await writeFile(file, `${JSON.stringify(all, (_, value) => (value instanceof RegExp ? String(value) : value), 1)}\n`);
}

await runWhenStartedAlone(import.meta.url, async (words) => { await bench(words); });
