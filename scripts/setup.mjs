// Everything that has to be there before something can be built or tested, in order. Each step also runs alone.
//   node scripts/setup.mjs                all of it
//   node scripts/setup.mjs wasm tools     some of it
import { setupBrowser } from "./setup-browser.mjs";
import { setupCatalogue } from "./setup-catalogue.mjs";
import { setupCargoTools } from "./setup-cargo-tools.mjs";
import { setupLlamaServer } from "./setup-llama-server.mjs";
import { setupModel } from "./setup-model.mjs";
import { setupPackages } from "./setup-packages.mjs";
import { setupRust } from "./setup-rust.mjs";
import { setupRustComponents } from "./setup-rust-components.mjs";
import { setupWasmTarget } from "./setup-wasm-target.mjs";
import { StepFailure, runWhenStartedAlone } from "./step.mjs";

/** A step hands back the environment variables by which those who use it find what it made. */
const STEPS = {
  rust: async () => void setupRust(),
  components: async () => void setupRustComponents(),
  wasm: async () => void (await setupWasmTarget()),
  tools: async () => void (await setupCargoTools()),
  packages: async () => void (await setupPackages()),
  catalogue: async () => void (await setupCatalogue()),
  browser: async () => {
    const { browser, driver } = await setupBrowser();
    return { CHROME_PATH: browser, ...(driver && { CHROMEDRIVER: driver }) };
  },
  model: async () => ({ HKM_MODEL_FILE: await setupModel() }),
  llama: async () => {
    const found = await setupLlamaServer();
    return "path" in found ? { HKM_LLAMA_SERVER: found.path } : { HKM_LLAMA_SERVER_MISSING: found.missing };
  },
};

export const TO_BUILD = ["rust", "wasm", "tools", "packages"];

/** Runs the named steps in their order and hands back the environment that they make. */
export async function setup(names = Object.keys(STEPS)) {
  const unknown = names.filter((name) => !(name in STEPS));
  if (unknown.length > 0) {
    throw new StepFailure(`there is no set-up step ${unknown.join(", ")}`, { remedy: `There are: ${Object.keys(STEPS).join(", ")}` });
  }
  const environment = {};
  for (const [name, step] of Object.entries(STEPS)) {
    if (names.includes(name)) Object.assign(environment, await step());
  }
  return environment;
}

await runWhenStartedAlone(import.meta.url, async (names) => {
  await setup(names.length > 0 ? names : undefined);
});
