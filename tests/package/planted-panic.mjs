// The WebAssembly with a panic that a test can call for. It never enters the package: it replaces the real one in a copy of the app.
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../scripts/command.mjs";
import { withRepositoryLock } from "../../scripts/lock.mjs";
import { inRepository, repository } from "../../scripts/repository.mjs";
import { digestOf, filesBelow, isUpToDate, markUpToDate } from "../../scripts/stamp.mjs";
import { lockedFlags } from "../../scripts/strictness.mjs";
import { wasmEnvironment } from "../../scripts/wasm-env.mjs";
import { freshCopy } from "./installed-package.mjs";

const OUTPUT = "target/planted-panic";

/** @returns {Promise<string>} the folder of an app in which a request with the system text "planted-panic" panics in the middle of its answer */
export async function appWithPlantedPanic(test) {
  await buildPlanted();
  const app = await freshCopy(test);
  for (const name of ["hkm_mesh.js", "hkm_mesh_bg.wasm"]) {
    await cp(inRepository(OUTPUT, name), join(app, "node_modules", "hkm-mesh", "wasm", name));
  }
  return app;
}

async function buildPlanted() {
  const env = wasmEnvironment();
  await withRepositoryLock("planted-panic", async () => {
    const input = digestOf(filesBelow(["Cargo.toml", "Cargo.lock", ".cargo", "src"]));
    if (isUpToDate("planted-panic", input, [OUTPUT])) return;
    await mkdir(inRepository(OUTPUT), { recursive: true });
    await run("wasm-pack", [
      // Unoptimised: a second optimised build would take minutes.
      "build", repository, "--target", "web", "--dev", "--out-dir", OUTPUT, "--out-name", "hkm_mesh", "--no-pack", "--no-gitignore",
      "--", ...lockedFlags(), "--features", "planted-panic",
    ], { cwd: repository, env, step: "planted panic", what: "wasm-pack could not build the module with a planted panic", remedy: "A compiler's error is above." });
    await markUpToDate("planted-panic", input, [OUTPUT]);
  });
}
