// wasm-pack, and wasm-bindgen's command-line tool in exactly the version of the crate: another one refuses to work.
import { existsSync } from "node:fs";
import { placeWhole } from "./cache.mjs";
import { lockedVersion } from "./cargo-lock.mjs";
import { commandLine, follow } from "./command.mjs";
import { withLock } from "./lock.mjs";
import { StepFailure, runWhenStartedAlone, say, seconds } from "./step.mjs";
import { cachedTool, cachedToolFolder, findTool } from "./tool-paths.mjs";
import { WASM_PACK_VERSION } from "./versions.mjs";

export function neededTools() {
  return [
    { crate: "wasm-bindgen-cli", program: "wasm-bindgen", version: lockedVersion("wasm-bindgen") },
    { crate: "wasm-pack", program: "wasm-pack", version: WASM_PACK_VERSION },
  ];
}

export async function setupCargoTools() {
  for (const tool of neededTools()) {
    const name = `${tool.crate} ${tool.version}`;
    if (findTool(tool) !== undefined) {
      say(name, "is installed");
      continue;
    }
    await withLock(`cargo-tool-${tool.crate}-${tool.version}`, async () => {
      if (!existsSync(cachedTool(tool.crate, tool.version, tool.program))) await install(tool, name);
    });
  }
}

async function install(tool, name) {
  say(name, "compiling it once with cargo install (2 to 5 minutes) …");
  let took;
  await placeWhole(cachedToolFolder(tool.crate, tool.version), async (folder) => {
    took = await cargoInstall(tool, name, folder);
  });
  say(name, `compiled in ${seconds(took)}`);
}

async function cargoInstall(tool, name, folder) {
  const words = ["install", tool.crate, "--version", tool.version, "--root", folder];
  const started = Date.now();
  let result;
  // The author's lock file first. A mirror that lags behind may lack a version named in it; then the newest that fits is taken.
  for (const args of [[...words, "--locked"], words]) {
    result = await follow("cargo", args, { show: false, step: name, env: { CARGO_BUILD_TARGET: undefined, CARGO_ENCODED_RUSTFLAGS: undefined } });
    if (result.ok) return Date.now() - started;
    if (!/failed to select a version|no matching package|not found in registry/.test(result.stderr)) break;
    say(name, "the registry lacks a version of its lock file; taking the newest that fits instead …");
  }
  throw new StepFailure(`${name} could not be installed`, {
    command: commandLine("cargo", words),
    output: result.stderr.trim().split("\n").slice(-40).join("\n"),
    remedy: `cargo needs its package registry. Or put ${tool.program} ${tool.version} on PATH yourself.`,
  });
}

await runWhenStartedAlone(import.meta.url, setupCargoTools);
