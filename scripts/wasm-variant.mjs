// The Rust module with a feature that no release has, for tests and benchmarks: in target/FEATURE, never in the package.
import { mkdir } from "node:fs/promises";
import { run } from "./command.mjs";
import { withRepositoryLock } from "./lock.mjs";
import { inRepository, repository } from "./repository.mjs";
import { digestOf, filesBelow, isUpToDate, markUpToDate } from "./stamp.mjs";
import { lockedFlags } from "./strictness.mjs";
import { wasmEnvironment } from "./wasm-env.mjs";

/**
 * @param {string} feature of the root package
 * @param {{ isOptimised?: boolean }} [how] optimised as the package is, which takes minutes
 * @returns {Promise<string>} the folder of `hkm_mesh.js` and `hkm_mesh_bg.wasm`
 */
export async function buildVariant(feature, { isOptimised = false } = {}) {
  const output = `target/${feature}`;
  // Unoptimised it is larger than the 8 MB that a browser compiles at once, as it has to after a panic.
  const small = { CARGO_PROFILE_DEV_OPT_LEVEL: "1", CARGO_PROFILE_DEV_DEBUG: "false" };
  const profile = isOptimised ? {} : small;
  const env = { ...wasmEnvironment(), ...profile };
  await withRepositoryLock(feature, async () => {
    const input = digestOf(filesBelow(["Cargo.toml", "Cargo.lock", ".cargo", "src"]), { isOptimised, profile });
    if (isUpToDate(feature, input, [output])) return;
    await mkdir(inRepository(output), { recursive: true });
    await run("wasm-pack", [
      "build", repository, "--target", "web", isOptimised ? "--release" : "--dev", "--out-dir", output, "--out-name", "hkm_mesh", "--no-pack", "--no-gitignore",
      "--", ...lockedFlags(), "--features", feature,
    ], { cwd: repository, env, step: feature, what: `wasm-pack could not build the module with the feature ${feature}`, remedy: "A compiler's error is above." });
    await markUpToDate(feature, input, [output]);
  });
  return inRepository(output);
}
