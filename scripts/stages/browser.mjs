import { countCargoTest } from "../counts.mjs";
import { lockedFlags } from "../strictness.mjs";
import { wasmEnvironment } from "../wasm-env.mjs";
import { withWebdriverSettings } from "../webdriver-settings.mjs";
import { runTests } from "./stage.mjs";

// wasm-bindgen's runner otherwise gives a whole test program 20 seconds.
const TIMEOUT_SECONDS = "300";

/** @type {import("./stage.mjs").Stage} */
export const browser = {
  name: "browser",
  title: "The wasm module, inside a browser",
  needs: ["rust", "wasm", "tools", "packages", "browser"],
  run({ environment }) {
    const driver = environment.CHROMEDRIVER;
    return withWebdriverSettings(environment.CHROME_PATH, (settings) => runTests("wasm-pack", [
      "test", "--headless", "--chrome", ...(driver ? ["--chromedriver", driver] : []), "--", ...lockedFlags(),
    ], {
      count: countCargoTest,
      env: { ...wasmEnvironment(), WASM_BINDGEN_TEST_TIMEOUT: TIMEOUT_SECONDS, WASM_BINDGEN_TEST_WEBDRIVER_JSON: settings },
    }));
  },
};
