// Many requests in one call: items, progress, failures, cancelling and the report, in Node; and in Chromium, against a simulated
// server that answers few at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startOpenAISimulator } from "../simulator/openai.mjs";
import { installed } from "./installed-package.mjs";
import { arrive, openLab } from "./lab.mjs";
import { collect, failing, meshFor, rejection, saying, sayingForEver, watchRejections } from "./scripted.mjs";

const { load } = await installed();
const hkm = await load("hkm-mesh");
const { MeshError } = hkm;

const lastWords = ({ prompt, messages }) => prompt ?? messages.at(-1).content;
const prompts = (...texts) => texts.map((prompt) => ({ prompt }));

test("every request becomes an item, equal ones are asked once, and the report counts calls against requests", async (t) => {
  const asked = [];
  const mesh = meshFor(t, hkm, {}, (request) => {
    asked.push(lastWords(request));
    return saying(`${lastWords(request)}!`);
  });
  const batch = mesh.batch(prompts("a", "b", "a", "c", "b"), { id: "letters" });
  const { durationMs, ...report } = await batch.report;
  assert.deepEqual(report, { id: "letters", requests: 5, calls: 3, fromCache: 0, duplicates: 2, failed: 0, cost: 0 });
  assert.ok(durationMs >= 0);
  assert.deepEqual(asked.sort(), ["a", "b", "c"]);
  // Who comes late, or twice, hears all of it.
  const items = await collect(batch);
  assert.deepEqual(await collect(batch), items);
  assert.deepEqual(items.map(({ index, result }) => [index, result.text]).sort(), [[0, "a!"], [1, "b!"], [2, "a!"], [3, "c!"], [4, "b!"]]);
  assert.deepEqual(items.map(({ done, total }) => [done, total]), [1, 2, 3, 4, 5].map((done) => [done, 5]));
  assert.equal(items.at(-1).remainingMs, 0);

  const again = mesh.batch(prompts("a", "d"));
  assert.equal((await again.report).fromCache, 1);
  assert.equal(asked.length, 4);
});

test("one that fails or is invalid is an item with its error, and the rest is answered", async (t) => {
  const rejections = watchRejections(t);
  const mesh = meshFor(t, hkm, {}, (request) => (lastWords(request) === "no" ? failing(new MeshError({ code: "blocked-content", message: "It refused." })) : saying("yes")));
  const requests = [{ prompt: "hi" }, { prompt: "no" }, { prompt: "" }, { prompt: "hi", temperature: NaN }, 7, { prompt: "x", id: "mine" }, { prompt: "x", what: 1 }];
  const batch = mesh.batch(requests);
  const ends = (await collect(batch)).map(({ index, result, error }) => [index, result?.text ?? error.code]);
  assert.deepEqual(ends.sort(), [
    [0, "yes"], [1, "blocked-content"], [2, "invalid-request"], [3, "invalid-request"], [4, "invalid-request"], [5, "invalid-request"], [6, "invalid-request"],
  ]);
  const report = await batch.report;
  assert.deepEqual([report.requests, report.failed, report.calls], [7, 6, 2]);
  assert.deepEqual(await rejections.none(), []);
});

test("an empty batch ends at once, and options that make no sense fail the whole", async (t) => {
  const rejections = watchRejections(t);
  const mesh = meshFor(t, hkm, {}, (request, signal) => sayingForEver(signal));
  const empty = mesh.batch([]);
  assert.deepEqual(await collect(empty), []);
  assert.equal((await empty.report).requests, 0);
  const running = mesh.batch(prompts("a"), { id: "same" });
  for (const [requests, options] of [[7, {}], [[], { concurrency: 0 }], [[], { concurrency: 1.5 }], [[], { signal: 1 }], [[], { speed: 9 }], [prompts("b"), { id: "same" }]]) {
    const batch = mesh.batch(requests, options);
    assert.equal((await rejection(collect(batch))).code, "invalid-request", JSON.stringify(options));
    assert.equal((await rejection(batch.report)).code, "invalid-request");
  }
  running.cancel();
  await mesh.close();
  assert.equal((await rejection(mesh.batch(prompts("a")).report)).code, "closed");
  assert.deepEqual(await rejections.none(), []);
});

test("cancelling stops what runs, and what is not finished becomes items that say so", async (t) => {
  const stopped = [];
  const mesh = meshFor(t, hkm, {}, (request, signal) => {
    signal.addEventListener("abort", () => stopped.push(lastWords(request)));
    return lastWords(request) === "a" ? saying("done") : sayingForEver(signal);
  });
  const ways = {
    "by itself": () => ({ options: {}, stop: (batch) => batch.cancel() }),
    "by a signal": () => {
      const controller = new AbortController();
      return { options: { signal: controller.signal }, stop: () => controller.abort() };
    },
  };
  for (const [way, make] of Object.entries(ways)) {
    const { options, stop } = make();
    const batch = mesh.batch(prompts("a", `b ${way}`, "c", "d"), options);
    const items = [];
    for await (const item of batch) {
      items.push(item);
      if (items.length === 1) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        stop(batch);
      }
    }
    assert.equal(items[0].result.text, "done", way);
    assert.deepEqual(items.slice(1).map(({ index, error }) => [index, error.name]), [[1, "AbortError"], [2, "AbortError"], [3, "AbortError"]], way);
    const report = await batch.report;
    assert.deepEqual([report.requests, report.failed], [4, 3], way);
    assert.deepEqual(stopped.splice(0), [`b ${way}`]);
  }
  const early = mesh.batch(prompts("e"), { signal: AbortSignal.abort() });
  assert.equal((await collect(early))[0].error.name, "AbortError");
  assert.equal((await early.report).failed, 1);
});

test("leaving the iteration early cancels, unless the report was asked for", async (t) => {
  const asked = [];
  const mesh = meshFor(t, hkm, {}, (request) => {
    asked.push(lastWords(request));
    return saying("yes");
  });
  const left = mesh.batch(prompts("a", "b", "c"));
  for await (const item of left) if (item) break;
  assert.equal((await left.report).failed > 0, true);
  const wanted = mesh.batch(prompts("d", "e", "f"));
  const { report } = wanted;
  for await (const item of wanted) if (item) break;
  assert.equal((await report).failed, 0);
  assert.ok(["d", "e", "f"].every((prompt) => asked.includes(prompt)));
});

test("one request can be taken back by a signal of its own", async (t) => {
  const mesh = meshFor(t, hkm, {}, (request, signal) => (lastWords(request) === "for ever" ? sayingForEver(signal) : saying("yes")));
  const controller = new AbortController();
  const batch = mesh.batch([{ prompt: "for ever", signal: controller.signal }, { prompt: "a" }, { prompt: "b", signal: AbortSignal.abort() }]);
  setTimeout(() => controller.abort(), 50);
  const ends = (await collect(batch)).map(({ index, result, error }) => [index, result?.text ?? error.name]);
  assert.deepEqual(ends.sort(), [[0, "AbortError"], [1, "yes"], [2, "AbortError"]]);
  assert.deepEqual([(await batch.report).requests, (await batch.report).failed], [3, 2]);
});

test("in Chromium, a server that answers three at once answers all, and a page that comes back asks nothing twice", async (t) => {
  const lab = await openLab(t);
  const simulator = await startOpenAISimulator({ mostAtOnce: 3, intervalMs: 10 });
  t.after(() => simulator.close());
  const { page } = await lab.visit(t);
  const ask = () => page.evaluate(async (endpoint) => {
    const mesh = globalThis.hkm.createMesh({ name: "batch", providers: { ollama: { disabled: true }, comfyui: { disabled: true }, far: { kind: "openai", endpoint, locality: "cloud" } } });
    await mesh.discover();
    // Ten of forty ask what another asks.
    const batch = mesh.batch(Array.from({ length: 40 }, (_, number) => ({ prompt: `Question ${String(number % 30)}`, model: "far/simulator" })));
    const items = [];
    for await (const { index, error, done, remainingMs } of batch) items.push({ index, error: error?.code, done, remainingMs });
    const report = await batch.report;
    await mesh.close();
    return { items, report };
  }, `${simulator.url}/v1`);
  const chats = () => simulator.requests.filter(({ method, path }) => method === "POST" && path === "/v1/chat/completions");
  const { items, report } = await ask();
  t.diagnostic(`${report.requests} requests, ${report.duplicates} of them the same: ${report.calls} calls in ${(report.durationMs / 1000).toFixed(1)} s at a server that answers 3 at once`);
  assert.deepEqual(items.filter(({ error }) => error !== undefined), []);
  assert.deepEqual(items.map(({ index }) => index).sort((a, b) => a - b), Array.from({ length: 40 }, (_, index) => index));
  assert.deepEqual([report.requests, report.duplicates, report.failed, report.calls], [40, 10, 0, chats().length]);
  // Each question once, and few in vain.
  assert.ok(report.calls >= 30 && report.calls <= 40, `${report.calls} calls`);
  assert.equal(items.at(-1).remainingMs, 0);
  assert.ok(items.at(-12).remainingMs > 0);

  const before = chats().length;
  await arrive(page);
  const again = (await ask()).report;
  t.diagnostic(`again after a reload: ${again.calls} calls, ${again.fromCache} from the cache`);
  assert.deepEqual([again.calls, again.fromCache, again.duplicates, again.failed], [0, 30, 10, 0]);
  assert.equal(chats().length, before);
});

test("in Chromium, a batch with an id goes on where a reload cut it off, also what the cache does not keep, here and in another tab", async (t) => {
  const lab = await openLab(t);
  const simulator = await startOpenAISimulator({ intervalMs: 20 });
  t.after(() => simulator.close());
  const { context, page } = await lab.visit(t);
  const questions = Array.from({ length: 12 }, (_, number) => ({ prompt: `Question ${String(number)}`, model: "far/simulator", temperature: 1.2 }));
  /** Begins, and leaves in the page what came; `globalThis.over` has the report, or the error's code. */
  const begin = (tab, requests) => tab.evaluate(async ({ endpoint, requests }) => {
    const off = { disabled: true };
    globalThis.mesh ??= globalThis.hkm.createMesh({ name: "papers", providers: { ollama: off, comfyui: off, far: { kind: "openai", endpoint, locality: "cloud" } } });
    await globalThis.mesh.discover();
    globalThis.items = [];
    const batch = globalThis.mesh.batch(requests, { id: "papers", concurrency: 2 });
    globalThis.batch = batch;
    globalThis.over = batch.report.catch((error) => error.code);
    void (async () => { for await (const { index, result, done } of batch) globalThis.items.push({ index, text: result?.text, why: result?.receipt.decision.why.code, done }); })().catch(() => undefined);
  }, { endpoint: `${simulator.url}/v1`, requests });
  const items = (tab, count) => tab.waitForFunction((count) => globalThis.items.length >= count && globalThis.items, count).then((handle) => handle.jsonValue());
  const over = (tab) => tab.evaluate(() => globalThis.over);
  const asked = () => simulator.requests.filter(({ path }) => path === "/v1/chat/completions").flatMap(({ method, json }) => (method === "POST" ? [json.messages.at(-1).content] : []));

  await begin(page, questions);
  const before = await items(page, 4);
  await arrive(page);
  const first = asked().length;
  await begin(page, questions);
  const report = await over(page);
  const after = await items(page, 12);
  t.diagnostic(`${before.length} of 12 were done when the page was left; after it ${report.resumed} came without a call and ${report.calls} were asked`);
  assert.ok(report.resumed >= before.length && report.resumed < 12, `${report.resumed} resumed`);
  assert.deepEqual([report.requests, report.failed, report.calls, asked().length - first], [12, 0, 12 - report.resumed, 12 - report.resumed]);
  // They come first, as they were, and each was asked once.
  assert.ok(after.slice(0, report.resumed).every(({ why }) => why === "resumed") && after.slice(report.resumed).every(({ why }) => why !== "resumed"));
  for (const { index, text } of before) {
    assert.equal(after.find((item) => item.index === index).text, text);
    assert.equal(asked().filter((prompt) => prompt === `Question ${index}`).length, 1);
  }
  assert.deepEqual(after.map(({ done }) => done), Array.from({ length: 12 }, (_, index) => index + 1));

  // All of it is done; one place is another question now.
  const changed = questions.with(3, { ...questions[3], prompt: "And this?" });
  await begin(page, changed);
  const again = await over(page);
  assert.deepEqual([again.resumed, again.calls, again.failed, asked().at(-1)], [11, 1, 0, "And this?"]);

  // Another tab has to wait until this one is gone.
  const more = [...changed, ...questions.map((question) => ({ ...question, prompt: `More of ${question.prompt}` }))];
  await begin(page, more);
  await items(page, 14);
  const tab = await context.newPage();
  await arrive(tab, page.url());
  await begin(tab, more);
  assert.equal(await over(tab), "invalid-request");
  await page.close();
  await begin(tab, more);
  const last = await over(tab);
  assert.ok(last.resumed >= 14, `${last.resumed} resumed`);
  assert.deepEqual([last.requests, last.failed, last.calls], [24, 0, 24 - last.resumed]);

  // Cancelled, it stays; who forgets all answers forgets it too.
  await begin(tab, [...more, { ...questions[0], prompt: "The last" }]);
  await tab.evaluate(() => { globalThis.batch.cancel(); });
  assert.equal((await over(tab)).failed > 0, true);
  await begin(tab, more);
  assert.deepEqual([(await over(tab)).resumed, (await over(tab)).calls], [24, 0]);
  await tab.evaluate(() => globalThis.mesh.cache.clear());
  await begin(tab, more.slice(0, 2));
  assert.deepEqual([(await over(tab)).resumed, (await over(tab)).calls], [undefined, 2]);
});
