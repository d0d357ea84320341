// What a mesh learned and kept, through every fault that a browser's storage can have: answers still come, nothing that was
// stored is lost, and the page is told.
/* global IDBFactory, IDBTransaction, indexedDB, requestAnimationFrame -- of the page that the test drives */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { test } from "node:test";
import { arrive, openLab } from "./lab.mjs";

/** A server with OpenAI's API whose list of models says which one it is: every name carries its number. */
async function startServer(suite) {
  const state = { list: 0, models: 200 };
  const server = createServer((request, response) => {
    const headers = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*", "Connection": "close" };
    if (request.method === "OPTIONS") return response.writeHead(204, headers).end();
    request.resume();
    if (request.url.endsWith("/models")) {
      state.list += 1;
      const data = Array.from({ length: state.models }, (_, index) => ({ id: `list-${state.list}-${index}`, object: "model" }));
      return response.writeHead(200, { ...headers, "Content-Type": "application/json" }).end(JSON.stringify({ object: "list", data }));
    }
    const piece = (delta, finish_reason = null) => `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
    return response.writeHead(200, { ...headers, "Content-Type": "text/event-stream" }).end(`${piece({ content: "an answer" })}${piece({}, "stop")}data: [DONE]\n\n`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  suite.after(() => { server.closeAllConnections(); server.close(); });
  return { url: `http://127.0.0.1:${server.address().port}/v1`, state };
}

test("storage", async (suite) => {
  // Pages that were left are kept by browsers; Playwright switches that off.
  const { origin, visit } = await openLab(suite, { launch: { ignoreDefaultArgs: ["--disable-back-forward-cache"] } });
  const { url, state: server } = await startServer(suite);

  /** Opens the page's mesh, once. */
  const open = (page) => page.evaluate((endpoint) => {
    globalThis.mesh ??= globalThis.hkm.createMesh({ name: "kept", cache: false, providers: { ollama: { disabled: true }, comfyui: { disabled: true }, lan: { kind: "openai", endpoint } } });
  }, url);
  /** Gets an answer; gives the warnings of storage that came with it, and how storage stands. */
  const ask = async (page) => {
    await open(page);
    return page.evaluate(async () => {
      const generation = globalThis.mesh.generate({ prompt: "Hello" });
      const warnings = [];
      for await (const event of generation) if (event.type === "warning" && event.reason.code.startsWith("storage")) warnings.push(event.reason.code);
      const text = await generation.text;
      return { text, warnings, ...globalThis.mesh.storage.get() };
    });
  };
  const answered = (outcome) => { assert.equal(outcome.text, "an answer"); };
  const whole = (outcome) => {
    answered(outcome);
    assert.deepEqual([outcome.keptIn, outcome.reason, outcome.warnings], ["indexeddb", undefined, []]);
  };
  const until = (page, code) => page.waitForFunction((wanted) => globalThis.mesh.storage.get().reason?.code === wanted, code);

  /** What lies in the database, read behind the package's back: text by name; undefined where there is none. */
  const stored = (page) => page.evaluate(async () => {
    const done = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
    // Just after it cleared a site's data Chromium sometimes never answers this, and does when it is asked again.
    let databases;
    while (!databases) databases = await Promise.race([indexedDB.databases(), new Promise((resolve) => { setTimeout(resolve, 1_000); })]);
    if (!databases.some(({ name }) => name === "kept")) return undefined;
    const database = await done(indexedDB.open("kept"));
    const view = database.transaction("records").objectStore("records");
    const [keys, values] = await Promise.all([done(view.getAllKeys()), done(view.getAll())]);
    const { version } = database;
    database.close();
    return { version, records: Object.fromEntries(keys.map((key, index) => [key, values[index]?.bytes ? new TextDecoder().decode(values[index].bytes) : "?"])) };
  });
  const storedUntil = async (page, isIt) => {
    for (;;) {
      const found = await stored(page);
      if (found && isIt(found.records)) return found;
      await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(resolve); }));
    }
  };
  /** The number of the one list that a stored catalogue is of. */
  const listOf = (catalogue) => {
    const numbers = new Set(JSON.parse(catalogue).models.map(({ config }) => /^list-(\d+)-/.exec(config.id)[1]));
    assert.equal(numbers.size, 1, "one list, not parts of two");
    return Number([...numbers][0]);
  };
  /** A visitor who was here before. */
  const returning = async (t) => {
    const visitor = await visit(t);
    whole(await ask(visitor.page));
    const before = await storedUntil(visitor.page, ({ catalogue, health }) => catalogue && health);
    await visitor.page.evaluate(() => globalThis.mesh.close());
    return { ...visitor, before };
  };
  const another = async ({ context, page }) => {
    const tab = await context.newPage();
    await arrive(tab, page.url());
    return tab;
  };

  await suite.test("where all is well nothing is said, and the next visit knows what this one learned", async (t) => {
    const { page } = await returning(t);
    await arrive(page);
    await open(page);
    const models = await page.evaluate(async () => { await globalThis.mesh.ready; return globalThis.mesh.models.get().length; });
    assert.equal(models, 200);
    whole(await ask(page));
  });

  for (const [what, { prepare, code }] of Object.entries({
    "no IndexedDB": { code: "storage-missing", prepare: () => { Object.defineProperty(globalThis, "indexedDB", { value: undefined }); } },
    "an IndexedDB that refuses": { code: "storage-missing", prepare: () => { IDBFactory.prototype.open = () => { throw new DOMException("denied", "SecurityError"); }; } },
    "an IndexedDB that never answers": { code: "storage-blocked", prepare: () => { IDBFactory.prototype.open = () => new EventTarget(); } },
  })) {
    await suite.test(`a page with ${what} answers, and says once that nothing is kept`, async (t) => {
      const { page } = await visit(t, (context) => context.addInitScript(prepare));
      const first = await ask(page);
      answered(first);
      assert.deepEqual([first.keptIn, first.reason.code, first.warnings], ["memory", code, [code]]);
      const second = await ask(page);
      answered(second);
      assert.deepEqual([second.keptIn, second.reason.code, second.warnings], ["memory", code, []]);
    });
  }

  await suite.test("remembered keys that cannot be read are no secret: storage says so, and the rest is kept", async (t) => {
    const { page } = await visit(t, (context) => context.addInitScript(() => {
      const { open } = IDBFactory.prototype;
      IDBFactory.prototype.open = function (name, ...rest) {
        if (name.endsWith("-keys")) throw new DOMException("Internal error", "UnknownError");
        return open.call(this, name, ...rest);
      };
    }));
    const outcome = await ask(page);
    answered(outcome);
    assert.deepEqual([outcome.keptIn, outcome.reason.code], ["indexeddb", "storage-keys"]);
    await storedUntil(page, ({ health }) => health);
  });

  await suite.test("a database of a newer version is left as it is, and the older build answers from memory", async (t) => {
    const { page, before } = await returning(t);
    await page.evaluate(() => new Promise((resolve) => { indexedDB.open("kept", 99).onsuccess = ({ target }) => { target.result.close(); resolve(); }; }));
    await arrive(page);
    const outcome = await ask(page);
    answered(outcome);
    assert.deepEqual([outcome.keptIn, outcome.warnings], ["memory", ["storage-newer"]]);
    assert.deepEqual(await stored(page), { ...before, version: 99 });
  });

  await suite.test("records that do not parse are left out and counted, and the rest is kept", async (t) => {
    const { page } = await returning(t);
    await page.evaluate(async () => {
      const database = await new Promise((resolve) => { indexedDB.open("kept").onsuccess = ({ target }) => resolve(target.result); });
      const transaction = database.transaction("records", "readwrite");
      const records = transaction.objectStore("records");
      records.get("catalogue").onsuccess = ({ target }) => {
        const catalogue = JSON.parse(new TextDecoder().decode(target.result.bytes));
        catalogue.models[0].config = "nonsense";
        records.put({ format: 1, bytes: new TextEncoder().encode(JSON.stringify(catalogue)) }, "catalogue");
      };
      records.put({ format: 1, bytes: new Uint8Array([255, 0, 1]) }, "health");
      records.put("no record at all", "settings");
      await new Promise((resolve) => { transaction.oncomplete = resolve; });
      database.close();
    });
    await arrive(page);
    await open(page);
    const found = await page.evaluate(async () => { await globalThis.mesh.ready; return { models: globalThis.mesh.models.get().length, ...globalThis.mesh.storage.get() }; });
    assert.deepEqual(found, { models: 199, keptIn: "indexeddb", unreadable: 3 });
    answered(await ask(page));
    await storedUntil(page, ({ health }) => health?.startsWith("{"));
  });

  await suite.test("without room the answer comes, what was stored stays, and what found none is written when it fits", async (t) => {
    const { context, page } = await visit(t);
    const browser = await context.newCDPSession(page);
    await browser.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 300_000 });
    whole(await ask(page));
    const before = await storedUntil(page, ({ catalogue, health }) => catalogue && health);
    const look = () => page.evaluate(async () => { await globalThis.mesh.discover({ providers: ["lan"] }); });
    server.models = 5_000;
    await look();
    server.models = 200;
    await until(page, "storage-full");
    assert.equal(await page.evaluate(() => globalThis.mesh.models.get().length), 5_000, "the page has it all");
    assert.equal((await stored(page)).records.catalogue, before.records.catalogue);
    const outcome = await ask(page);
    answered(outcome);
    assert.deepEqual([outcome.keptIn, outcome.warnings], ["indexeddb", ["storage-full"]]);
    await look();
    await until(page, undefined);
    assert.equal(listOf((await stored(page)).records.catalogue), server.list);
  });

  await suite.test("another tab that deletes or upgrades the database does not have to wait, and answers go on", async (t) => {
    const { context, page } = await visit(t);
    whole(await ask(page));
    const tab = await another({ context, page });
    const wasBlocked = (action) => tab.evaluate((source) => new Promise((resolve, reject) => {
      const request = (0, eval)(source)();
      let isBlocked = false;
      request.onblocked = () => { isBlocked = true; };
      request.onerror = () => { reject(request.error); };
      request.onsuccess = () => { request.result?.close(); resolve(isBlocked); };
    }), action.toString());
    assert.equal(await wasBlocked(() => indexedDB.deleteDatabase("kept")), false);
    whole(await ask(page));
    await storedUntil(tab, ({ health }) => health);
    assert.equal(await wasBlocked(() => indexedDB.open("kept", 99)), false);
    answered(await ask(page));
    await until(page, "storage-newer");
  });

  await suite.test("a database that the browser closes by force is opened anew", async (t) => {
    const { context, page } = await visit(t);
    whole(await ask(page));
    await storedUntil(page, ({ health }) => health);
    const browser = await context.newCDPSession(page);
    await browser.send("Storage.clearDataForOrigin", { origin, storageTypes: "indexeddb" });
    assert.equal(await stored(page), undefined);
    whole(await ask(page));
    await storedUntil(page, ({ health }) => health);
  });

  await suite.test("behind a tab that does not let go the mesh works in memory, and moves to the disk when it can", async (t) => {
    const { context, page } = await returning(t);
    // A deletion waits for the connection, and whoever opens waits for the deletion.
    await page.evaluate(() => new Promise((resolve) => {
      indexedDB.open("kept").onsuccess = ({ target }) => { globalThis.held = target.result; globalThis.held.onversionchange = null; indexedDB.deleteDatabase("kept").onblocked = resolve; };
    }));
    const tab = await another({ context, page });
    const outcome = await ask(tab);
    answered(outcome);
    assert.deepEqual([outcome.keptIn, outcome.warnings], ["memory", ["storage-blocked"]]);
    await page.evaluate(() => { globalThis.held.close(); });
    // Without another question.
    await until(tab, undefined);
    const { records } = await storedUntil(tab, ({ catalogue, health }) => catalogue && health);
    assert.equal(listOf(records.catalogue), server.list);
    assert.equal(await tab.evaluate(() => globalThis.mesh.storage.get().keptIn), "indexeddb");
  });

  for (const when of ["before", "after"]) {
    await suite.test(`a tab that is killed while it writes, just ${when} the commit, leaves the old record or the new one`, async (t) => {
      const { context, page, before } = await returning(t);
      const tab = await another({ context, page });
      whole(await ask(tab));
      await storedUntil(page, ({ catalogue }) => catalogue !== before.records.catalogue);
      const old = await stored(page);
      // The write is under way, and the page's thread stands still in the middle of it.
      await tab.evaluate((moment) => {
        const { commit } = IDBTransaction.prototype;
        IDBTransaction.prototype.commit = function () {
          if (this.mode === "readwrite") {
            if (moment === "after") commit.call(this);
            new BroadcastChannel("moment").postMessage("now");
            for (;;);
          }
          commit.call(this);
        };
      }, when);
      const moment = page.evaluate(() => new Promise((resolve) => { new BroadcastChannel("moment").onmessage = () => resolve(); }));
      const browser = await context.newCDPSession(tab);
      void tab.evaluate(() => { void globalThis.mesh.discover({ providers: ["lan"] }); }).catch(() => undefined);
      await moment;
      const crashed = tab.waitForEvent("crash");
      void browser.send("Page.crash").catch(() => undefined);
      await crashed;
      const left = await stored(page);
      const list = listOf(left.records.catalogue);
      if (when === "before") assert.deepEqual(left, old);
      else assert.ok(list === listOf(old.records.catalogue) || list === server.list, `${list}`);
      await arrive(page);
      await open(page);
      const found = await page.evaluate(async () => { await globalThis.mesh.ready; return { models: globalThis.mesh.models.get().length, ...globalThis.mesh.storage.get() }; });
      assert.deepEqual(found, { models: 200, keptIn: "indexeddb", unreadable: 0 });
    });
  }

  await suite.test("a page that was left and kept by the browser holds up nobody, and goes on when it comes back", async (t) => {
    const { context, page } = await visit(t);
    whole(await ask(page));
    await page.evaluate(() => { globalThis.addEventListener("pageshow", ({ persisted }) => { globalThis.cameBack = persisted; }); });
    const tab = await another({ context, page });
    await page.goto("about:blank");
    // It would be thrown away if it held a connection.
    const isBlocked = await tab.evaluate(() => new Promise((resolve) => {
      const request = indexedDB.deleteDatabase("kept");
      request.onblocked = () => { resolve(true); };
      request.onsuccess = () => { resolve(false); };
    }));
    assert.equal(isBlocked, false);
    await page.goBack({ waitUntil: "commit" });
    assert.equal(await page.evaluate(() => globalThis.cameBack), true, "the same page, not one loaded anew");
    whole(await ask(page));
    await storedUntil(tab, ({ health }) => health);
  });
});
