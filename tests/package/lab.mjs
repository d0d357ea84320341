// A page with the package on it, which a test can drive, leave and come back to.
import { openBrowser, viteOf } from "./browser.mjs";
import { freshCopy } from "./installed-package.mjs";

/** @returns {Promise<{ origin: string, visit: (t: import("node:test").TestContext, prepare?: Function) => Promise<object> }>} the built app */
export async function openLab(suite, { copy = freshCopy, launch } = {}) {
  const app = await copy(suite);
  const vite = await viteOf(app);
  await vite.build({ root: app, logLevel: "error" });
  const server = await vite.preview({ root: app, logLevel: "error", preview: { port: 0, host: "127.0.0.1" } });
  suite.after(() => server.close());
  const { origin } = new URL(server.resolvedUrls.local[0]);
  const browser = await openBrowser(suite, launch);

  /** A visitor with storage of their own; `context` and `page` are Playwright's. */
  async function visit(t, prepare) {
    const context = await browser.newContext();
    t.after(() => context.close());
    await prepare?.(context);
    const page = await context.newPage();
    await arrive(page, `${origin}/?scenario=lab`);
    return { context, page };
  }
  return { origin, visit };
}

/** Loads the lab anew: another visit of the same visitor. */
export async function arrive(page, url) {
  await (url === undefined ? page.reload() : page.goto(url));
  await page.evaluate(() => globalThis.outcome);
}
