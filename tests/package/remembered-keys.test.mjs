// Keys that later visits find: encrypted, for one provider at one origin, and gone when they are removed.
/* global IDBFactory, IDBObjectStore, indexedDB -- of the page that the test drives */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startOpenAISimulator } from "../simulator/openai.mjs";
import { arrive, openLab } from "./lab.mjs";

const KEY = "sk-remembered-0123456789";

test("remembered keys", async (suite) => {
  const { visit } = await openLab(suite);
  const [home, elsewhere] = await Promise.all([startOpenAISimulator({ apiKey: KEY }), startOpenAISimulator({ apiKey: KEY })]);
  suite.after(() => Promise.all([home.close(), elsewhere.close()]));

  /** Opens a mesh in the page and does one thing with it; what is given back is data. */
  const withMesh = (page, action, { endpoint = home.url, key = KEY, ...options } = {}) => page.evaluate(async ({ endpoint, key, options, source }) => {
    const mesh = globalThis.hkm.createMesh({ name: "keys", policy: { fallback: false }, providers: { ollama: { disabled: true }, comfyui: { disabled: true }, lan: { kind: "openai", endpoint: `${endpoint}/v1` } }, ...options });
    const outcome = { before: mesh.keys.has("lan") };
    try {
      await mesh.ready;
      outcome.has = mesh.keys.has("lan");
      outcome.value = await (0, eval)(`(${source})`)(mesh, key);
    } catch (error) {
      outcome.error = globalThis.hkm.MeshError.isInstance(error) ? error.toJSON() : String(error);
    }
    outcome.after = mesh.keys.has("lan");
    await mesh.close();
    return outcome;
  }, { endpoint, key, options, source: action.toString() });

  const remember = async (mesh, key) => { await mesh.keys.set("lan", key, { persist: true }); };
  const ask = async (mesh) => mesh.generate({ prompt: "hi", model: "lan/simulator" }).text;
  const look = async () => undefined;
  const sentTo = (simulator) => simulator.requests.filter(({ path }) => path.endsWith("/chat/completions")).map(({ headers }) => headers.authorization);

  /** The records of the small database, as far as they are data. */
  const records = (page) => page.evaluate(async () => {
    const databases = (await indexedDB.databases()).map(({ name }) => name);
    if (!databases.includes("keys-keys")) return { databases };
    const done = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
    const database = await done(indexedDB.open("keys-keys"));
    const view = database.transaction(["records", "secrets"]);
    const [kept, [secret]] = await Promise.all([done(view.objectStore("records").getAll()), done(view.objectStore("secrets").getAll())]);
    database.close();
    return {
      databases,
      records: kept.map(({ provider, origin, iv, ciphertext }) => ({ provider, origin, iv: iv.length, ciphertext: ciphertext.byteLength })),
      secret: secret && { extractable: secret.extractable, algorithm: secret.algorithm.name, length: secret.algorithm.length },
      exported: secret && await crypto.subtle.exportKey("raw", secret).then(() => "exported", (error) => error.name),
    };
  });

  /** Changes the records behind the package's back. */
  const tamper = (page, change) => page.evaluate(async (source) => {
    const done = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
    const database = await done(indexedDB.open("keys-keys"));
    const fresh = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const view = database.transaction(["records", "secrets"], "readwrite");
    const [records, secrets] = [view.objectStore("records"), view.objectStore("secrets")];
    (0, eval)(`(${source})`)({ record: await done(records.get("lan")), records, secrets, fresh });
    await new Promise((resolve) => { view.oncomplete = resolve; });
    database.close();
  }, change.toString());

  await suite.test("the next visit has the key and uses it, and neither is there before it was asked for", async (t) => {
    const { page } = await visit(t);
    assert.deepEqual(await withMesh(page, look), { before: false, has: false, value: undefined, after: false });
    assert.deepEqual((await records(page)).databases, ["keys"]);
    assert.deepEqual(await withMesh(page, remember), { before: false, has: false, value: undefined, after: true });
    const kept = await records(page);
    assert.deepEqual(kept.records, [{ provider: "lan", origin: home.url, iv: 12, ciphertext: KEY.length + 16 }]);
    assert.deepEqual(kept.secret, { extractable: false, algorithm: "AES-GCM", length: 256 });
    assert.equal(kept.exported, "InvalidAccessError");
    await arrive(page);
    const { has, value, error } = await withMesh(page, ask);
    assert.equal(error, undefined, JSON.stringify(error));
    assert.equal(has, true);
    assert.match(value, /simulator/);
    assert.equal(sentTo(home).at(-1), `Bearer ${KEY}`);
  });

  await suite.test("a provider at another address does not get it, and back at its own it does", async (t) => {
    const { page } = await visit(t);
    await withMesh(page, remember);
    await arrive(page);
    const moved = await withMesh(page, ask, { endpoint: elsewhere.url });
    assert.equal(moved.has, false);
    assert.ok(["no-key", "invalid-key"].includes(moved.error.code), JSON.stringify(moved.error));
    assert.ok(sentTo(elsewhere).every((header) => header === undefined), String(sentTo(elsewhere)));
    assert.equal((await withMesh(page, look)).has, true);
  });

  await suite.test("removing it, and setting another without remembering, forgets it", async (t) => {
    const { page } = await visit(t);
    await withMesh(page, remember);
    await withMesh(page, async (mesh) => { await mesh.keys.remove("lan"); });
    assert.deepEqual((await records(page)).records, []);
    await arrive(page);
    assert.equal((await withMesh(page, remember)).has, false);
    await withMesh(page, async (mesh) => { await mesh.keys.set("lan", "sk-only-for-this-visit"); });
    assert.deepEqual((await records(page)).records, []);
    assert.equal((await withMesh(page, look)).has, false);
  });

  await suite.test("what is said last is what stays, however fast", async (t) => {
    const { page } = await visit(t);
    const outcome = await withMesh(page, async (mesh, key) => {
      const all = [mesh.keys.set("lan", "sk-first-0123456789", { persist: true }), mesh.keys.remove("lan"), mesh.keys.set("lan", key, { persist: true })];
      await Promise.all(all);
      const asked = await mesh.generate({ prompt: "hi", model: "lan/simulator" }).text;
      const last = [mesh.keys.set("lan", key, { persist: true }), mesh.keys.remove("lan")];
      await Promise.all(last);
      return { asked, has: mesh.keys.has("lan") };
    });
    assert.equal(outcome.error, undefined, JSON.stringify(outcome.error));
    assert.equal(outcome.value.has, false);
    assert.equal(sentTo(home).at(-1), `Bearer ${KEY}`);
    assert.deepEqual((await records(page)).records, []);
  });

  for (const [what, change] of Object.entries({
    "changed": ({ record, records }) => { new Uint8Array(record.ciphertext)[0] ^= 1; records.put(record); },
    "moved to another origin": ({ record, records }) => { records.put({ ...record, origin: record.origin.replace("127.0.0.1", "localhost") }); },
    "moved to another provider": ({ record, records }) => { records.delete("lan"); records.put({ ...record, provider: "openrouter" }); },
    "of another wrapping key": ({ secrets, fresh }) => { secrets.put(fresh, "wrapping-key"); },
    "without its wrapping key": ({ secrets }) => { secrets.clear(); },
    "no record at all": ({ records }) => { records.put({ provider: "lan", key: "?" }); },
  })) {
    await suite.test(`a record that does not decrypt is dropped: ${what}`, async (t) => {
      const { page } = await visit(t);
      await withMesh(page, remember);
      await tamper(page, change);
      assert.equal((await withMesh(page, look)).has, false);
      assert.deepEqual((await records(page)).records, []);
      // And it can be remembered anew.
      await withMesh(page, remember);
      assert.equal((await withMesh(page, look)).has, true);
    });
  }

  for (const [what, prepare] of Object.entries({
    "no IndexedDB": () => { Object.defineProperty(globalThis, "indexedDB", { value: undefined }); },
    "an IndexedDB that refuses": () => { IDBFactory.prototype.open = () => { throw new DOMException("denied", "SecurityError"); }; },
    "no cryptography": () => { Object.defineProperty(crypto, "subtle", { value: undefined }); },
    "a full disk": () => { IDBObjectStore.prototype.put = function () { this.transaction.abort(); return {}; }; },
  })) {
    await suite.test(`where the page has ${what}, remembering fails with \`storage\` and changes nothing`, async (t) => {
      const { page } = await visit(t, (context) => context.addInitScript(prepare));
      const outcome = await withMesh(page, remember);
      assert.equal(outcome.error.code, "storage", JSON.stringify(outcome.error));
      assert.ok(outcome.error.hint);
      assert.equal(outcome.after, false);
      const { value, error } = await withMesh(page, async (mesh, key) => {
        await mesh.keys.set("lan", key);
        await mesh.keys.remove("lan");
        await mesh.keys.set("lan", key);
        return mesh.generate({ prompt: "hi", model: "lan/simulator" }).text;
      });
      assert.equal(error, undefined, JSON.stringify(error));
      assert.match(value, /simulator/);
    });
  }

  await suite.test("a mesh that keeps nothing says so, and two tabs that remember their first key at once both can", async (t) => {
    const { context, page } = await visit(t);
    const outcome = await withMesh(page, remember, { storage: "memory" });
    assert.equal(outcome.error.code, "storage");
    assert.match(outcome.error.message, /storage: "memory"/);
    assert.deepEqual((await records(page)).databases, []);
    const other = await context.newPage();
    await arrive(other, page.url());
    const rememberAs = (tab, provider) => tab.evaluate(async (name) => {
      const mesh = globalThis.hkm.createMesh({ name: "keys", providers: { ollama: { disabled: true } } });
      await mesh.keys.set(name, `sk-of-${name}-0123456789`, { persist: true });
      await mesh.close();
    }, provider);
    await Promise.all([rememberAs(page, "openrouter"), rememberAs(other, "gemini")]);
    const known = await other.evaluate(async () => {
      const mesh = globalThis.hkm.createMesh({ name: "keys", providers: { ollama: { disabled: true } } });
      await mesh.ready;
      const outcome = ["openrouter", "gemini"].map((provider) => mesh.keys.has(provider));
      await mesh.close();
      return outcome;
    });
    assert.deepEqual(known, [true, true]);
  });
});
