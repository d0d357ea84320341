// Answers that are given without asking anybody, in real Chromium with its IndexedDB, locks and channels: from memory, from
// the disk, and from another tab that is just being answered.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { arrive, openLab } from "./lab.mjs";

/** A server with OpenAI's API that says what the test wants, when it wants it. */
async function startServer(suite) {
  /** @type {{ body: object, say(words: string): void, end(): void, isOver: boolean }[]} */
  const asked = [];
  const server = createServer(async (request, response) => {
    const headers = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*" };
    if (request.method === "OPTIONS") return response.writeHead(204, headers).end();
    if (request.url.endsWith("/models")) return response.writeHead(200, { ...headers, "Content-Type": "application/json" }).end('{"object":"list","data":[{"id":"m","object":"model"}]}');
    let body = "";
    for await (const chunk of request) body += chunk;
    const piece = (delta, finish_reason = null) => `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
    response.writeHead(200, { ...headers, "Content-Type": "text/event-stream" });
    const one = {
      body: JSON.parse(body),
      isOver: false,
      say: (words) => void response.write(piece({ content: words })),
      end: () => void response.end(`${piece({}, "stop")}data: [DONE]\n\n`),
    };
    response.on("close", () => { one.isOver = true; });
    asked.push(one);
    server.emit("asked");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  suite.after(() => { server.closeAllConnections(); server.close(); });
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    asked,
    /** The request of this number, counted from 0, when it comes. */
    async request(number) {
      while (asked.length <= number) await once(server, "asked");
      return asked[number];
    },
  };
}

/** Makes the page's mesh. */
const open = (page, endpoint, options = {}) => page.evaluate(async ({ endpoint, options }) => {
  const off = { disabled: true };
  globalThis.mesh ??= globalThis.hkm.createMesh({ name: "answers", providers: { ollama: off, comfyui: off, lan: { kind: "openai", endpoint, locality: "cloud" } }, ...options });
  await globalThis.mesh.discover();
}, { endpoint, options });

/** Begins to ask, and keeps in the page what is said: `globalThis.said[name]`. */
const begin = (page, name, request) => page.evaluate(({ name, request }) => {
  const one = { text: "", restarts: 0 };
  (globalThis.said ??= {})[name] = one;
  const generation = globalThis.mesh.generate(request);
  one.cancel = () => generation.cancel();
  void (async () => {
    try {
      for await (const event of generation) {
        if (event.type === "text-delta") one.text += event.text;
        if (event.type === "restart") { one.restarts += 1; one.text = ""; }
      }
      const { text, receipt } = await generation.result;
      one.end = { text, cached: receipt.cached, joined: receipt.joined, cost: receipt.cost, calls: receipt.attempts.length, cacheKey: receipt.cacheKey };
    } catch (error) {
      one.end = { code: error.code ?? error.name };
    }
  })();
}, { name, request });
const saidUntil = (page, name, text) => page.waitForFunction(({ name, text }) => globalThis.said[name].text === text, { name, text }, { timeout: 20_000 });
const ended = async (page, name) => {
  await page.waitForFunction((name) => globalThis.said[name].end !== undefined, name, { timeout: 20_000 });
  return page.evaluate((name) => ({ shown: globalThis.said[name].text, restarts: globalThis.said[name].restarts, ...globalThis.said[name].end }), name);
};
const ask = async (page, name, request) => {
  await begin(page, name, request);
  return ended(page, name);
};

test("answers that are kept", async (suite) => {
  const { visit } = await openLab(suite);
  const answered = async (server, number, text) => {
    const request = await server.request(number);
    request.say(text);
    request.end();
  };
  const another = async ({ context, page }, server) => {
    const tab = await context.newPage();
    await arrive(tab, page.url());
    await open(tab, server.url);
    return tab;
  };

  await suite.test("the same question is answered from memory, after a reload from the disk, and asked again when that is wanted", async (t) => {
    const server = await startServer(t);
    const { page } = await visit(t);
    await open(page, server.url);
    await begin(page, "a", { prompt: "Why is the sky blue?" });
    await answered(server, 0, "Light scatters.");
    const first = await ended(page, "a");
    assert.deepEqual([first.text, first.cached, first.calls], ["Light scatters.", false, 1]);
    const second = await ask(page, "b", { messages: [{ role: "user", content: " Why is the sky blue?\r\n" }] });
    assert.deepEqual([second.text, second.shown, second.cached, second.calls, second.cost], ["Light scatters.", "Light scatters.", "memory", 0, 0]);
    assert.match(second.cacheKey, /^[0-9a-f]{32}$/);
    // Stats read the disk after what was written before.
    assert.deepEqual(await page.evaluate(async () => { const { entries, memoryHits, misses, hitRate } = await globalThis.mesh.cache.stats(); return { entries, memoryHits, misses, hitRate }; }), { entries: 1, memoryHits: 1, misses: 1, hitRate: 0.5 });

    await arrive(page);
    await open(page, server.url);
    const third = await ask(page, "c", { prompt: "Why is the sky blue?" });
    assert.deepEqual([third.text, third.cached], ["Light scatters.", "disk"]);
    await begin(page, "d", { prompt: "Why is the sky blue?", cache: "refresh" });
    await answered(server, 1, "Air scatters light.");
    assert.equal((await ended(page, "d")).cached, false);
    assert.equal((await ask(page, "e", { prompt: "Why is the sky blue?" })).text, "Air scatters light.");

    assert.deepEqual(await page.evaluate((key) => Promise.all([globalThis.mesh.cache.delete(key), globalThis.mesh.cache.delete("nonsense")]), third.cacheKey), [true, false]);
    assert.equal((await page.evaluate(() => globalThis.mesh.cache.stats())).entries, 0);
    await begin(page, "f", { prompt: "Why is the sky blue?" });
    await answered(server, 2, "Once more.");
    await ended(page, "f");
    await page.evaluate(() => globalThis.mesh.cache.clear());
    await arrive(page);
    await open(page, server.url);
    await begin(page, "g", { prompt: "Why is the sky blue?" });
    await answered(server, 3, "And again.");
    assert.equal((await ended(page, "g")).text, "And again.");
  });

  await suite.test("a file counts by its content, however it is given", async (t) => {
    const server = await startServer(t);
    const { page } = await visit(t);
    await open(page, server.url);
    const about = (name, form) => page.evaluate(async ({ name, form }) => {
      const bytes = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3, form === "other" ? 5 : 4]);
      const base64 = btoa(String.fromCharCode(...bytes));
      const forms = {
        blob: new Blob([bytes], { type: "image/png" }), untyped: new Blob([bytes]), other: new Blob([bytes]),
        bytes: { mediaType: "image/png", data: bytes }, base64: { mediaType: "image/png", data: base64 }, url: { mediaType: "image/png", data: `data:image/png;base64,${base64}` },
      };
      const { text, receipt } = await globalThis.mesh.generate({ prompt: "What is it?", files: [forms[form]], model: "lan/m" }).result;
      return { text, cached: receipt.cached, name };
    }, { name, form });
    const first = about("a", "blob");
    await answered(server, 0, "A picture.");
    assert.equal((await first).cached, false);
    for (const form of ["untyped", "bytes", "base64", "url"]) assert.deepEqual(await about("b", form), { text: "A picture.", cached: "memory", name: "b" }, form);
    const other = about("c", "other");
    await answered(server, 1, "Another.");
    assert.equal((await other).text, "Another.");
  });

  await suite.test("what had to stay near never reaches the disk, and no record holds a word of it", async (t) => {
    const server = await startServer(t);
    const { page } = await visit(t);
    await open(page, server.url, { providers: { ollama: { disabled: true }, comfyui: { disabled: true }, lan: { kind: "openai", endpoint: server.url } } });
    await begin(page, "a", { prompt: "My salary?", policy: "privacy" });
    await answered(server, 0, "Ninety thousand and one.");
    await ended(page, "a");
    const second = await ask(page, "b", { prompt: "My salary?", policy: "privacy" });
    assert.deepEqual([second.text, second.cached, second.cacheKey], ["Ninety thousand and one.", "memory", undefined]);
    await page.evaluate(() => globalThis.mesh.close());
    const stored = await page.evaluate(async () => {
      const done = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
      const database = await done(globalThis.indexedDB.open("answers"));
      const texts = await Promise.all([...database.objectStoreNames].map(async (name) => {
        const store = database.transaction(name).objectStore(name);
        const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
        return [name, ...keys, ...values.map(({ bytes }) => new TextDecoder().decode(bytes))].join(" ");
      }));
      database.close();
      return texts.join("\n");
    });
    assert.match(stored, /catalogue/);
    assert.doesNotMatch(stored, /salary|Ninety/);
    assert.match(stored, /^answers$/m, "the shelf is there and empty");
  });

  /** Three tabs of one visitor, each with its mesh. */
  const threeTabs = async (t, server) => {
    const visitor = await visit(t);
    await open(visitor.page, server.url);
    return [visitor.page, await another(visitor, server), await another(visitor, server)];
  };

  await suite.test("three tabs ask once and read along; when it is over the disk has it", async (t) => {
    const server = await startServer(t);
    const tabs = await threeTabs(t, server);
    const request = { prompt: "Tell me about light." };
    await begin(tabs[0], "a", request);
    const asked = await server.request(0);
    asked.say("Light ");
    await saidUntil(tabs[0], "a", "Light ");
    await begin(tabs[1], "a", request);
    await saidUntil(tabs[1], "a", "Light ");
    asked.say("is a ");
    await begin(tabs[2], "a", request);
    for (const tab of tabs) await saidUntil(tab, "a", "Light is a ");
    asked.say("wave.");
    for (const tab of tabs) await saidUntil(tab, "a", "Light is a wave.");
    asked.end();
    const ends = await Promise.all(tabs.map((tab) => ended(tab, "a")));
    assert.deepEqual(ends.map(({ text }) => text), Array.from(tabs, () => "Light is a wave."));
    assert.deepEqual(ends.map(({ joined }) => joined), [undefined, true, true]);
    assert.deepEqual(ends.map(({ restarts }) => restarts), [0, 0, 0]);
    assert.equal(server.asked.length, 1, "one upstream call");
    assert.equal((await ask(tabs[2], "b", request)).text, "Light is a wave.");
    assert.equal(server.asked.length, 1);
    assert.deepEqual(await tabs[0].evaluate(async () => (await globalThis.navigator.locks.query()).held.filter(({ name }) => name.includes("/answer/"))), []);
  });

  await suite.test("when the tab that asked is closed half-way, another begins again and the third listens to it", async (t) => {
    const server = await startServer(t);
    const tabs = await threeTabs(t, server);
    const request = { prompt: "Tell me about light." };
    await begin(tabs[0], "a", request);
    (await server.request(0)).say("Light ");
    for (const tab of tabs.slice(1)) {
      await begin(tab, "a", request);
      await saidUntil(tab, "a", "Light ");
    }
    await tabs[0].close();
    const again = await server.request(1);
    again.say("Light, ");
    again.say("once more.");
    for (const tab of tabs.slice(1)) await saidUntil(tab, "a", "Light, once more.");
    again.end();
    const ends = await Promise.all(tabs.slice(1).map((tab) => ended(tab, "a")));
    assert.deepEqual(ends.map(({ text, shown }) => [text, shown]), [["Light, once more.", "Light, once more."], ["Light, once more.", "Light, once more."]]);
    assert.deepEqual(ends.map(({ joined }) => joined === true).sort(), [false, true]);
    assert.equal(server.asked.length, 2);
  });

  await suite.test("one who leaves stops nobody in this tab or another, and the last one stops it at its server", async (t) => {
    const server = await startServer(t);
    const visitor = await visit(t);
    await open(visitor.page, server.url);
    const tab = await another(visitor, server);
    const request = { prompt: "Tell me about light." };
    await begin(visitor.page, "a", request);
    const asked = await server.request(0);
    await begin(visitor.page, "b", request);
    await begin(tab, "c", request);
    asked.say("Light ");
    await saidUntil(tab, "c", "Light ");
    const cancel = (page, name) => page.evaluate((name) => globalThis.said[name].cancel(), name);
    await cancel(tab, "c");
    await cancel(visitor.page, "a");
    asked.say("shines.");
    await saidUntil(visitor.page, "b", "Light shines.");
    assert.equal(asked.isOver, false);
    await cancel(visitor.page, "b");
    while (!asked.isOver) await new Promise((resolve) => { setTimeout(resolve, 20); });
    assert.equal(server.asked.length, 1);
  });

  await suite.test("where the disk is full answers come and go on being given from memory", async (t) => {
    const server = await startServer(t);
    const { page } = await visit(t);
    const session = await page.context().newCDPSession(page);
    await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(page.url()).origin, quotaSize: 100_000 });
    await open(page, server.url);
    for (let number = 0; number < 6; number += 1) {
      await begin(page, "a", { prompt: `Question ${number}` });
      await answered(server, number, `${number}: ${"a long answer ".repeat(3_000)}`);
      await ended(page, "a");
    }
    for (let number = 0; number < 6; number += 1) assert.equal((await ask(page, "b", { prompt: `Question ${number}` })).cached, "memory");
    assert.equal(server.asked.length, 6);
  });
});
