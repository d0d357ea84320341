// webdriver.json says how Chromium is started for tests. Where this machine's browser stands, and a profile of its own
// for each run, are added here.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inRepository } from "./repository.mjs";

/** Gives `work` the path of the settings, which vanish after it. */
export async function withWebdriverSettings(browser, work) {
  const folder = await mkdtemp(join(tmpdir(), "hkm-mesh-webdriver-"));
  try {
    const settings = JSON.parse(await readFile(inRepository("webdriver.json"), "utf8"));
    const chrome = settings["goog:chromeOptions"];
    chrome.binary = browser;
    chrome.args.push(`--user-data-dir=${join(folder, "profile")}`);
    const path = join(folder, "webdriver.json");
    await writeFile(path, JSON.stringify(settings));
    return await work(path);
  } finally {
    // The browser may still be writing its last words.
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
