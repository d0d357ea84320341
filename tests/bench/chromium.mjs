// A headless Chromium, and what its main thread spent on something.
import { readFile } from "node:fs/promises";
import { chromium } from "playwright-core";
import { findBrowser } from "../../scripts/browser.mjs";
import { inRepository } from "../../scripts/repository.mjs";
import { StepFailure } from "../../scripts/step.mjs";

export async function openChromium() {
  return chromium.launch(await launchOptions());
}

async function launchOptions() {
  const executablePath = findBrowser();
  if (!executablePath) throw new StepFailure("there is no Chromium or Chrome", { remedy: "Install one, or set CHROME_PATH to its program." });
  const flags = JSON.parse(await readFile(inRepository("webdriver.json"), "utf8"))["goog:chromeOptions"].args;
  return { executablePath, args: flags.filter((flag) => !flag.startsWith("--headless")) };
}

const USUAL = "/pages/stage.js";

/** A page of the benchmarks in a context of its own. */
export class Stage {
  #page;
  #cdp;
  #context;
  #browser;
  #problems = [];

  static async open(browser, origin, { modules = USUAL } = {}) {
    return Stage.#in(await browser.newContext(), origin, modules);
  }

  /** In a browser of its own that is started for it, over the storage in this folder. */
  static async start(profile, origin) {
    return Stage.#in(await chromium.launchPersistentContext(profile, await launchOptions()), origin, USUAL);
  }

  static async #in(context, origin, modules) {
    const stage = new Stage();
    stage.#browser = context.browser();
    stage.#context = context;
    stage.#page = await stage.#context.newPage();
    stage.#page.on("pageerror", (error) => stage.#problems.push(String(error)));
    stage.#page.on("console", (message) => { if (message.type() === "error") stage.#problems.push(message.text()); });
    stage.#cdp = await stage.#context.newCDPSession(stage.#page);
    await stage.renew(origin, modules);
    await stage.#cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    await stage.#cdp.send("HeapProfiler.enable");
    return stage;
  }

  /** A page that loaded nothing but this, over the same storage. */
  async renew(origin, modules = USUAL) {
    await this.#page.goto(`${origin}/blank`);
    await this.#page.evaluate((url) => import(url).then(() => undefined), modules);
  }

  /** What the page complained of so far. */
  get problems() {
    return this.#problems;
  }

  get cdp() {
    return this.#cdp;
  }

  /** Calls a function of `globalThis.bench`. */
  async call(name, argument) {
    try {
      return await this.#page.evaluate(([method, given]) => globalThis.bench[method](given), [name, argument]);
    } catch (error) {
      const said = this.#problems.length > 0 ? `\nThe console says: ${this.#problems.join("\n")}` : "";
      throw new Error(`${name}(${JSON.stringify(argument)}): ${error.message}${said}`, { cause: error });
    }
  }

  /**
   * Calls it and takes the main thread's own time for it: what other programs do on the machine is not in it, and
   * neither is what helper threads do (network, compiling WebAssembly, part of collecting garbage).
   * @returns {Promise<{ value: any, cpuMs: number, processMs: number }>}
   */
  async measure(name, argument) {
    await this.#cdp.send("HeapProfiler.collectGarbage");
    const before = await this.#metrics();
    const value = await this.call(name, argument);
    const after = await this.#metrics();
    return { value, cpuMs: (after.ThreadTime - before.ThreadTime) * 1000, processMs: (after.ProcessTime - before.ProcessTime) * 1000 };
  }

  async #metrics() {
    const { metrics } = await this.#cdp.send("Performance.getMetrics");
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  }

  /** The longest task of the page's main thread while it is called, in milliseconds of that thread's own time. */
  async longestTask(name, argument) {
    await this.#cdp.send("HeapProfiler.collectGarbage");
    await this.#browser.startTracing(this.#page, { categories: ["disabled-by-default-devtools.timeline", "devtools.timeline"] });
    await this.call(name, argument);
    const { traceEvents } = JSON.parse(await this.#browser.stopTracing());
    const tasks = new Map();
    for (const { name: of, ph, pid, tid, dur, tdur } of traceEvents) {
      if (of !== "RunTask" || ph !== "X") continue;
      const thread = `${pid}/${tid}`;
      const known = tasks.get(thread) ?? { total: 0, longest: 0 };
      const spent = (tdur ?? dur) / 1000;
      tasks.set(thread, { total: known.total + spent, longest: Math.max(known.longest, spent) });
    }
    const mains = traceEvents.filter((event) => event.name === "thread_name" && event.args.name === "CrRendererMain").map(({ pid, tid }) => tasks.get(`${pid}/${tid}`)).filter(Boolean);
    return Math.max(...mains.map(({ longest }) => longest));
  }

  /** Ends the browser too where it was started for this. */
  async close() {
    await this.#context.close();
  }
}
