// Rust to pkg/wasm, TypeScript to pkg/dist, the app to www/dist; each only when something it is made of changed.
//   node scripts/build.mjs [--dev] [--force] [--no-setup]
import { buildPackage } from "./build-package.mjs";
import { buildWasm } from "./build-wasm.mjs";
import { TO_BUILD, setup } from "./setup.mjs";
import { printSizes } from "./sizes.mjs";
import { runWhenStartedAlone } from "./step.mjs";

export async function build({ development = false, force = false } = {}) {
  await buildWasm({ development, force });
  await buildPackage("pkg", { force });
  await buildPackage("www", { force });
}

await runWhenStartedAlone(import.meta.url, async (options) => {
  if (!options.includes("--no-setup")) await setup(TO_BUILD);
  await build({ development: options.includes("--dev"), force: options.includes("--force") });
  printSizes();
});
