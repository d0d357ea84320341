// Finds the Chromium-like browser for tests and the driver that belongs to it; on Debian it can install both.
import { ask } from "./command.mjs";
import { browserMajor, findBrowser, findDriver } from "./browser.mjs";
import { StepFailure, runWhenStartedAlone, say } from "./step.mjs";
import { lookAtMachine, needSystemPackages } from "./system-packages.mjs";

const STEP = "browser";
const OTHERWISE = "Install Google Chrome or Chromium, run `npx playwright install chromium`, or set CHROME_PATH to the browser's program.";

/** @returns {Promise<{ browser: string, driver: string | undefined }>} */
export async function setupBrowser() {
  if (!findBrowser()) await needSystemPackages(STEP, ["chromium", "chromium-driver"], OTHERWISE);
  const browser = findBrowser();
  if (!browser) throw new StepFailure("no Chrome or Chromium was found", { remedy: OTHERWISE });

  let driver = findDriver(browser);
  if (!driver && lookAtMachine().isDebian && isDebiansChromium(browser)) {
    await needSystemPackages(STEP, ["chromium-driver"], OTHERWISE);
    driver = findDriver(browser);
  }
  const version = browserMajor(browser);
  const about = `${browser}${version ? ` (${version})` : ""}`;
  say(STEP, driver ? `${about}, driver ${driver}` : `${about}; no driver of its version was found, wasm-pack will download one`);
  return { browser, driver };
}

function isDebiansChromium(path) {
  return path === "/usr/bin/chromium" && ask("dpkg-query", ["-W", "chromium"]).ok;
}

await runWhenStartedAlone(import.meta.url, setupBrowser);
