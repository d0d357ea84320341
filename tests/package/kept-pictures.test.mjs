// Pictures and videos that are given without asking anybody, in real Chromium with its IndexedDB, locks and channels. The
// servers are simulators.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startComfyUISimulator } from "../simulator/comfyui.mjs";
import { startGeminiSimulator } from "../simulator/gemini.mjs";
import { GOOD_GEMINI_KEY } from "../simulator/keys.mjs";
import { arrive, openLab } from "./lab.mjs";
import { catchMemory, fillMemory } from "./painting.mjs";

const ASKED = { prompt: "a prism on a table", width: 64, height: 64, steps: 4, seed: 7 };

/** Makes the page's mesh. */
const open = (page, providers, options = {}) => page.evaluate(async ({ providers, options }) => {
  globalThis.mesh = globalThis.hkm.createMesh({ name: "kept-pictures", providers: { ollama: { disabled: true }, ...providers }, ...options });
  await globalThis.mesh.ready;
}, { providers, options });

/** Asks for a picture, or a video, and tells what came: of its bytes their digest. */
const ask = (page, request, kind = "image") => page.evaluate(async ({ request, kind }) => {
  const generation = globalThis.mesh[kind](request);
  const events = [];
  for await (const { type } of generation) events.push(type);
  const { images, video, receipt } = await generation.result;
  const digest = async (blob) => [blob.type, blob.size, ...new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", await blob.arrayBuffer()))].join();
  return { events, receipt, digests: await Promise.all((images?.map(({ blob }) => blob) ?? [video]).map(digest)), seeds: images?.map(({ seed }) => seed) };
}, { request, kind });

const stats = (page) => page.evaluate(() => globalThis.mesh.cache.stats());

/** Puts are written behind the answer: waits until so many entries lie there. */
async function whenKept(page, count) {
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await stats(page)).entries >= count) return;
    await new Promise((resolve) => { setTimeout(resolve, 25); });
  }
  throw new Error(`there are not ${count} entries`);
}

test("kept pictures", async (suite) => {
  const lab = await openLab(suite);

  async function studio(t, options = {}) {
    const simulator = await startComfyUISimulator({ models: "sd15", ...options });
    t.after(() => simulator.close());
    return simulator;
  }
  const runs = (simulator) => simulator.requests.filter(({ method, path }) => method === "POST" && path === "/prompt").length;

  await suite.test("a picture with a seed is made once: the second comes from the disk, also in a later visit, byte for byte", async (t) => {
    const simulator = await studio(t);
    const { page } = await lab.visit(t);
    const providers = { comfyui: { endpoint: simulator.url } };
    await open(page, providers);
    const made = await ask(page, { ...ASKED, count: 2 });
    assert.deepEqual([made.receipt.cached, made.digests.length], [false, 2]);
    await whenKept(page, 1);
    const again = await ask(page, { ...ASKED, count: 2, prompt: ` ${ASKED.prompt}\n` });
    assert.deepEqual([again.receipt.cached, again.receipt.cost, again.receipt.cacheKey], ["disk", 0, made.receipt.cacheKey]);
    assert.deepEqual([again.digests, again.seeds], [made.digests, made.seeds]);
    assert.deepEqual(again.events, ["route", "image", "image", "finish"]);
    await arrive(page);
    await open(page, providers);
    const later = await ask(page, { ...ASKED, count: 2 });
    assert.deepEqual([later.receipt.cached, later.digests], ["disk", made.digests]);
    assert.equal(runs(simulator), 1);
    const { entries, bytes, diskHits } = await stats(page);
    assert.ok(entries === 1 && bytes > Number(made.digests[0].split(",")[1]), `${entries} ${bytes}`);
    assert.equal(diskHits, 1);
  });

  await suite.test("another seed, another size and no seed are other pictures; a deleted one is made anew", async (t) => {
    const simulator = await studio(t);
    const { page } = await lab.visit(t);
    await open(page, { comfyui: { endpoint: simulator.url } });
    const random = { ...ASKED, seed: undefined };
    const { receipt } = await ask(page, ASKED);
    for (const request of [{ ...ASKED, seed: 8 }, { ...ASKED, width: 128 }, random, random]) assert.equal((await ask(page, request)).receipt.cached, false);
    assert.equal(runs(simulator), 5);
    assert.equal(await page.evaluate((key) => globalThis.mesh.cache.delete(key), receipt.cacheKey), true);
    assert.equal((await ask(page, ASKED)).receipt.cached, false);
    assert.equal((await ask(page, { ...ASKED, cache: "refresh" })).receipt.cached, false);
    assert.equal((await ask(page, { ...ASKED, cache: "off" })).receipt.cached, false);
    assert.equal(runs(simulator), 8);
    assert.equal((await ask(page, ASKED)).receipt.cached, "disk");
  });

  await suite.test("a changed picture is known by the bytes of its source", async (t) => {
    const simulator = await studio(t);
    const { page } = await lab.visit(t);
    await open(page, { comfyui: { endpoint: simulator.url } });
    const change = (colour) => page.evaluate(async ({ request, colour }) => {
      const canvas = new globalThis.OffscreenCanvas(64, 64);
      const context = canvas.getContext("2d");
      context.fillStyle = colour;
      context.fillRect(0, 0, 64, 64);
      const source = await canvas.convertToBlob({ type: "image/png" });
      return (await globalThis.mesh.image({ ...request, source }).result).receipt.cached;
    }, { request: ASKED, colour });
    assert.deepEqual([await change("red"), await change("blue"), await change("red")], [false, false, "disk"]);
  });

  await suite.test("who asks while it is made shares it, in three tabs too: one prompt, equal pictures", async (t) => {
    const simulator = await studio(t, { stepMs: 150 });
    const { context, page } = await lab.visit(t);
    const pages = [page];
    for (let number = 0; number < 2; number += 1) {
      const other = await context.newPage();
      await arrive(other, page.url());
      pages.push(other);
    }
    for (const one of pages) await open(one, { comfyui: { endpoint: simulator.url } });
    const first = ask(page, ASKED);
    await simulator.waitForRun((run) => run.steps >= 1);
    const all = await Promise.all([first, ask(page, ASKED), ...pages.slice(1).map((one) => ask(one, ASKED))]);
    assert.equal(new Set(all.map(({ digests }) => digests.join())).size, 1);
    assert.deepEqual(all.map(({ receipt }) => receipt.joined ?? false), [false, true, true, true]);
    assert.equal(runs(simulator), 1);
  });

  await suite.test("when the tab that has it made is closed, another one has it made", async (t) => {
    const simulator = await studio(t, { stepMs: 100 });
    const { context, page } = await lab.visit(t);
    const other = await context.newPage();
    await arrive(other, page.url());
    for (const one of [page, other]) await open(one, { comfyui: { endpoint: simulator.url } });
    ask(page, { ...ASKED, steps: 30 }).catch(() => undefined);
    await simulator.waitForRun((run) => run.steps >= 1);
    const waiting = ask(other, { ...ASKED, steps: 30 });
    await new Promise((resolve) => { setTimeout(resolve, 500); });
    simulator.setPace({ stepMs: 1 });
    await page.close();
    const { digests, receipt } = await waiting;
    assert.deepEqual([digests.length, receipt.cached], [1, false]);
  });

  await suite.test("what had to stay on this machine is written nowhere", async (t) => {
    const simulator = await studio(t);
    const { page } = await lab.visit(t);
    await open(page, { comfyui: { endpoint: simulator.url } });
    for (let number = 0; number < 2; number += 1) {
      const { receipt } = await ask(page, { ...ASKED, policy: "privacy" });
      assert.deepEqual([receipt.cached, receipt.cacheKey], [false, undefined]);
    }
    assert.equal((await stats(page)).entries, 0);
  });

  await suite.test("pictures of a cloud and its videos are kept likewise, and are not paid for again", async (t) => {
    const simulator = await startGeminiSimulator({ intervalMs: 0 });
    t.after(() => simulator.close());
    const { page } = await lab.visit(t);
    await open(page, { comfyui: { disabled: true }, gemini: { endpoint: `${simulator.url}/v1beta`, apiKey: GOOD_GEMINI_KEY } });
    const wish = { prompt: "a prism", model: "gemini/gemini-simulator-flash-image", seed: 3 };
    const made = await ask(page, wish);
    await whenKept(page, 1);
    const asked = simulator.requests.length;
    const again = await ask(page, wish);
    assert.deepEqual([again.digests, again.receipt.cached, again.receipt.cost], [made.digests, "disk", 0]);
    assert.equal(simulator.requests.length, asked);
    const model = "gemini/veo-simulator-generate";
    const film = { prompt: "a fox", model, cache: "use" };
    const video = await ask(page, film, "video");
    await whenKept(page, 2);
    const seen = await ask(page, film, "video");
    assert.deepEqual([seen.digests, seen.receipt.cached, seen.events], [video.digests, "disk", ["route", "video", "finish"]]);
    assert.ok(video.digests[0].startsWith("video/"));
  });

  await suite.test("a browser that stores no blobs, or has no room for them: pictures come all the same, and nothing is left behind", async (t) => {
    const simulator = await studio(t);
    const { page } = await lab.visit(t);
    await open(page, { comfyui: { endpoint: simulator.url } });
    const kept = await ask(page, ASKED);
    await whenKept(page, 1);
    for (const [seed, error] of [[8, "DataCloneError"], [9, "QuotaExceededError"]]) {
      await page.evaluate((error) => {
        globalThis.realPut ??= globalThis.IDBObjectStore.prototype.put;
        globalThis.IDBObjectStore.prototype.put = function put(value, key) {
          if (value.blobs) throw new DOMException("Not here.", error);
          return globalThis.realPut.call(this, value, key);
        };
      }, error);
      for (let number = 0; number < 2; number += 1) assert.equal((await ask(page, { ...ASKED, seed })).receipt.cached, false, error);
      assert.equal((await stats(page)).entries, 1, error);
      assert.deepEqual((await ask(page, ASKED)).digests, kept.digests);
    }
    await page.evaluate(() => { globalThis.IDBObjectStore.prototype.put = globalThis.realPut; });
    await ask(page, { ...ASKED, seed: 9 });
    await whenKept(page, 2);
    assert.equal((await ask(page, { ...ASKED, seed: 9 })).receipt.cached, "disk");
  });

  await suite.test("no byte of them goes through the module: its memory after the fortieth is that after the tenth", async (t) => {
    const simulator = await startGeminiSimulator({ intervalMs: 0 });
    t.after(() => simulator.close());
    const { page } = await lab.visit(t, catchMemory);
    await open(page, { comfyui: { disabled: true }, gemini: { endpoint: `${simulator.url}/v1beta`, apiKey: GOOD_GEMINI_KEY } }, { cache: { maxBytes: 100_000_000 } });
    simulator.faults({ always: ["image-large"], forMethod: "POST" });
    const bytes = await page.evaluate(async () => {
      const wish = (seed) => ({ prompt: "a prism", model: "gemini/gemini-simulator-flash-image", seed });
      let bytes = 0;
      for (let seed = 0; seed < 5; seed += 1) bytes += (await globalThis.mesh.image(wish(seed)).result).images[0].blob.size;
      while ((await globalThis.mesh.cache.stats()).entries < 5) await new Promise((resolve) => { setTimeout(resolve, 50); });
      return bytes;
    });
    await fillMemory(page, { prompt: "a prism", model: "gemini/gemini-simulator-flash-image", seed: 0 });
    const held = await page.evaluate(async () => {
      const ask = async (number) => (await globalThis.mesh.image({ prompt: "a prism", model: "gemini/gemini-simulator-flash-image", seed: number % 5 }).result).receipt.cached;
      const memory = [];
      const cached = new Set();
      for (let number = 0; number < 40; number += 1) {
        cached.add(await ask(number));
        memory.push(globalThis.wasmMemory.buffer.byteLength);
      }
      return { memory, cached: [...cached] };
    });
    t.diagnostic(`five pictures of ${bytes} bytes; WebAssembly memory after the tenth ${held.memory[9]} bytes, after the fortieth ${held.memory[39]}`);
    assert.deepEqual(held.cached, ["disk"]);
    assert.equal(held.memory[39], held.memory[9]);
  });
});
