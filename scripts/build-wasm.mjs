// The Rust module: wasm-pack into pkg/wasm, and the proof that link-time optimisation really ran.
//   node scripts/build-wasm.mjs [--dev] [--force]
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { placeWhole } from "./cache.mjs";
import { lockedVersion } from "./cargo-lock.mjs";
import { ask, run } from "./command.mjs";
import { needLinkTimeOptimisation } from "./link-time-optimisation.mjs";
import { withRepositoryLock } from "./lock.mjs";
import { inRepository, repository } from "./repository.mjs";
import { StepFailure, runWhenStartedAlone, say, seconds } from "./step.mjs";
import { digestOf, filesBelow, isUpToDate, markUpToDate } from "./stamp.mjs";
import { lockedFlags } from "./strictness.mjs";
import { WASM_PACK_VERSION } from "./versions.mjs";
import { wasmEnvironment } from "./wasm-env.mjs";
import { WASM_TARGET } from "./wasm-toolchain.mjs";

const STEP = "wasm module";
const CRATE = "hkm-mesh";
const OUTPUT = "pkg/wasm";
const SOURCES = ["Cargo.toml", "Cargo.lock", ".cargo", "src"];

export async function buildWasm({ development = false, force = false } = {}) {
  const environment = wasmEnvironment();
  await withRepositoryLock("wasm-module", async () => {
    const input = digestOf(filesBelow(SOURCES), facts(environment, development));
    if (!force && isUpToDate("wasm-module", input, [OUTPUT])) {
      say(STEP, "is up to date");
      return;
    }
    say(STEP, development ? "wasm-pack build --dev …" : "wasm-pack build --release (1 to 3 minutes when cold) …");
    const started = Date.now();
    if (!development) await forgetCompiledCrate(environment);
    await placeWhole(inRepository(OUTPUT), (folder) => pack(folder, environment, development));
    await markUpToDate("wasm-module", input, [OUTPUT]);
    say(STEP, `built in ${seconds(Date.now() - started)}`);
  });
}

// cargo names the compiler's arguments only when it compiles: the check below needs the one crate compiled anew.
async function forgetCompiledCrate(env) {
  await run("cargo", ["clean", "--package", CRATE, "--release", "--target", WASM_TARGET], { cwd: repository, env, step: STEP });
}

async function pack(folder, env, development) {
  const result = await run("wasm-pack", [
    "build", repository,
    "--target", "web",
    development ? "--dev" : "--release",
    // Relative to the crate's root, whatever the current folder is.
    "--out-dir", `pkg/${basename(folder)}`,
    "--out-name", "hkm_mesh",
    "--no-pack", "--no-gitignore",
    "--", ...lockedFlags(), "--verbose",
  ], {
    cwd: repository,
    env,
    step: STEP,
    what: "wasm-pack could not build the module",
    remedy: "A compiler's error is above. `node scripts/setup.mjs rust wasm tools packages` looks whether every tool is there.",
  });
  if (development) return;
  needLinkTimeOptimisation(`${result.stdout}\n${result.stderr}`, CRATE.replaceAll("-", "_"));
  say(STEP, "link-time optimisation ran");
  if (!/Optimizing wasm binaries with `wasm-opt`/.test(result.stderr + result.stdout)) {
    throw new StepFailure("wasm-opt did not run", { remedy: "Look at [package.metadata.wasm-pack.profile.release] in Cargo.toml; `wasm-opt` comes from the npm package binaryen." });
  }
}

function facts(environment, development) {
  const settings = Object.entries(process.env).filter(([name]) => /^(RUSTFLAGS|CARGO_ENCODED_RUSTFLAGS|CARGO_PROFILE_.*|CARGO_TARGET_WASM32_.*)$/.test(name));
  return {
    development,
    compiler: ask("rustc", ["-vV"], { env: environment }).stdout,
    wasmBindgen: lockedVersion("wasm-bindgen"),
    wasmPack: WASM_PACK_VERSION,
    binaryen: JSON.parse(readFileSync(inRepository("package.json"), "utf8")).devDependencies.binaryen,
    settings: settings.sort(),
  };
}

await runWhenStartedAlone(import.meta.url, (options) =>
  buildWasm({ development: options.includes("--dev"), force: options.includes("--force") }));
