// The WebAssembly is found with no plugin and no configuration: in a build, and by the development server, which moves the
// code of dependencies to another folder.
import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openBrowser, runScenario, viteOf, warmUp } from "./browser.mjs";
import { freshCopy } from "./installed-package.mjs";

test("a fresh Vite app", async (suite) => {
  const app = await freshCopy(suite);
  const vite = await viteOf(app);

  await suite.test("built: it streams an answer, and the WebAssembly is one file among the assets", async (t) => {
    await vite.build({ root: app, logLevel: "error" });
    const assets = await readdir(join(app, "dist", "assets"));
    assert.equal(assets.filter((name) => name.endsWith(".wasm")).length, 1, assets.join(" "));
    const { origin } = await preview(t, vite, app);
    const outcome = await runScenario(await openBrowser(t), origin, "stream");
    assert.deepEqual({ ...outcome, wasm: outcome.wasm.length }, { text: "Hello, world", model: "scripted/script", finish: "stop", wasm: 1 });
    assert.match(outcome.wasm[0], /^\/assets\/hkm_mesh_bg-[\w-]+\.wasm$/);
  });

  await suite.test("built for a folder: the address follows", async (t) => {
    await vite.build({ root: app, base: "/some/folder/", outDir: "dist-folder", logLevel: "error", build: { outDir: "dist-folder" } });
    const { origin } = await preview(t, vite, app, { base: "/some/folder/", build: { outDir: "dist-folder" } });
    const outcome = await runScenario(await openBrowser(t), `${origin}/some/folder`, "stream");
    assert.equal(outcome.text, "Hello, world");
  });

  await suite.test("in development, with dependencies pre-bundled anew: it streams an answer", async (t) => {
    await rm(join(app, "node_modules", ".vite"), { recursive: true, force: true });
    const server = await vite.createServer({ root: app, logLevel: "error", server: { port: 0, host: "127.0.0.1" } });
    t.after(() => server.close());
    await server.listen();
    const origin = server.resolvedUrls.local[0].replace(/\/$/, "");
    const browser = await openBrowser(t);
    await warmUp(browser, origin);
    const outcome = await runScenario(browser, origin, "stream");
    assert.equal(outcome.text, "Hello, world");
    const prebundled = await readdir(join(app, "node_modules", ".vite", "deps"));
    assert.ok(prebundled.some((name) => name.startsWith("hkm-mesh")), `it was pre-bundled: ${prebundled.join(" ")}`);
  });

  await suite.test("a WebAssembly that does not load is named, and a later call tries again", async (t) => {
    const { origin } = await preview(t, vite, app);
    const browser = await openBrowser(t);
    const breaks = {
      "404": { status: 404, body: "not here" },
      "text/html": { status: 200, contentType: "text/html", body: "<!doctype html><title>The app</title>" },
      "not the mesh's WebAssembly": { status: 200, contentType: "application/wasm", body: "no wasm at all" },
    };
    for (const [name, answer] of Object.entries(breaks)) {
      let count = 0;
      const outcome = await runScenario(browser, origin, "retry", {
        allowErrors: true,
        prepare: (page) => page.route("**/*.wasm", (route) => (count++ === 0 ? route.fulfill(answer) : route.continue())),
      });
      assert.match(outcome.first.message, new RegExp(name), name);
      assert.ok(outcome.first.hint, name);
      assert.equal(outcome.second, "Hello, world", name);
    }
  });

  await suite.test("a Content-Security-Policy that forbids WebAssembly is named with its remedy", async (t) => {
    const { origin } = await preview(t, vite, app);
    const outcome = await runScenario(await openBrowser(t), origin, "csp", {
      allowErrors: true,
      prepare: (page) => page.route(`${origin}/`, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": "script-src 'self'" } });
      }),
    });
    assert.equal(outcome.code, "blocked-by-browser");
    assert.match(outcome.hint, /'wasm-unsafe-eval'/);
  });

  await suite.test("a server with the wrong MIME type does no harm", async (t) => {
    const { origin } = await preview(t, vite, app);
    const outcome = await runScenario(await openBrowser(t), origin, "stream", {
      prepare: (page) => page.route("**/*.wasm", async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, headers: { ...response.headers(), "content-type": "application/octet-stream" } });
      }),
    });
    assert.equal(outcome.text, "Hello, world");
  });
});

async function preview(t, vite, root, options = {}) {
  const server = await vite.preview({ root, logLevel: "error", preview: { port: 0, host: "127.0.0.1" }, ...options });
  t.after(() => server.close());
  return { origin: new URL(server.resolvedUrls.local[0]).origin };
}
