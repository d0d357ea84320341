// Chromium, and the fresh app in it.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { chromium } from "playwright-core";
import { findBrowser } from "../../scripts/browser.mjs";
import { inRepository } from "../../scripts/repository.mjs";

/**
 * @param {import("playwright-core").LaunchOptions} [options] what this test needs otherwise
 * @returns {Promise<import("playwright-core").Browser>} closed when the test is over
 */
export async function openBrowser(test, options = {}) {
  const executablePath = findBrowser();
  if (!executablePath) throw new Error("There is no Chromium or Chrome: install one, or set CHROME_PATH to its program.");
  const flags = JSON.parse(await readFile(inRepository("webdriver.json"), "utf8"))["goog:chromeOptions"].args;
  const browser = await chromium.launch({ executablePath, args: flags.filter((flag) => !flag.startsWith("--headless")), ...options });
  test.after(() => browser.close());
  return browser;
}

/** The app's own Vite, not the repository's. */
export function viteOf(folder) {
  const require = createRequire(join(folder, "index.js"));
  return import(pathToFileURL(require.resolve("vite")).href);
}

/** Opens the app's page, runs a scenario in it and hands back what it found. An error on the console fails it. */
export async function runScenario(browser, origin, scenario, { prepare, allowErrors = false } = {}) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => { if (message.type() === "error" || message.type() === "warning") problems.push(message.text()); });
  page.on("pageerror", (error) => problems.push(String(error)));
  await prepare?.(page);
  try {
    await page.goto(`${origin}/#${scenario}`);
    const outcome = await page.evaluate(() => globalThis.outcome);
    if (!allowErrors && problems.length > 0) throw new Error(`The page complained: ${problems.join("\n")}`);
    return outcome;
  } catch (error) {
    throw new Error(`${error.message}\nThe console says: ${problems.join("\n")}`, { cause: error });
  } finally {
    await context.close();
  }
}

/** The first requests make Vite's development server look for dependencies, and it reloads the page when it finds some late: none of the tests is about that. */
export async function warmUp(browser, origin) {
  const page = await browser.newPage();
  for (const scenario of ["csp", "frames"]) {
    await page.goto(`${origin}/?${scenario}#${scenario}`);
    await page.waitForLoadState("networkidle");
  }
  await page.close();
}
