// Signing in with OpenRouter, against its simulator.
/* global history, location -- of the page that the test drives */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { startOpenRouterSimulator } from "../simulator/openrouter.mjs";
import { installed } from "./installed-package.mjs";
import { arrive, openLab } from "./lab.mjs";

const { folder } = await installed();
const { challengeOf, randomWord } = await import(pathToFileURL(join(folder, "node_modules", "hkm-mesh", "dist", "pkce.js")).href);

test("the challenge is that of RFC 7636, appendix B", async () => {
  assert.equal(await challengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
});

test("a verifier has 43 letters that need no escaping, and no two are the same", () => {
  const words = Array.from({ length: 50 }, randomWord);
  for (const word of words) assert.match(word, /^[\w-]{43}$/);
  assert.equal(new Set(words).size, words.length);
});

test("signing in", async (suite) => {
  const { origin, visit } = await openLab(suite);
  let clock = Date.now();
  const simulator = await startOpenRouterSimulator({ now: () => clock });
  suite.after(() => simulator.close());
  const exchanges = () => simulator.requests.filter(({ path, method }) => path.endsWith("/auth/keys") && method === "POST");

  /** The page leaves for the simulator's. */
  async function leave(page, options = {}) {
    const leaving = page.waitForURL(`${simulator.url}/auth**`);
    await page.evaluate((wishes) => { void globalThis.signIn.startSignIn(wishes); }, { authUrl: `${simulator.url}/auth`, ...options });
    await leaving;
  }

  /** The user agrees, and the page is loaded with the code. */
  async function agree(page) {
    await page.click("#allow");
    await page.waitForURL(`${origin}/**`);
    await page.evaluate(() => globalThis.outcome);
  }

  /** What finishing comes to: whether it was one, or the error, what the mesh then has, and the address. */
  const finish = (page, options = {}) => page.evaluate(async ({ apiUrl, wishes }) => {
    const mesh = globalThis.hkm.createMesh({ name: "signed-in", providers: { ollama: { disabled: true }, comfyui: { disabled: true } } });
    const both = [0, 1].map(() => globalThis.signIn.finishSignIn(mesh, { apiUrl, ...wishes }).catch((error) => (globalThis.hkm.MeshError.isInstance(error) ? error.toJSON() : String(error))));
    const [outcome, second] = await Promise.all(both);
    await mesh.ready;
    const has = mesh.keys.has("openrouter");
    await mesh.close();
    return { outcome, isSame: JSON.stringify(outcome) === JSON.stringify(second), has, address: location.href, stored: Object.keys(sessionStorage) };
  }, { apiUrl: simulator.apiUrl, wishes: options });

  await suite.test("the user comes back with a key, and the page's address as it was", async (t) => {
    const { page } = await visit(t);
    await page.evaluate(() => { history.replaceState({ mine: 1 }, "", "/?scenario=lab&view=models#details"); });
    await leave(page, { keyLabel: "A test" });
    const asked = new URL(page.url()).searchParams;
    assert.equal(asked.get("code_challenge_method"), "S256");
    assert.match(asked.get("code_challenge"), /^[\w-]{43}$/);
    assert.equal(asked.get("key_label"), "A test");
    const callback = new URL(asked.get("callback_url"));
    assert.deepEqual([callback.origin, callback.pathname, callback.hash, callback.searchParams.get("view")], [origin, "/", "", "models"]);
    await agree(page);
    assert.match(page.url(), /code=/);
    const outcome = await finish(page);
    assert.deepEqual(outcome, { outcome: true, isSame: true, has: true, address: `${origin}/?scenario=lab&view=models#details`, stored: [] });
    const [exchange] = exchanges();
    assert.deepEqual(Object.keys(exchange.json).sort(), ["code", "code_challenge_method", "code_verifier"]);
    assert.equal(exchange.headers.authorization, undefined);
    assert.deepEqual(simulator.requests.flatMap(({ leaks }) => leaks), []);
    await arrive(page);
    assert.equal((await finish(page)).outcome, false);
    assert.equal(exchanges().length, 1);
  });

  await suite.test("remembered, the next visit has it; by an address of one's own it works as well", async (t) => {
    const { page } = await visit(t);
    const url = await page.evaluate((authUrl) => globalThis.signIn.signInUrl({ authUrl, callbackUrl: "/?scenario=lab" }), `${simulator.url}/auth`);
    assert.equal(page.url(), `${origin}/?scenario=lab`);
    await page.goto(url);
    await agree(page);
    assert.equal((await finish(page, { persist: true })).outcome, true);
    await arrive(page);
    assert.deepEqual(await finish(page), { outcome: false, isSame: true, has: true, address: `${origin}/?scenario=lab`, stored: [] });
  });

  await suite.test("on any other visit nothing happens, also where the page has a `code` of its own", async (t) => {
    const { page } = await visit(t);
    for (const query of ["", "&code=mine", "&error=mine"]) {
      const address = `${origin}/?scenario=lab${query}`;
      await arrive(page, address);
      assert.deepEqual(await finish(page), { outcome: false, isSame: true, has: false, address, stored: [] });
    }
  });

  /** Goes to OpenRouter and comes back; `on.way` happens in between, `on.back` once the code is there. */
  async function failing(t, { onWay, onBack } = {}) {
    const { page } = await visit(t);
    await leave(page);
    await onWay?.(page);
    await agree(page);
    await onBack?.(page);
    const { outcome, ...rest } = await finish(page);
    assert.deepEqual(rest, { isSame: true, has: false, address: `${origin}/?scenario=lab`, stored: [] });
    assert.ok(outcome.message.length > 10 && outcome.hint, JSON.stringify(outcome));
    assert.equal(outcome.isRetryable, false);
    assert.ok(!JSON.stringify(outcome).includes("simulator-code"));
    return outcome;
  }

  await suite.test("a code that came too late is `timeout`", async (t) => {
    const outcome = await failing(t, { onBack: () => { clock += 11 * 60_000; } });
    assert.deepEqual([outcome.code, outcome.status], ["timeout", 403]);
  });

  await suite.test("another's verifier is `invalid-request`", async (t) => {
    const outcome = await failing(t, {
      onBack: (page) => page.evaluate(() => {
        const [name] = Object.keys(sessionStorage);
        sessionStorage.setItem(name, JSON.stringify({ ...JSON.parse(sessionStorage.getItem(name)), verifier: "x".repeat(43) }));
      }),
    });
    assert.deepEqual([outcome.code, outcome.status], ["invalid-request", 403]);
  });

  await suite.test("a code that was used before is `invalid-request`", async (t) => {
    const outcome = await failing(t, {
      onBack: (page) => page.evaluate((apiUrl) => fetch(`${apiUrl}/auth/keys`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ code: new URLSearchParams(location.search).get("code") }),
      }), simulator.apiUrl),
    });
    assert.equal(outcome.code, "invalid-request");
  });

  for (const [fault, code] of [["error-500", "server"], ["error-429", "rate-limited"], ["html", "protocol"], ["refuse", "unreachable"], ["cors-refused", "unreachable"]]) {
    await suite.test(`an exchange that fails with ${fault} is \`${code}\``, async (t) => {
      const outcome = await failing(t, { onBack: () => { simulator.faults({ next: [fault], forPath: "/api/v1/auth/keys" }); } });
      assert.equal(outcome.code, code);
    });
  }

  await suite.test("a user who declines is `permission`", async (t) => {
    const { page } = await visit(t);
    await leave(page);
    const callback = new URL(new URL(page.url()).searchParams.get("callback_url"));
    callback.searchParams.set("error", "access_denied");
    await arrive(page, callback.href);
    const { outcome, ...rest } = await finish(page);
    assert.equal(outcome.code, "permission");
    assert.deepEqual(rest, { isSame: true, has: false, address: `${origin}/?scenario=lab`, stored: [] });
  });

  await suite.test("a link that somebody else made is refused, and does not end what this tab began", async (t) => {
    const { page } = await visit(t);
    await leave(page);
    const callback = new URL(page.url()).searchParams.get("callback_url");
    const before = exchanges().length;
    await arrive(page, `${origin}/?scenario=lab&hkm_sign_in=${"y".repeat(43)}&code=stolen`);
    const { outcome, address, stored, has } = await finish(page);
    assert.equal(outcome.code, "invalid-request");
    assert.deepEqual([address, stored.length, has], [`${origin}/?scenario=lab`, 1, false]);
    assert.equal(exchanges().length, before);
    await page.goto(`${simulator.url}/auth?code_challenge=x&code_challenge_method=S256&callback_url=${encodeURIComponent(callback)}`);
    await agree(page);
    // The nonce is right and the challenge is not.
    assert.equal((await finish(page)).outcome.code, "invalid-request");
    assert.equal(exchanges().length, before + 1);
  });

  await suite.test("a tab that did not begin it is refused", async (t) => {
    const { page, context } = await visit(t);
    await leave(page);
    const other = await context.newPage();
    await arrive(other, `${new URL(page.url()).searchParams.get("callback_url")}&code=simulator-code-1`);
    assert.equal((await finish(other)).outcome.code, "invalid-request");
  });

  await suite.test("where the key cannot be remembered it is in use all the same, and that is said", async (t) => {
    const { page } = await visit(t, (context) => context.addInitScript(() => { Object.defineProperty(globalThis, "indexedDB", { value: undefined }); }));
    await leave(page);
    await agree(page);
    const { outcome, has } = await finish(page, { persist: true });
    assert.equal(outcome.code, "storage");
    assert.match(outcome.message, /signed in until/);
    assert.equal(has, true);
  });

  await suite.test("a page that is not secure, or keeps nothing, says so before it leaves", async (t) => {
    for (const [prepare, code] of [
      [() => { Object.defineProperty(crypto, "subtle", { value: undefined }); }, "unsupported"],
      [() => { Storage.prototype.setItem = () => { throw new DOMException("denied", "SecurityError"); }; }, "storage"],
    ]) {
      const { page } = await visit(t, (context) => context.addInitScript(prepare));
      assert.equal(await page.evaluate((authUrl) => globalThis.signIn.startSignIn({ authUrl }).then(() => "left", (error) => error.code), `${simulator.url}/auth`), code);
      assert.equal(page.url(), `${origin}/?scenario=lab`);
    }
  });
});
