// Keys: tried, lent to Rust where it asks, struck from whatever quotes one, and never half remembered.
import assert from "node:assert/strict";
import { test } from "node:test";
import { installed } from "./installed-package.mjs";
import { packageWithScriptedCore, receipt } from "./scripted-core.mjs";
import { collect, meshFor, rejection, turn } from "./scripted.mjs";

const { load } = await installed();
const hkm = await load("hkm-mesh");

const OPENROUTER = `sk-or-v1-${"0123456789abcdef".repeat(4)}`;
const SECRET = "sk-planted-secret-key";

/** A mesh over a scripted core. */
async function scripted(t, options) {
  const { hkm: own, script } = await packageWithScriptedCore(t);
  const mesh = meshFor(t, own, options);
  return { mesh, script, core: async () => { await mesh.ready; return script.cores.at(-1); } };
}

test("what a key looks like is a hint, and what the provider says is another thing", async (t) => {
  const { mesh, script } = await scripted(t, { providers: { own: { kind: "gemini", endpoint: "https://example.org" }, lan: { kind: "openai", endpoint: "http://127.0.0.1:1" } } });
  for (const live of ["valid", "invalid", "unreachable"]) {
    script.answers.checkKey = (core, id) => { core.host.settle(id, { live, message: "It was asked." }, undefined); };
    for (const [provider, key, format] of [
      ["openrouter", OPENROUTER, "usual"],
      ["openrouter", ` ${OPENROUTER}\n`, "usual"],
      ["openrouter", OPENROUTER.slice(0, -1), "unusual"],
      ["gemini", `AIza${"x".repeat(35)}`, "usual"],
      ["gemini", `AQ.${"x".repeat(50)}`, "usual"],
      ["gemini", OPENROUTER, "unusual"],
      ["own", `AQ.${"x".repeat(50)}`, "usual"],
      ["lan", "any-word-will-do", "usual"],
      ["lan", "with a space", "unusual"],
      ["lan", "sk–1234567890", "unusual"],
    ]) {
      const check = await mesh.keys.check(provider, key);
      assert.equal(check.format, format, `${provider} ${key}`);
      assert.equal(check.live, live);
      assert.match(check.message, format === "unusual" && live !== "valid" ? /^It was asked\. It does not look like/ : /^It was asked\.$/);
    }
  }
});

test("a key on trial is lent to the one request that tries it, and to nothing else", async (t) => {
  const { mesh, script, core } = await scripted(t);
  const { host } = await core();
  const seen = [];
  script.answers.checkKey = (_core, id, provider, isTrial) => {
    seen.push({ provider, isTrial, id, lent: host.key(`check:${id}`), other: host.key("check:other"), held: host.key(provider) });
    queueMicrotask(() => host.settle(id, { live: "invalid", message: "No." }, undefined));
  };
  await mesh.keys.check("openrouter", SECRET);
  const [{ id, ...rest }] = seen;
  assert.deepEqual(rest, { provider: "openrouter", isTrial: true, lent: SECRET, other: undefined, held: undefined });
  assert.equal(host.key(`check:${id}`), undefined);
  assert.equal(mesh.keys.has("openrouter"), false);
  assert.deepEqual(script.cores[0].calls.filter(({ name }) => name === "keyChanged"), []);
});

test("a trial that fails takes its key back, too", async (t) => {
  const { mesh, script, core } = await scripted(t);
  const { host } = await core();
  let asked;
  script.answers.checkKey = (_core, id) => { asked = id; host.settle(id, undefined, { code: "invalid-request", message: `There is no provider for ${SECRET}.`, isRetryable: false }); };
  const error = await rejection(mesh.keys.check("nobody", SECRET));
  assert.equal(error.message, "There is no provider for ***.");
  assert.equal(host.key(`check:${asked}`), undefined);
});

test("without a key it tries the one that is held; without that nobody is asked", async (t) => {
  const { mesh, script } = await scripted(t, { providers: { lan: { kind: "openai", endpoint: "http://127.0.0.1:1", apiKey: async () => `${SECRET}\n` }, odd: { kind: "openai", endpoint: "http://127.0.0.1:2", apiKey: () => { throw new Error("locked"); } } } });
  const asked = [];
  script.answers.checkKey = (core, id, provider, isTrial) => { asked.push({ provider, isTrial }); core.host.settle(id, { live: "valid", message: "Yes." }, undefined); };
  assert.deepEqual(await mesh.keys.check("lan"), { format: "usual", live: "valid", message: "Yes." });
  await mesh.keys.set("openrouter", OPENROUTER);
  assert.equal((await mesh.keys.check("openrouter")).live, "valid");
  assert.deepEqual(asked, [{ provider: "lan", isTrial: false }, { provider: "openrouter", isTrial: false }]);
  for (const check of [await mesh.keys.check("gemini"), await mesh.keys.check("odd"), await mesh.keys.check("gemini", "  ")]) {
    assert.equal(check.format, "empty");
    assert.equal(check.live, "not-tried");
  }
  assert.equal(asked.length, 2);
  for (const [provider, key] of [[3, undefined], ["", "a"], ["gemini", 3]]) assert.equal((await rejection(mesh.keys.check(provider, key))).code, "invalid-request");
});

test("where nothing can be stored, remembering fails plainly and changes nothing", async (t) => {
  for (const [options, word] of [[{}, /keeps nothing/], [{ storage: "indexeddb" }, /stores nothing/]]) {
    const mesh = meshFor(t, hkm, options);
    for (const before of [undefined, "sk-the-key-before"]) {
      if (before) await mesh.keys.set("lan", before);
      const error = await rejection(mesh.keys.set("lan", SECRET, { persist: true }));
      assert.equal(error.code, "storage");
      assert.match(error.message, word);
      assert.ok(error.hint);
      assert.equal(mesh.keys.has("lan"), before !== undefined);
    }
    await mesh.keys.remove("lan");
    assert.equal(mesh.keys.has("lan"), false);
  }
  const mesh = meshFor(t, hkm);
  assert.equal((await rejection(mesh.keys.set("lan", SECRET, { persist: "yes" }))).code, "invalid-request");
  assert.equal((await rejection(mesh.keys.set("lan", "", { persist: true }))).code, "invalid-request");
});

test("no key stands in an error, an event, a receipt or a list, whoever quoted it", async (t) => {
  const { mesh, script, core } = await scripted(t, { providers: { lan: { kind: "openai", endpoint: "http://127.0.0.1:1", apiKey: SECRET } } });
  const reason = { code: "invalid-key", message: `The server said: ${SECRET} is unknown.`, params: { detail: `key ${SECRET}` } };
  const told = { ...receipt, attempts: [{ model: "lan/a", startedAt: 0, durationMs: 1, outcome: reason }] };
  const error = { code: "all-failed", message: `No: ${SECRET}`, isRetryable: false, hint: SECRET, errors: [{ code: "invalid-key", message: SECRET, isRetryable: false, receipt: told }], attempts: told.attempts, excluded: [{ model: "lan/a", reason }] };
  script.answers.health = () => [{ provider: "lan", state: "down", sinceAt: 0, reason, models: [] }];
  script.answers.generate = ({ host }, id, request) => {
    host.events(id, [{ type: "warning", reason }, { type: "fallback", from: "lan/a", to: "lan/b", reason }, { type: "restart", reason }]);
    host.text(id, `You said ${SECRET}.`, Uint32Array.of(10 + SECRET.length));
    host.events(id, [{ type: "finish", receipt: told }]);
    if (new TextDecoder().decode(request).includes("fail")) host.settle(id, undefined, error);
    else host.settle(id, { text: `You said ${SECRET}.`, toolCalls: [], sources: [], receipt: told }, undefined);
  };
  script.answers.discover = ({ host }, id) => { host.settle(id, { providers: [{ provider: "lan", ok: false, models: 0, error }], added: 0, removed: 0 }, undefined); };
  script.answers.diagnose = ({ host }, id) => { host.settle(id, { provider: "lan", ok: false, causes: [], evidence: [{ probe: "a", outcome: SECRET }], subject: { kind: "openai", endpoint: "http://127.0.0.1:1/v1" } }, undefined); };
  script.answers.embed = ({ host }, id) => { host.settle(id, { vectors: [Float32Array.of(1)], receipt: told }, undefined); };
  await core();

  const generation = mesh.generate({ prompt: "hi" });
  const events = await collect(generation);
  const result = await generation.result;
  // The answer itself is left as it is.
  assert.equal(result.text, `You said ${SECRET}.`);
  const failed = await rejection(mesh.generate({ prompt: "fail" }).result);
  const { vectors, ...embedded } = await mesh.embed(["a"]);
  assert.deepEqual(vectors, [Float32Array.of(1)]);
  const seen = {
    events: events.filter(({ type }) => type !== "text-delta"), receipt: result.receipt, failed, text: `${failed.message} ${failed.hint} ${failed.stack}`, health: mesh.health.get(),
    report: await mesh.discover(), diagnosis: await mesh.diagnose("lan"), embedded,
  };
  assert.equal(seen.events.length, 4);
  const text = JSON.stringify(seen);
  assert.ok(!text.includes(SECRET), text);
  assert.ok(text.includes("The server said: *** is unknown."));
});

test("the core hears who has a key, and asks for it where it leaves", async (t) => {
  const { mesh, core } = await scripted(t, { providers: { lan: { kind: "openai", endpoint: "http://127.0.0.1:1", apiKey: "  sk-offered-key " } } });
  const { calls, host } = await core();
  assert.equal(host.key("lan"), "sk-offered-key");
  await mesh.keys.set("lan", SECRET);
  assert.equal(host.key("lan"), SECRET);
  await mesh.keys.remove("lan");
  assert.equal(host.key("lan"), undefined);
  await turn();
  assert.deepEqual(calls.filter(({ name }) => name === "keyChanged").map(({ args }) => args), [["lan", true, false, false], ["lan", true, true, true], ["lan", false, false, true]]);
});
