// Planted keys are searched for wherever the page leaves traces, over the flows that handle keys.
/* global caches, document, history, indexedDB -- of the page that the test drives */
import assert from "node:assert/strict";
import { test } from "node:test";
import { watchForKeys } from "../servers/planted-key.mjs";
import { GOOD_GEMINI_KEY, startGeminiSimulator } from "../simulator/gemini.mjs";
import { startOpenAISimulator } from "../simulator/openai.mjs";
import { GOOD_OPENROUTER_KEY, startOpenRouterSimulator } from "../simulator/openrouter.mjs";
import { arrive, openLab } from "./lab.mjs";

const HELD = "sk-planted-held-0123456789abcdef";
const TRIED = "sk-planted-tried-\"quoted\"-0123456789";
const BY_FUNCTION = "sk-planted-function-0123456789";

test("planted keys", async (suite) => {
  const { visit } = await openLab(suite);

  await suite.test("the search finds a key in every place that it looks into, in whatever form", async (t) => {
    const key = "sk-planted-to-be-found/+\"0123";
    const places = {
      "localStorage": (word) => { localStorage.setItem("a", `x${word}`); },
      "sessionStorage": (word) => { sessionStorage.setItem(word, "a"); },
      "IndexedDB": (word) => new Promise((resolve) => {
        const request = indexedDB.open("found", 1);
        request.onupgradeneeded = () => request.result.createObjectStore("store").put({ deep: [new TextEncoder().encode(`ab${word}`)] }, 1);
        request.onsuccess = () => { request.result.close(); resolve(); };
      }),
      "console": (word) => { console.info({ word }, word); },
      "uncaught error": (word) => { setTimeout(() => { throw new Error(word); }, 0); },
      "request address": (word) => fetch(`/nothing?key=${encodeURIComponent(word)}`),
      "request body": (word) => fetch("/nothing", { method: "POST", body: btoa(`abc${word}`) }).catch(() => undefined),
      "request header": (word) => fetch("/nothing", { headers: { "x-other": word } }),
      "address": (word) => { history.replaceState(null, "", `/?scenario=lab#${encodeURIComponent(word)}`); },
      "history": (word) => { history.replaceState({ word }, "", "/?scenario=lab"); },
      "cookie": (word) => { document.cookie = `a=${encodeURIComponent(word)}`; },
      "cache": async (word) => { await (await caches.open("found")).put("/a", new Response(`x${word}`)); },
      "window.name": (word) => { globalThis.name = word; },
    };
    for (const [place, plant] of Object.entries(places)) {
      const { context, page } = await visit(t);
      const watch = watchForKeys(context, [key]);
      await watch.look(page);
      assert.deepEqual(await watch.found(), [], `before ${place}`);
      await page.evaluate(plant, key);
      await page.waitForTimeout(50);
      await watch.look(page);
      const found = await watch.found();
      assert.ok(found.some((one) => one.startsWith(place)), `${place}: ${found.join(", ")}`);
    }
    const { context } = await visit(t);
    for (const value of [key, { a: [key] }, new Error(key), { [key]: 1 }, new Error("a", { cause: { b: key } }), `Basic ${Buffer.from(`:${key}`).toString("base64")}`]) {
      const watch = watchForKeys(context, [key]);
      watch.add("value", { value });
      assert.equal((await watch.found()).length > 0, true, String(value));
    }
    assert.throws(() => watchForKeys(context, ["short"]), /too short/);
  });

  await suite.test("set, remembered, used, refused, quoted, tried and removed, no key shows anywhere", async (t) => {
    const [simulator, openrouter, gemini] = await Promise.all([startOpenAISimulator({ apiKey: HELD }), startOpenRouterSimulator(), startGeminiSimulator()]);
    t.after(() => Promise.all([simulator, openrouter, gemini].map((one) => one.close())));
    const keys = [HELD, TRIED, BY_FUNCTION, GOOD_OPENROUTER_KEY, GOOD_GEMINI_KEY];
    const { context, page } = await visit(t);
    const watch = watchForKeys(context, keys);
    // A server that quotes the key which it refuses.
    await context.route("**/quoting/v1/**", async (route) => {
      const { authorization = "" } = await route.request().allHeaders();
      const headers = { "access-control-allow-origin": "*" };
      if (route.request().url().endsWith("/models")) await route.fulfill({ headers, json: { object: "list", data: [{ id: "a", object: "model" }] } });
      else await route.fulfill({ status: 401, headers, json: { error: { message: `Incorrect API key provided: ${authorization}`, type: "invalid_request_error" } } });
    });
    const flow = () => page.evaluate(async ({ url, clouds, keys: [held, tried, byFunction, ofOpenRouter, ofGemini] }) => {
      const { createMesh, MeshError } = globalThis.hkm;
      const server = (path, more = {}) => ({ kind: "openai", endpoint: `${url}${path}/v1`, ...more });
      const mesh = createMesh({ name: "planted", policy: { fallback: false }, providers: { ollama: { disabled: true }, comfyui: { disabled: true }, lan: server(""), quoting: server("/quoting"), asking: server("/quoting", { apiKey: async () => byFunction }), ...clouds } });
      const told = [];
      const tell = (what, value) => { told.push([what, value]); console.log(what, JSON.stringify(value)); };
      const attempt = async (what, action) => {
        try {
          tell(what, await action());
        } catch (error) {
          console.warn(error);
          tell(what, MeshError.isInstance(error) ? { json: error.toJSON(), text: `${error} ${error.stack} ${error.cause}` } : String(error));
        }
      };
      const generate = (what, model) => attempt(what, async () => {
        const generation = mesh.generate({ prompt: "hi", model });
        const events = [];
        for await (const event of generation) events.push(event);
        return { events, result: await generation.result };
      });
      await mesh.ready;
      const before = mesh.keys.has("lan");
      await attempt("set", () => mesh.keys.set("lan", held, { persist: true }));
      await attempt("set", () => mesh.keys.set("quoting", held));
      await generate("generate", "lan/simulator");
      await generate("refused", "quoting/a");
      await generate("refused", "asking/a");
      await attempt("set", () => mesh.keys.set("openrouter", ofOpenRouter, { persist: true }));
      await attempt("set", () => mesh.keys.set("gemini", ofGemini, { persist: true }));
      await generate("generate", "openrouter/simulator/text");
      await generate("generate", "gemini/gemini-simulator-flash");
      for (const provider of ["lan", "openrouter", "gemini"]) await attempt("check", () => mesh.keys.check(provider));
      for (const provider of ["openrouter", "gemini", "nobody"]) await attempt("check", () => mesh.keys.check(provider, tried));
      await attempt("discover", () => mesh.discover());
      await attempt("diagnose", () => mesh.diagnose("lan"));
      await attempt("embed", () => mesh.embed(["a"], { model: "quoting/a" }));
      await attempt("invalid", () => mesh.keys.set("lan", 3));
      mesh.register({ name: "mine", locality: "page", models: async () => [{ id: "m", type: "text" }], generate: () => { throw new Error(`no ${held} and no ${byFunction}`); } });
      await generate("custom", "mine/m");
      for (const list of ["models", "health", "queue"]) tell(list, mesh[list].get());
      await attempt("route", async () => mesh.explain(mesh.route({ prompt: "hi" })));
      globalThis.planted = mesh;
      return { before, told };
    }, { url: simulator.url, clouds: { openrouter: { endpoint: openrouter.apiUrl }, gemini: { endpoint: gemini.apiUrl } }, keys });

    const first = await flow();
    watch.add("told", first.told);
    const outcome = (name) => first.told.filter(([what]) => what === name).map(([, value]) => value);
    for (const answer of outcome("generate")) assert.match(answer.result?.text ?? JSON.stringify(answer), /^This is the .* simulator/);
    assert.deepEqual(outcome("refused").map(({ json }) => json?.code), ["invalid-key", "invalid-key"]);
    assert.match(JSON.stringify(outcome("custom")), /no \*\*\* and no \*\*\*/);
    assert.deepEqual(outcome("check").map(({ live, json }) => live ?? json.code), ["valid", "valid", "valid", "invalid", "invalid", "invalid-request"]);
    await watch.look(page);
    await page.evaluate(() => globalThis.planted.close());

    await arrive(page);
    const second = await flow();
    assert.equal(second.before, true, "it was remembered");
    watch.add("told", second.told);
    await page.evaluate(async () => { await globalThis.planted.keys.remove("lan"); await globalThis.planted.close(); });
    await watch.look(page);
    assert.deepEqual(await watch.found(), []);
    assert.ok(watch.count > 300, `${watch.count} traces`);
    // Where they belong they were.
    const told = (one, header) => one.requests.map(({ headers }) => headers[header]);
    assert.ok(told(simulator, "authorization").includes(`Bearer ${HELD}`));
    assert.ok(told(openrouter, "authorization").includes(`Bearer ${GOOD_OPENROUTER_KEY}`));
    assert.ok(told(gemini, "x-goog-api-key").includes(GOOD_GEMINI_KEY));
    assert.deepEqual([openrouter, gemini].flatMap(({ requests }) => requests.flatMap(({ leaks }) => leaks)), []);
  });

  await suite.test("from a sign-in, neither the key nor, when it is over, the verifier", async (t) => {
    const simulator = await startOpenRouterSimulator();
    t.after(() => simulator.close());
    const { context, page } = await visit(t);
    await page.evaluate((authUrl) => { void globalThis.signIn.startSignIn({ authUrl, callbackUrl: "/?scenario=lab" }); }, `${simulator.url}/auth`);
    await page.waitForURL(`${simulator.url}/auth**`);
    await page.click("#allow");
    await page.waitForURL("**/?scenario=lab**");
    await page.evaluate(() => globalThis.outcome);
    const verifier = await page.evaluate(() => JSON.parse(Object.values(sessionStorage)[0]).verifier);
    const key = "sk-or-v1-simulator-signed-in-1";
    const watch = watchForKeys(context, [key]);
    const stored = watchForKeys(context, [verifier]);
    const told = await page.evaluate(async (apiUrl) => {
      const mesh = globalThis.hkm.createMesh({ name: "signed-in", providers: { ollama: { disabled: true }, comfyui: { disabled: true } } });
      const isSignedIn = await globalThis.signIn.finishSignIn(mesh, { apiUrl, persist: true });
      await mesh.close();
      return { isSignedIn };
    }, simulator.apiUrl);
    assert.deepEqual(told, { isSignedIn: true });
    await watch.look(page);
    assert.deepEqual(await watch.found(), []);
    await stored.look(page);
    // The exchange carries it, and nothing keeps it.
    assert.deepEqual(await stored.found(), [`request body to ${simulator.apiUrl}/auth/keys`]);
    assert.deepEqual(simulator.requests.flatMap(({ leaks }) => leaks), []);
  });
});
