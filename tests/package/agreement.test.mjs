// Tabs that are open at the same time agree on how providers do, on their models and on remembered keys: real tabs of one
// Chromium, which tell each other over its channels and share its database.
/* global requestAnimationFrame -- of the page that the test drives */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { arrive, openLab } from "./lab.mjs";

const KEY = "sk-agreed-0123456789";

/** A server with OpenAI's API, and what it was asked. `refusal` is what it answers to questions instead. */
async function startServer(t) {
  const state = { models: ["m"], refusal: undefined, asked: [], keys: [] };
  const answer = (request, response) => {
    const headers = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*, Authorization", "Access-Control-Expose-Headers": "Retry-After", "Connection": "close" };
    if (request.method === "OPTIONS") return response.writeHead(204, headers).end();
    request.resume();
    if (request.url.endsWith("/models")) return response.writeHead(200, { ...headers, "Content-Type": "application/json" }).end(JSON.stringify({ object: "list", data: state.models.map((id) => ({ id, object: "model" })) }));
    state.asked.push(request.url);
    state.keys.push(request.headers.authorization);
    if (state.refusal) return response.writeHead(state.refusal.status, { ...headers, ...state.refusal.headers }).end("{}");
    const piece = (delta, finish_reason = null) => `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
    return response.writeHead(200, { ...headers, "Content-Type": "text/event-stream" }).end(`${piece({ content: "an answer" })}${piece({}, "stop")}data: [DONE]\n\n`);
  };
  let server;
  const listen = async (port) => {
    server = createServer(answer).listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  await listen(0);
  const { port } = server.address();
  t.after(() => { server.closeAllConnections(); server.close(); });
  return { url: `http://127.0.0.1:${port}/v1`, state, stop, start: () => listen(port) };
}

/** Makes the page's mesh, which looks at both servers. */
const open = (page, first, second) => page.evaluate(async (providers) => {
  const off = { disabled: true };
  const kinds = Object.fromEntries(Object.entries(providers).map(([name, endpoint]) => [name, { kind: "openai", endpoint }]));
  globalThis.mesh = globalThis.hkm.createMesh({ name: "agreed", cache: false, policy: { prefer: ["first"] }, providers: { ollama: off, comfyui: off, ...kinds } });
  await globalThis.mesh.discover();
  globalThis.told = { health: 0, models: 0 };
  for (const name of ["health", "models"]) globalThis.mesh[name].subscribe(() => { globalThis.told[name] += 1; });
}, { first: first.url, second: second.url });

const first = (page) => page.evaluate(() => globalThis.mesh.health.get().find(({ provider }) => provider === "first"));
const ask = (page, request = {}) => page.evaluate(async (request) => {
  const { receipt } = await globalThis.mesh.generate({ prompt: `Hello ${Math.random()}`, ...request }).result;
  return receipt.attempts.map(({ model, outcome }) => `${model} ${outcome.code}`);
}, request);
const look = (page, provider) => page.evaluate(async (provider) => { await globalThis.mesh.discover({ providers: [provider] }); }, provider);
const untilFirst = (page, wanted) => page.waitForFunction((wanted) => {
  const { state, reason } = globalThis.mesh.health.get().find(({ provider }) => provider === "first");
  return `${state} ${reason?.code ?? ""}`.trim() === wanted;
}, wanted);
const untilModels = (page, ids) => page.waitForFunction((ids) => globalThis.mesh.models.get().filter(({ provider }) => provider === "first").map(({ id }) => id).join() === ids, ids.join());
const untilKey = (page, isThere) => page.waitForFunction((isThere) => globalThis.mesh.keys.has("first") === isThere, isThere);

test("tabs agree", async (suite) => {
  // Pages that were left are kept by browsers; Playwright switches that off.
  const { visit } = await openLab(suite, { launch: { ignoreDefaultArgs: ["--disable-back-forward-cache"] } });

  const another = async ({ context, page }) => {
    const tab = await context.newPage();
    await arrive(tab, page.url());
    return tab;
  };
  /** Tabs of one visitor, each with a mesh over both servers. */
  const tabs = async (t, count) => {
    const servers = [await startServer(t), await startServer(t)];
    const visitor = await visit(t);
    const pages = [visitor.page];
    while (pages.length < count) pages.push(await another(visitor));
    for (const page of pages) await open(page, ...servers);
    return { ...visitor, pages, servers };
  };

  await suite.test("a pause that a server wants of one tab is kept by the others, which are told", async (t) => {
    const { pages: [a, b, c], servers: [server] } = await tabs(t, 3);
    server.state.refusal = { status: 429, headers: { "Retry-After": "600" } };
    assert.deepEqual(await ask(a), ["first/m rate-limited", "second/m ok"]);
    for (const page of [b, c]) {
      await untilFirst(page, "degraded cooling");
      assert.equal((await first(page)).retryAt, (await first(a)).retryAt);
      assert.deepEqual(await ask(page), ["second/m ok"]);
      assert.ok(await page.evaluate(() => globalThis.told.health) > 0);
    }
    assert.equal(server.state.asked.length, 1);
  });

  await suite.test("a server that one tab finds dead is asked by none, and one that it finds well by all; a tab that comes later knows", async (t) => {
    const visitor = await tabs(t, 2);
    const { pages: [a, b], servers } = visitor;
    await servers[0].stop();
    await look(a, "first");
    await untilFirst(b, "down unreachable");
    assert.deepEqual(await ask(b), ["second/m ok"]);
    const late = await another(visitor);
    await late.evaluate(async (providers) => {
      const off = { disabled: true };
      globalThis.mesh = globalThis.hkm.createMesh({ name: "agreed", cache: false, providers: { ollama: off, comfyui: off, first: { kind: "openai", endpoint: providers[0] }, second: { kind: "openai", endpoint: providers[1] } } });
      await globalThis.mesh.ready;
    }, servers.map(({ url }) => url));
    await untilFirst(late, "down unreachable");
    await servers[0].start();
    await look(a, "first");
    for (const page of [b, late]) await untilFirst(page, "up");
    assert.deepEqual(await ask(b), ["first/m ok"]);
  });

  await suite.test("a breaker that opens in one tab opens in all, and a success in one closes it in all", async (t) => {
    const { pages: [a, b], servers: [server] } = await tabs(t, 2);
    server.state.refusal = { status: 503, headers: {} };
    for (let n = 0; n < 5; n += 1) await ask(a);
    const state = () => b.waitForFunction(() => globalThis.mesh.health.get().find(({ provider }) => provider === "first").models[0]?.state === "open");
    await state();
    const before = server.state.asked.length;
    assert.deepEqual(await ask(b), ["second/m ok"]);
    assert.equal(server.state.asked.length, before);
    server.state.refusal = undefined;
    assert.deepEqual(await ask(a, { model: "first/m" }), ["first/m ok"]);
    await b.waitForFunction(() => globalThis.mesh.health.get().find(({ provider }) => provider === "first").models[0].state === "closed");
    assert.deepEqual(await ask(b), ["first/m ok"]);
  });

  await suite.test("a model that one tab finds is there in all, and the record holds what each found", async (t) => {
    const { pages: [a, b], servers } = await tabs(t, 2);
    servers[0].state.models = ["m", "new"];
    await look(a, "first");
    await untilModels(b, ["m", "new"]);
    assert.ok(await b.evaluate(() => globalThis.told.models) > 0);
    servers[1].state.models = ["other"];
    await look(b, "second");
    await a.waitForFunction(() => globalThis.mesh.models.get().some(({ id }) => id === "other"));
    assert.deepEqual(await ask(b, { model: "first/new" }), ["first/new ok"]);
    for (;;) {
      const stored = await a.evaluate(async () => {
        const done = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
        const database = await done(globalThis.indexedDB.open("agreed"));
        const { bytes } = await done(database.transaction("records").objectStore("records").get("catalogue"));
        database.close();
        await new Promise((resolve) => { requestAnimationFrame(resolve); });
        return JSON.parse(new TextDecoder().decode(bytes)).models.map(({ config }) => `${config.provider}/${config.id}`);
      });
      if (stored.join() === "first/m,first/new,second/other") break;
    }
  });

  await suite.test("a key that one tab remembers is used by all, one that it removes by none, and one of its own by itself", async (t) => {
    const { context, page, pages: [a, b], servers: [server] } = await tabs(t, 2);
    const listener = await another({ context, page });
    await listener.evaluate(() => {
      globalThis.heard = [];
      for (const name of ["hkm-mesh/1/agreed", "hkm-mesh/keys/agreed-keys"]) {
        new BroadcastChannel(name).onmessage = ({ data }) => { globalThis.heard.push(data === null ? "keys" : new TextDecoder().decode(data)); };
      }
    });
    const set = (tab, key, persist) => tab.evaluate(([key, persist]) => globalThis.mesh.keys.set("first", key, { persist }), [key, persist]);
    await set(a, KEY, true);
    await untilKey(b, true);
    assert.deepEqual(await ask(b), ["first/m ok"]);
    assert.equal(server.state.keys.at(-1), `Bearer ${KEY}`);
    await set(b, `${KEY}-second`, true);
    for (;;) {
      await ask(a);
      if (server.state.keys.at(-1) === `Bearer ${KEY}-second`) break;
    }
    // One for this visit: the remembered one is out of date, and no other tab gets this one.
    await set(b, `${KEY}-own`, false);
    await untilKey(a, false);
    await ask(b);
    assert.equal(server.state.keys.at(-1), `Bearer ${KEY}-own`);
    await set(a, KEY, true);
    await ask(b);
    assert.equal(server.state.keys.at(-1), `Bearer ${KEY}-own`);
    await b.evaluate(() => globalThis.mesh.keys.remove("first"));
    await untilKey(a, false);
    await ask(a);
    assert.equal(server.state.keys.at(-1), undefined);
    // A page that never opened its mesh may set one, too.
    await listener.evaluate(async ([endpoint, key]) => {
      await globalThis.hkm.createMesh({ name: "agreed", providers: { first: { kind: "openai", endpoint } } }).keys.set("first", key, { persist: true });
    }, [server.url, KEY]);
    for (const tab of [a, b]) await untilKey(tab, true);
    const heard = await listener.evaluate(() => globalThis.heard);
    assert.ok(heard.includes("keys") && heard.some((said) => said.includes("learned")));
    assert.ok(heard.every((said) => !said.includes("sk-") && !said.includes("Hello") && !said.includes("an answer")), heard.join("\n"));
  });

  await suite.test("a page that was left and kept by the browser knows what it missed, and hears again", async (t) => {
    const { pages: [a, b], servers: [server] } = await tabs(t, 2);
    await b.evaluate(() => { globalThis.addEventListener("pageshow", ({ persisted }) => { globalThis.cameBack = persisted; }); });
    await b.goto("about:blank");
    server.state.models = ["new"];
    await look(a, "first");
    await a.evaluate((key) => globalThis.mesh.keys.set("first", key, { persist: true }), KEY);
    await server.stop();
    await look(a, "first");
    await b.goBack({ waitUntil: "commit" });
    assert.equal(await b.evaluate(() => globalThis.cameBack), true, "the same page, not one loaded anew");
    await untilModels(b, ["new"]);
    await untilKey(b, true);
    await untilFirst(b, "down unreachable");
    await server.start();
    await a.evaluate(() => globalThis.mesh.keys.remove("first"));
    await look(a, "first");
    await untilFirst(b, "up");
    await untilKey(b, false);
    assert.deepEqual(await ask(b), ["first/new ok"]);
  });
});
