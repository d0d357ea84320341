// An answer whose page goes away in the middle of it: reloaded, closed or killed, in Chromium, against a server that is written
// here. What was shown is written down by the page itself, in its last moment and not by the package.
/* global indexedDB, PageTransitionEvent -- of the page that the test drives */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { arrive, openLab } from "./lab.mjs";

/** What the server says to every question: no two pieces of it are alike. */
const WHOLE = Array.from({ length: 1_500 }, (_, index) => `w${index.toString(36)} `).join("") + "end.";
const PROMPT = "planted prompt";

/** Long texts are compared where they differ. */
function sameText(found, wanted) {
  let at = 0;
  while (at < found.length && found[at] === wanted[at]) at += 1;
  assert.deepEqual([found.length, found.slice(at, at + 30)], [wanted.length, wanted.slice(at, at + 30)], `letter ${at}`);
}

/** A server with OpenAI's API that says a word at a time, and goes on where an assistant's last message ends. */
async function startServer(suite) {
  const state = { isPaused: false, requests: [], open: 0 };
  const server = createServer(async (request, response) => {
    const headers = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*" };
    if (request.method === "OPTIONS") return response.writeHead(204, headers).end();
    if (request.url.endsWith("/models")) return response.writeHead(200, { ...headers, "Content-Type": "application/json" }).end(JSON.stringify({ object: "list", data: [{ id: "m", object: "model" }] }));
    const { messages } = JSON.parse(Buffer.concat(await request.toArray()).toString());
    state.requests.push(messages);
    state.open += 1;
    response.on("close", () => { state.open -= 1; });
    const last = messages.at(-1);
    let at = last.role === "assistant" && WHOLE.startsWith(last.content) ? last.content.length : 0;
    const piece = (delta, finish_reason = null) => `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
    response.writeHead(200, { ...headers, "Content-Type": "text/event-stream" });
    const timer = setInterval(() => {
      if (state.isPaused) return;
      if (at >= WHOLE.length) {
        clearInterval(timer);
        response.end(`${piece({}, "stop")}data: [DONE]\n\n`);
        return;
      }
      // Not always whole words.
      const words = WHOLE.slice(at, at + 3 + (at % 5));
      at += words.length;
      response.write(piece({ content: words }));
    }, 2);
    response.on("close", () => { clearInterval(timer); });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  suite.after(() => { server.closeAllConnections(); server.close(); });
  return { url: `http://127.0.0.1:${server.address().port}/v1`, state };
}

test("reload", async (suite) => {
  const { visit } = await openLab(suite, { launch: { ignoreDefaultArgs: ["--disable-back-forward-cache"] } });
  const { url, state: server } = await startServer(suite);

  const open = (page, options = {}) => page.evaluate(([endpoint, more]) => {
    globalThis.mesh ??= globalThis.hkm.createMesh({ name: "kept", providers: { ollama: { disabled: true }, comfyui: { disabled: true }, lan: { kind: "openai", endpoint } }, ...more });
    globalThis.shown = "";
    globalThis.read = (generation) => {
      globalThis.running = generation;
      globalThis.addEventListener("pagehide", () => { globalThis.sessionStorage.setItem("witness", globalThis.shown); });
      void (async () => {
        try {
          for await (const event of generation) {
            if (event.type === "text-delta") globalThis.shown += event.text;
            if (event.type === "restart") globalThis.shown = "";
          }
        } catch (error) { globalThis.failure = { code: error.code, message: error.message, partial: error.partial?.text }; }
        globalThis.isOver = true;
      })();
    };
  }, [url, options]);
  const ask = async (page, request = {}) => {
    await open(page);
    await page.evaluate(([prompt, more]) => { globalThis.read(globalThis.mesh.generate({ id: "answer", prompt, ...more })); }, [PROMPT, request]);
  };
  const resume = async (page, id = "answer") => {
    await open(page);
    await page.evaluate((it) => { globalThis.read(globalThis.mesh.resume(it)); }, id);
  };
  const pending = async (page) => {
    await open(page);
    return page.evaluate(async () => (await globalThis.mesh.pending()).map(({ id, text, model, at }) => ({ id, text, model, isOfToday: Math.abs(Date.now() - at) < 3_600_000 })));
  };
  const hasShown = (page, length) => page.waitForFunction((least) => globalThis.shown.length >= least, length);
  /** Whether a model is chosen: before, it is looked whether the answer is kept, and there is nothing yet to go on with. */
  const hasBegun = (page) => page.waitForFunction(() => globalThis.mesh.queue.get().some(({ model }) => model));
  const over = async (page) => {
    await page.waitForFunction(() => globalThis.isOver);
    return page.evaluate(() => ({ shown: globalThis.shown, failure: globalThis.failure }));
  };
  /** It is all there, once. */
  const whole = ({ shown, failure }) => {
    assert.equal(failure, undefined);
    sameText(shown, WHOLE);
  };
  const witness = (page) => page.evaluate(() => globalThis.sessionStorage.getItem("witness"));
  const another = async ({ context, page }) => {
    const tab = await context.newPage();
    await arrive(tab, page.url());
    return tab;
  };
  /** Everything that lies in the browser, as text. */
  const kept = (page) => page.evaluate(async () => {
    const done = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
    const database = await done(indexedDB.open("kept"));
    const transaction = database.transaction(["records", "journal"]);
    const records = (await done(transaction.objectStore("records").getAll())).map(({ bytes }) => new TextDecoder().decode(bytes));
    const pages = (await done(transaction.objectStore("journal").getAll())).map(({ bytes }) => new TextDecoder().decode(bytes));
    database.close();
    return { records, pages, local: Object.keys(localStorage).map((key) => localStorage.getItem(key)) };
  });
  const keptUntil = async (page, isIt) => {
    for (;;) {
      const found = await kept(page);
      if (isIt(found)) return found;
      await page.evaluate(() => new Promise((resolve) => { setTimeout(resolve); }));
    }
  };
  const nothing = ({ pages, local }) => pages.length === 0 && local.length === 0;

  await suite.test("an answer that is cut off by twelve reloads comes whole: no shown letter is lost and none comes twice", async (t) => {
    const { page } = await visit(t);
    await open(page);
    await page.evaluate(() => globalThis.mesh.ready);
    await ask(page);
    for (let round = 1; round <= 12; round += 1) {
      // The first reloads come before anything was kept, and before anything was said.
      await (round === 1 ? hasBegun(page) : hasShown(page, (round - 1) * 450 - (round % 3) * 50));
      await arrive(page);
      const shown = await witness(page);
      const found = await pending(page);
      assert.deepEqual(found.map(({ id, isOfToday }) => ({ id, isOfToday })), [{ id: "answer", isOfToday: true }], `reload ${round}`);
      sameText(found[0].text, shown);
      if (shown !== "") assert.equal(found[0].model, "lan/m");
      await resume(page);
    }
    const outcome = await over(page);
    whole(outcome);
    const { text, ...receipt } = await page.evaluate(async () => { const { text: said, receipt: { id, attempts } } = await globalThis.running.result; return { text: said, id, attempts: attempts.length }; });
    sameText(text, WHOLE);
    assert.deepEqual(receipt, { id: "answer", attempts: 1 });
    assert.deepEqual(await pending(page), []);
    await keptUntil(page, nothing);
  });

  await suite.test("a tab that is closed leaves its answer to the next one", async (t) => {
    const visitor = await visit(t);
    const tab = await another(visitor);
    await ask(tab);
    await hasShown(tab, 300);
    const before = await tab.evaluate(() => globalThis.shown);
    await tab.close({ runBeforeUnload: true });
    while (server.open > 0) await visitor.page.evaluate(() => new Promise((resolve) => { setTimeout(resolve); }));
    const [{ text }] = await pending(visitor.page);
    assert.ok(text.startsWith(before) && WHOLE.startsWith(text), text.slice(-40));
    await resume(visitor.page);
    whole(await over(visitor.page));
  });

  await suite.test("a tab that is killed loses what it did not write down yet, and nothing else", async (t) => {
    t.after(() => { server.isPaused = false; });
    const visitor = await visit(t);
    const tab = await another(visitor);
    await ask(tab);
    await hasShown(tab, 300);
    server.isPaused = true;
    const written = await tab.evaluate(() => globalThis.shown);
    const reaches = (page) => { const [from, words] = JSON.parse(page).text; return from + words.length >= written.length; };
    await keptUntil(visitor.page, ({ pages }) => pages.some(reaches));
    assert.deepEqual(await pending(visitor.page), [], "while it lives it is not pending");
    server.isPaused = false;
    await hasShown(tab, written.length + 10);
    const browser = await visitor.context.newCDPSession(tab);
    const crashed = tab.waitForEvent("crash");
    void browser.send("Page.crash").catch(() => undefined);
    await crashed;
    let found = [];
    while (found.length === 0) found = await pending(visitor.page);
    const [{ text }] = found;
    assert.ok(text.startsWith(written) && WHOLE.startsWith(text), text.slice(-40));
    await resume(visitor.page);
    whole(await over(visitor.page));
    await keptUntil(visitor.page, nothing);
  });

  await suite.test("two tabs that go on with one answer ask once: the other is told so", async (t) => {
    const visitor = await visit(t);
    await ask(visitor.page);
    await hasShown(visitor.page, 200);
    await arrive(visitor.page);
    const tab = await another(visitor);
    const asked = server.requests.length;
    await Promise.all([resume(visitor.page), resume(tab)]);
    const outcomes = await Promise.all([over(visitor.page), over(tab)]);
    const [written, refused] = outcomes[0].failure ? outcomes.toReversed() : outcomes;
    whole(written);
    assert.deepEqual([refused.shown, refused.failure.code], ["", "invalid-request"]);
    assert.equal(server.requests.length, asked + 1);
    // The same in one tab is one generation.
    await ask(visitor.page, { id: "again" });
    await hasShown(visitor.page, 100);
    await arrive(visitor.page);
    await open(visitor.page);
    assert.equal(await visitor.page.evaluate(() => { const one = globalThis.mesh.resume("again"); const same = one === globalThis.mesh.resume("again"); one.cancel(); return same; }), true);
  });

  await suite.test("what is discarded or cancelled is forgotten, and what is not known is refused", async (t) => {
    const { page } = await visit(t);
    await ask(page);
    await hasShown(page, 200);
    await arrive(page);
    await open(page);
    await page.evaluate(async () => { const [entry] = await globalThis.mesh.pending(); await entry.discard(); });
    assert.deepEqual(await pending(page), []);
    await resume(page);
    const { shown, failure } = await over(page);
    assert.deepEqual([shown, failure.code], ["", "invalid-request"]);
    assert.match(failure.message, /answer/);

    await page.evaluate(() => { globalThis.isOver = false; });
    await ask(page, { id: "other" });
    await hasShown(page, 300);
    await keptUntil(page, ({ pages }) => pages.length > 0);
    await page.evaluate(() => { globalThis.running.cancel(); });
    await keptUntil(page, nothing);
  });

  await suite.test("what has to stay on this machine is never written down, and what may leave is, without keys", async (t) => {
    const { page } = await visit(t);
    await ask(page, { policy: { stayWithin: "device" } });
    await hasShown(page, 1_500);
    await page.evaluate(() => { globalThis.dispatchEvent(new PageTransitionEvent("pagehide")); });
    const left = await kept(page);
    assert.ok(nothing(left) && !JSON.stringify(left).includes(PROMPT));
    await arrive(page);
    assert.deepEqual(await pending(page), []);

    await page.evaluate(() => globalThis.mesh.keys.set("lan", "planted-key"));
    await ask(page, { id: "open" });
    await hasShown(page, 1_000);
    const found = await keptUntil(page, ({ pages }) => pages.length > 1);
    const all = JSON.stringify(found);
    assert.ok(all.includes(PROMPT) && !all.includes("planted-key"));
    // Each piece of the answer lies there once.
    const written = found.pages.map((one) => JSON.parse(one).text);
    const text = written.map(([, words]) => words).join("");
    sameText(text, WHOLE.slice(0, text.length));
  });

  await suite.test("in memory nothing is kept, and without IndexedDB answers come all the same", async (t) => {
    const { page } = await visit(t);
    await open(page, { storage: "memory" });
    await ask(page);
    await hasShown(page, 1_500);
    await arrive(page);
    await open(page, { storage: "memory" });
    assert.deepEqual(await pending(page), []);
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);

    const { page: bare } = await visit(t, (context) => context.addInitScript(() => { Object.defineProperty(globalThis, "indexedDB", { value: undefined }); }));
    await ask(bare);
    whole(await over(bare));
    assert.deepEqual(await pending(bare), []);
  });
});
