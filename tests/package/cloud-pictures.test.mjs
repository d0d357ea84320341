// Pictures by Gemini and OpenRouter in Chromium: both are simulators, whose pictures say so.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startComfyUISimulator } from "../simulator/comfyui.mjs";
import { FAULTS, knows } from "../simulator/faults.mjs";
import { startGeminiSimulator } from "../simulator/gemini.mjs";
import { GOOD_GEMINI_KEY, GOOD_OPENROUTER_KEY } from "../simulator/keys.mjs";
import { startOpenRouterSimulator } from "../simulator/openrouter.mjs";
import { openLab } from "./lab.mjs";
import { catchMemory, fillMemory, paint } from "./painting.mjs";

const CLOUDS = {
  gemini: { start: startGeminiSimulator, path: "/v1beta", key: GOOD_GEMINI_KEY, model: "gemini/gemini-simulator-flash-image" },
  openrouter: { start: startOpenRouterSimulator, path: "/api/v1", key: GOOD_OPENROUTER_KEY, model: "openrouter/simulator/text-and-image" },
};
const THINKER = "gemini/gemini-3-simulator-pro-image";

/** What each fault ends in. Every one of them ends. */
const made = "a picture";
const ENDS = {
  "text-instead": "bad-output", "image-png": made, "image-jpeg": made, "image-large": made, "image-broken": "bad-output", "blocked-image": "blocked-content",
  "no-image": "bad-output", "image-safety": "blocked-content", "image-prohibited-content": "blocked-content", "image-recitation": "blocked-content", "image-other": "bad-output",
  "image-in-thought": made,
};
const pictureFaults = (cloud) => Object.keys(FAULTS).filter((kind) => FAULTS[kind].group === "picture" && !kind.startsWith("video") && knows(cloud, kind));
/** Faults of other kinds that an answer with a picture can have as well. */
const OTHER_FAULTS = {
  "error-500": "server", "error-401": "invalid-key", "error-403": "permission", "error-429-day": "quota", "cut": "truncated",
  // The picture is there; what ends the answer is nobody's loss.
  "no-finish": made,
  "malformed": "protocol",
  "reset-middle": "truncated", "reset-head": "unreachable", "stall-head-5000": "timeout", "stall-first-5000": "timeout", "cors-refused": "unreachable", "bytes": made, "split-utf8": made,
};

test("pictures by the clouds", async (suite) => {
  const lab = await openLab(suite);

  async function cloud(t, name, options = {}) {
    const { start, path, key } = CLOUDS[name];
    const simulator = await start({ intervalMs: 0, ...options });
    t.after(() => simulator.close());
    return { simulator, provider: { kind: name, endpoint: `${simulator.url}${path}`, apiKey: key } };
  }

  const open = (page, providers, options = {}) => page.evaluate(async ({ providers, options }) => {
    globalThis.mesh = globalThis.hkm.createMesh({ name: "pictures", ...options, providers: { ollama: { disabled: true }, comfyui: { disabled: true }, ...providers } });
    await globalThis.mesh.ready;
  }, { providers, options });

  for (const name of Object.keys(CLOUDS)) {
    const { model } = CLOUDS[name];
    await suite.test(`${name}: a picture comes beside words, of the ratio that was asked for, and is charged`, async (t) => {
      const { simulator, provider } = await cloud(t, name);
      const { page } = await lab.visit(t);
      await open(page, { [name]: provider });
      const { events, images, receipt, error } = await paint(page, { prompt: "a prism", model, aspectRatio: "16:9", seed: 7 });
      assert.equal(error, undefined, JSON.stringify(error));
      assert.deepEqual(images.map(({ mediaType, size }) => [mediaType, size]), [["image/png", "1360x768"]]);
      assert.ok(events.some((event) => event.startsWith("text ")), events.join());
      assert.deepEqual(events.slice(-2), ["image", "finish"]);
      assert.equal(receipt.model, model);
      assert.ok(receipt.usage.outputTokens > 1_290 && !receipt.usage.estimated, JSON.stringify(receipt.usage));
      if (name === "openrouter") assert.deepEqual([receipt.costKind, receipt.cost > 0], ["billed", true]);
      assert.ok(simulator.requests.every(({ leaks }) => leaks.length === 0));
    });

    for (const kind of pictureFaults(name)) {
      await suite.test(`${name}, ${kind}: ${ENDS[kind]}`, async (t) => {
        const { simulator, provider } = await cloud(t, name);
        const { page } = await lab.visit(t);
        await open(page, { [name]: provider });
        simulator.faults({ next: [kind] });
        const { images, error } = await paint(page, { prompt: "a prism", model });
        assert.equal(error?.code ?? made, ENDS[kind], JSON.stringify({ images, error }));
        if (error) assert.ok(error.message.length > 10, error.message);
        else assert.ok(images.length === 1 && images[0].size !== "tiny");
      });
    }

    for (const [kind, end] of Object.entries(OTHER_FAULTS).filter(([kind]) => knows(name, kind.replace(/-\d+$/, "")))) {
      await suite.test(`${name}, ${kind}: ${end}`, async (t) => {
        const { simulator, provider } = await cloud(t, name);
        const { page } = await lab.visit(t);
        await open(page, { [name]: provider }, { timeouts: { firstTokenMs: 1_500 } });
        simulator.faults({ always: [kind] });
        const { error } = await paint(page, { prompt: "a prism", model, policy: { fallback: false } });
        assert.equal(error?.code ?? made, end, JSON.stringify(error));
      });
    }

    await suite.test(`${name}: three at once are three pictures`, async (t) => {
      const { simulator, provider } = await cloud(t, name);
      const { page } = await lab.visit(t);
      await open(page, { [name]: provider });
      const { images, error } = await paint(page, { prompt: "a prism", model, count: 3, seed: 1 });
      assert.equal(images?.length, 3, JSON.stringify(error));
      assert.equal(simulator.requests.filter(({ method, path }) => method === "POST" && /generate|chat/i.test(path)).length, 3);
    });

    await suite.test(`${name}: a picture is changed, and what comes says so`, async (t) => {
      const { provider } = await cloud(t, name);
      const { page } = await lab.visit(t);
      await open(page, { [name]: provider });
      const [plain, changed] = await page.evaluate(async (model) => {
        const digest = async (blob) => Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer())).slice(0, 8)).join();
        const first = (await globalThis.mesh.image({ prompt: "a prism", model }).result).images[0].blob;
        const second = (await globalThis.mesh.image({ prompt: "a prism", model, source: first }).result).images[0].blob;
        return [await digest(first), await digest(second)];
      }, model);
      assert.notEqual(plain, changed);
    });
  }

  await suite.test("a model that thinks shows what it thinks of before the picture", async (t) => {
    const { provider } = await cloud(t, "gemini");
    const { page } = await lab.visit(t);
    await open(page, { gemini: provider });
    const { events, images, error } = await paint(page, { prompt: "a prism", model: THINKER });
    assert.equal(images?.[0].mediaType, "image/jpeg", JSON.stringify(error));
    assert.ok(events.indexOf("preview image/jpeg") > 0 && events.indexOf("preview image/jpeg") < events.indexOf("image"), events.join());
  });

  await suite.test("a key of the free tier has no pictures, and is told so", async (t) => {
    const { provider } = await cloud(t, "gemini");
    const { page } = await lab.visit(t);
    await open(page, { gemini: { ...provider, apiKey: "AIzaSimulatorFree" } });
    const { error } = await paint(page, { prompt: "a prism", model: CLOUDS.gemini.model });
    assert.equal(error?.code, "quota", JSON.stringify(error));
  });

  await suite.test("OpenRouter: who only paints is asked for nothing else", async (t) => {
    const { provider } = await cloud(t, "openrouter");
    const { page } = await lab.visit(t);
    await open(page, { openrouter: provider });
    const { images, error } = await paint(page, { prompt: "a prism", model: "openrouter/simulator/image" });
    assert.equal(images?.length, 1, JSON.stringify(error));
  });

  await suite.test("a ComfyUI that is killed in the middle: Gemini paints where that may be, and nobody where it may not", async (t) => {
    const { provider } = await cloud(t, "gemini");
    for (const [policy, end] of [[{ goal: "balanced", prefer: ["comfyui"] }, "gemini"], [{ stayWithin: "device" }, "unreachable"]]) {
      const studio = await startComfyUISimulator({ models: "sd15", stepMs: 200 });
      t.after(() => studio.close());
      const { page } = await lab.visit(t);
      await open(page, { gemini: provider, comfyui: { endpoint: studio.url } }, { policy });
      const painting = paint(page, { prompt: "a prism", width: 64, height: 64, steps: 20 });
      await studio.waitForRun((run) => run.steps >= 2);
      await studio.kill();
      const { events, receipt, images, error } = await painting;
      assert.equal(receipt?.provider ?? error?.code, end, JSON.stringify({ error, events }));
      if (receipt) {
        assert.ok(events.some((event) => event.startsWith("fallback gemini/")) && events.some((event) => event.startsWith("preview")), events.join());
        assert.deepEqual([images.length, receipt.attempts.length, receipt.attempts[0].model], [1, 2, "comfyui/v1-5-pruned-emaonly.safetensors"]);
      }
    }
  });

  await suite.test("what was stopped is stopped at the server", async (t) => {
    const { simulator, provider } = await cloud(t, "gemini");
    const { page } = await lab.visit(t);
    await open(page, { gemini: provider });
    simulator.faults({ next: ["stall-first-60000"] });
    await page.evaluate((model) => {
      globalThis.generation = globalThis.mesh.image({ prompt: "a prism", model });
      globalThis.ended = globalThis.generation.result.catch(String);
    }, CLOUDS.gemini.model);
    await simulator.waitFor(({ path }) => path.includes("streamGenerateContent"));
    const reason = await page.evaluate(() => {
      globalThis.generation.cancel("enough");
      return globalThis.ended;
    });
    assert.equal(reason, "enough");
    await simulator.waitFor(({ path, aborted }) => aborted && path.includes("streamGenerateContent"));
  });

  const film = (page, request) => page.evaluate(async (request) => {
    const generation = globalThis.mesh.video(request);
    const events = [];
    try {
      for await (const event of generation) events.push(event.type === "progress" ? `progress ${event.value}/${event.max}` : event.type === "warning" ? `warning ${event.reason.code}` : event.type);
      const { video, mediaType, receipt } = await generation.result;
      const url = URL.createObjectURL(video);
      const element = globalThis.document.createElement("video");
      const plays = await new Promise((resolve) => {
        element.onloadedmetadata = () => { resolve(`${element.videoWidth > 0 && element.duration > 0}`); };
        element.onerror = () => { resolve(element.error.message); };
        element.src = url;
      });
      URL.revokeObjectURL(url);
      return { events, mediaType, plays, receipt };
    } catch (error) {
      return { events, error: { code: error.code, message: error.message, hint: error.hint } };
    }
  }, request);
  const FILM = "gemini/veo-simulator-generate";

  await suite.test("a video is begun, asked for and fetched, and plays", async (t) => {
    const { simulator, provider } = await cloud(t, "gemini");
    const { page } = await lab.visit(t);
    await open(page, { gemini: provider });
    const { events, mediaType, plays, receipt, error } = await film(page, { prompt: "a fox runs", aspectRatio: "16:9", seconds: 4 });
    assert.equal(error, undefined, JSON.stringify(error));
    assert.deepEqual([mediaType, plays, receipt.model], ["video/mp4", "true", FILM]);
    assert.deepEqual(events.filter((event) => event.startsWith("progress")), ["progress 1/3", "progress 2/3", "progress 3/3"]);
    assert.deepEqual(events.slice(-2), ["video", "finish"]);
    assert.equal(await page.evaluate(() => globalThis.mesh.route({ prompt: "a fox", seconds: 8 }).chosen.type), "video");
    assert.ok(simulator.requests.every(({ leaks }) => leaks.length === 0), "the key stands in headers only");
  });

  const FILM_ENDS = { "video-slow-4": made, "video-never": "timeout", "video-failed": "server", "video-filtered": "blocked-content", "video-gone": "server", "video-lost": "truncated" };
  assert.deepEqual(Object.keys(FILM_ENDS).map((kind) => kind.replace(/-\d+$/, "")), Object.keys(FAULTS).filter((kind) => kind.startsWith("video")));
  for (const [kind, end] of Object.entries(FILM_ENDS)) {
    await suite.test(`${kind}: ${end}`, async (t) => {
      const { simulator, provider } = await cloud(t, "gemini");
      const { page } = await lab.visit(t);
      await open(page, { gemini: provider }, kind === "video-never" ? { timeouts: { totalMs: 12_000 } } : {});
      simulator.faults({ next: [kind], forMethod: "POST" });
      const { plays, error } = await film(page, { prompt: "a fox runs", model: FILM, policy: { fallback: false } });
      assert.equal(error?.code ?? (plays === "true" ? made : plays), end, JSON.stringify(error));
      if (error) assert.ok(error.message.length > 10);
    });
  }

  await suite.test("fifty pictures of 3 MB leave the module's memory as ten did", async (t) => {
    const { simulator, provider } = await cloud(t, "gemini");
    const { page } = await lab.visit(t, catchMemory);
    await open(page, { gemini: provider });
    await fillMemory(page, { prompt: "a first one", model: CLOUDS.gemini.model });
    simulator.faults({ always: ["image-large"] });
    const held = await page.evaluate(async (model) => {
      const held = [];
      for (let number = 1; number <= 50; number += 1) {
        const { images } = await globalThis.mesh.image({ prompt: `picture ${number}`, model }).result;
        if (images[0].blob.size < 3_000_000) throw new Error("too small");
        held.push(globalThis.wasmMemory.buffer.byteLength);
      }
      return held;
    }, CLOUDS.gemini.model);
    t.diagnostic(`WebAssembly memory after picture 1: ${held[0]} bytes, after picture 10: ${held[9]} bytes, after picture 50: ${held[49]} bytes`);
    assert.equal(held[49], held[9]);
  });
});
