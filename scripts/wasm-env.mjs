// The environment for cargo and wasm-pack when they build for wasm32. Alone it prints it:
//   node scripts/wasm-env.mjs            one NAME=value a line
//   eval "$(node scripts/wasm-env.mjs --shell)"
import { StepFailure, runWhenStartedAlone } from "./step.mjs";
import { neededTools } from "./setup-cargo-tools.mjs";
import { findTool, pathWith } from "./tool-paths.mjs";
import { findWasmToolchain } from "./wasm-toolchain.mjs";

export function wasmEnvironment() {
  const toolchain = findWasmToolchain();
  if (!toolchain) {
    throw new StepFailure("no Rust toolchain here can build for wasm32-unknown-unknown", { remedy: "node scripts/setup-wasm-target.mjs" });
  }
  return { ...toolchain.environment, PATH: pathWith(neededTools().map((tool) => findTool(tool))) };
}

function print([option]) {
  for (const [name, value] of Object.entries(wasmEnvironment())) {
    process.stdout.write(option === "--shell" ? `export ${name}='${value.replaceAll("'", `'\\''`)}'\n` : `${name}=${value}\n`);
  }
}

await runWhenStartedAlone(import.meta.url, print);
