// Pictures by a ComfyUI in Chromium: the server is a simulator, whose words are those of a recorded one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startComfyUISimulator } from "../simulator/comfyui.mjs";
import { openLab } from "./lab.mjs";
import { catchMemory, fillMemory, paint } from "./painting.mjs";

/** Makes the page's mesh, with this ComfyUI and, where wanted, a painter in the cloud that is a program in the page. */
const open = (page, endpoint, { policy, timeouts, hasCloud = false } = {}) => page.evaluate(async ({ endpoint, policy, timeouts, hasCloud }) => {
  const mesh = globalThis.hkm.createMesh({ name: "pictures", ...(policy && { policy }), ...(timeouts && { timeouts }), providers: { ollama: { disabled: true }, comfyui: { endpoint } } });
  if (hasCloud) {
    mesh.register({
      name: "cloud", locality: "cloud", models: async () => [{ id: "brush", type: "image", capabilities: ["image-edit"], price: { input: 0, output: 0, image: 0.04 } }],
      async *image() {
        yield { type: "image", blob: new Blob(["simulated"], { type: "image/png" }) };
        yield { type: "finish", reason: "stop" };
      },
    });
  }
  globalThis.mesh = mesh;
  await mesh.ready;
}, { endpoint, policy, timeouts, hasCloud });

const small = { prompt: "a prism on a table", width: 64, height: 64, steps: 4 };

test("pictures by a ComfyUI", async (suite) => {
  const lab = await openLab(suite);

  async function studio(t, options = {}) {
    const simulator = await startComfyUISimulator({ models: "sd15", ...options });
    t.after(() => simulator.close());
    return simulator;
  }

  await suite.test("a picture comes with its steps and previews, is a PNG, and costs nothing", async (t) => {
    const simulator = await studio(t, { stepMs: 5 });
    const { page } = await lab.visit(t);
    await open(page, simulator.url);
    const { events, images, receipt, error } = await paint(page, { ...small, seed: 7 });
    assert.equal(error, undefined, JSON.stringify(error));
    assert.equal(images.length, 1);
    assert.deepEqual([images[0].mediaType, images[0].size, images[0].seed], ["image/png", "64x64", 7]);
    assert.ok(events.filter((event) => event.startsWith("progress")).length >= 4, events.join());
    assert.ok(events.some((event) => event.startsWith("preview image/")), events.join());
    assert.deepEqual(events.slice(-2), ["image", "finish"]);
    assert.equal(receipt.provider, "comfyui");
    assert.deepEqual([receipt.isLocal, receipt.cost, receipt.costKind], [true, 0, "free"]);
    assert.equal(simulator.requests.filter(({ path }) => path.startsWith("/ws")).length, 1);
  });

  for (const [setUp, encoding] of [["sdxl", "v3"], ["flux", "v1"], ["schnell", "v1"], ["flux-parts", "v3"], ["folders", "v1"]]) {
    await suite.test(`the files of the set-up ${setUp} make a picture`, async (t) => {
      const simulator = await studio(t, { models: setUp, encoding, windows: setUp === "folders" });
      const { page } = await lab.visit(t);
      await open(page, simulator.url);
      for (const workflow of ["infographic", "scientific", "artistic"]) {
        const { images, error } = await paint(page, { prompt: "a prism", workflow, steps: 2 });
        assert.equal(images?.length, 1, `${workflow}: ${JSON.stringify(error)}`);
      }
    });
  }

  await suite.test("a picture is changed: it is uploaded, and what comes back says that it was", async (t) => {
    const simulator = await studio(t);
    const { page } = await lab.visit(t);
    await open(page, simulator.url);
    const { images, error } = await page.evaluate(async (request) => {
      const canvas = new globalThis.OffscreenCanvas(64, 64);
      canvas.getContext("2d").fillRect(0, 0, 32, 64);
      const source = await canvas.convertToBlob({ type: "image/png" });
      try {
        return { images: (await globalThis.mesh.image({ ...request, source }).result).images.map(({ mediaType }) => mediaType) };
      } catch (thrown) {
        return { error: { code: thrown.code, message: thrown.message } };
      }
    }, small);
    assert.deepEqual(images, ["image/png"], JSON.stringify(error));
    assert.ok(simulator.requests.some(({ method, path }) => method === "POST" && path === "/upload/image"));
  });

  await suite.test("a picture is changed where its mask says so; a model that cannot keep to one is not asked", async (t) => {
    const simulator = await studio(t);
    const { page } = await lab.visit(t);
    await open(page, simulator.url, { hasCloud: true });
    const outcome = await page.evaluate(async (request) => {
      const draw = async (colour, from) => {
        const canvas = new globalThis.OffscreenCanvas(64, 64);
        const context = canvas.getContext("2d");
        context.fillRect(0, 0, 64, 64);
        context.fillStyle = colour;
        context.fillRect(from, 0, 32, 64);
        return canvas.convertToBlob({ type: "image/png" });
      };
      const [source, mask] = [await draw("red", 0), await draw("white", 32)];
      const told = (thrown) => ({ code: thrown.code, excluded: thrown.excluded?.map(({ reason }) => reason.message).join() });
      const cloud = await globalThis.mesh.image({ ...request, source, mask, model: "cloud/brush" }).result.catch(told);
      const alone = await globalThis.mesh.image({ ...request, mask }).result.catch(told);
      const { images, receipt } = await globalThis.mesh.image({ ...request, source, mask }).result;
      return { type: images[0].mediaType, provider: receipt.provider, cloud, alone };
    }, small);
    assert.deepEqual([outcome.type, outcome.provider, outcome.alone.code, outcome.cloud.code], ["image/png", "comfyui", "invalid-request", "no-model"], JSON.stringify(outcome));
    assert.equal(simulator.requests.filter(({ method, path }) => method === "POST" && path === "/upload/image").length, 2);
    const sent = JSON.parse(simulator.requests.find(({ method, path }) => method === "POST" && path === "/prompt").body);
    assert.ok(Object.values(sent.prompt).some(({ class_type: kind }) => kind === "SetLatentNoiseMask"));
  });

  const made = "a picture";
  // What each fault ends in: a picture, or an error of one of these kinds. None hangs.
  const faults = {
    "socket-silent-1": [made], "socket-dropped-1": [made], "socket-stolen-1": [made], "restart-1": [made], "queue-ahead-2": [made],
    "error-400-checkpoint": ["model-missing"], "error-400": ["invalid-request"], "error-400-text": ["invalid-request", "unsupported"], "node-errors": [made],
    "node-error-1": ["server"], "out-of-memory-1": ["out-of-memory"], "interrupted-1": ["server"], "slow-50": [made], "empty-outputs": ["bad-output"],
    "null-output": [made], "history-late-500": [made], "other-events": [made], "unknown-messages": [made], "short-frame": [made],
    "error-500": ["unreachable", "server"], "error-413": ["unreachable", "unsupported"],
  };
  for (const [fault, ends] of Object.entries(faults)) {
    await suite.test(`${fault}: ${ends.join(" or ")}`, async (t) => {
      const simulator = await studio(t, { stepMs: 10 });
      const { page } = await lab.visit(t);
      await open(page, simulator.url, { policy: { fallback: false } });
      simulator.faults({ next: [fault] });
      const { images, error } = await paint(page, small);
      assert.ok(ends.includes(error ? error.code : made), JSON.stringify({ images, error }));
      if (error) assert.ok(error.message.length > 10, error.message);
    });
  }

  await suite.test("a step that never ends is given up in the time that was allowed, and stopped at the server", async (t) => {
    const simulator = await studio(t, { stepMs: 10 });
    const { page } = await lab.visit(t);
    await open(page, simulator.url, { policy: { fallback: false }, timeouts: { firstTokenMs: 1_500, totalMs: 4_000 } });
    simulator.faults({ next: ["blocked-1"] });
    const stopped = simulator.waitForRun((run) => run.ended === "interrupted");
    const { error } = await paint(page, small);
    assert.equal(error.code, "timeout");
    await stopped;
  });

  await suite.test("a picture that its server gives out no more is an error, not a wait", async (t) => {
    const simulator = await studio(t);
    const { page } = await lab.visit(t);
    await open(page, simulator.url, { policy: { fallback: false } });
    simulator.faults({ next: Array.from({ length: 6 }, () => "error-404"), forPath: "/view" });
    const { error } = await paint(page, small);
    assert.ok(["truncated", "server"].includes(error?.code), JSON.stringify(error));
  });

  await suite.test("without a socket the picture is asked after", async (t) => {
    const simulator = await studio(t);
    const { page } = await lab.visit(t);
    await open(page, simulator.url, { policy: { fallback: false } });
    simulator.faults({ next: Array.from({ length: 20 }, () => "cors-refused"), forPath: "/ws" });
    const { images, error } = await paint(page, small);
    assert.equal(images?.length, 1, JSON.stringify(error));
  });

  await suite.test("a server that is killed in the middle: the picture comes from the cloud where that may be, else a clear error", async (t) => {
    for (const [policy, end] of [[{ goal: "balanced", prefer: ["comfyui"] }, "cloud/brush"], [{ stayWithin: "device" }, "unreachable"]]) {
      const simulator = await studio(t, { stepMs: 200 });
      const { page } = await lab.visit(t);
      await open(page, simulator.url, { policy, hasCloud: true });
      const painting = paint(page, { ...small, steps: 20 });
      await simulator.waitForRun((run) => run.steps >= 2);
      await simulator.kill();
      const { events, receipt, error } = await painting;
      assert.equal(receipt?.model ?? error?.code, end, JSON.stringify({ error, events }));
      if (receipt) assert.ok(events.includes("fallback cloud/brush") && events.some((event) => event.startsWith("preview")), events.join());
      else assert.match(error.hint ?? "", /comfyui/i);
    }
  });

  await suite.test("a cancelled picture is stopped at its server, and the next one runs", async (t) => {
    const simulator = await studio(t, { stepMs: 100 });
    const { page } = await lab.visit(t);
    await open(page, simulator.url, { policy: { fallback: false } });
    const stopped = simulator.waitForRun((run) => run.ended === "interrupted");
    await page.evaluate(async (request) => {
      globalThis.first = globalThis.mesh.image({ ...request, steps: 100 });
      for await (const event of globalThis.first) if (event.type === "progress") break;
    }, small);
    await stopped;
    const { images, error } = await paint(page, small);
    assert.equal(images?.length, 1, JSON.stringify(error));
  });

  await suite.test("twenty at once queue and finish; one that is cancelled while it waits leaves the queue", async (t) => {
    // Slow until the eleventh is cancelled: it waits for certain, however slow the machine is.
    const simulator = await studio(t, { stepMs: 2_000 });
    const { page } = await lab.visit(t);
    await open(page, simulator.url, { policy: { fallback: false } });
    await page.evaluate(async (request) => {
      globalThis.all = Array.from({ length: 20 }, (_, number) => globalThis.mesh.image({ ...request, prompt: `picture ${number}` }));
      globalThis.settled = Promise.allSettled(globalThis.all.map(({ result }) => result));
      const waiting = globalThis.all[10];
      for await (const event of waiting) {
        if (event.type !== "queue" || event.position === 0) continue;
        waiting.cancel("enough");
        break;
      }
    }, small);
    simulator.setPace({ stepMs: 5 });
    const ends = await page.evaluate(async () => (await globalThis.settled).map(({ status, value, reason }) => (status === "fulfilled" ? value.images.length : String(reason))));
    assert.deepEqual(ends.filter((end) => end === 1).length, 19, ends.join());
    assert.equal(ends[10], "enough");
    assert.equal(simulator.requests.filter(({ path }) => path.startsWith("/ws")).length, 1);
  });

  await suite.test("two tabs ask at once and each gets its own", async (t) => {
    const simulator = await studio(t, { stepMs: 20 });
    const { context, page } = await lab.visit(t);
    const other = await context.newPage();
    await other.goto(page.url());
    await other.evaluate(() => globalThis.outcome);
    await open(page, simulator.url);
    await open(other, simulator.url);
    const [one, two] = await Promise.all([paint(page, { ...small, seed: 1 }), paint(other, { ...small, seed: 2 })]);
    assert.deepEqual([one.images?.[0].seed, two.images?.[0].seed], [1, 2], JSON.stringify([one.error, two.error]));
  });

  await suite.test("a server that lets no page in says how to let this one in", async (t) => {
    const simulator = await studio(t, { cors: null });
    const { page } = await lab.visit(t);
    await open(page, simulator.url, { policy: { fallback: false } });
    const { error } = await paint(page, small);
    assert.ok(["unreachable", "no-model"].includes(error?.code), JSON.stringify(error));
    const remedies = await page.evaluate(async () => (await globalThis.mesh.diagnose("comfyui")).causes.flatMap(({ code, remedies }) => [code, ...remedies.map(({ command }) => command)]));
    assert.ok(remedies.includes("origin-refused"), remedies.join());
    assert.ok(remedies.some((command) => command?.includes("--enable-cors-header")), remedies.join());
  });

  await suite.test("fifty pictures in a row hold no more than ten", async (t) => {
    const simulator = await studio(t);
    const { page } = await lab.visit(t, catchMemory);
    await open(page, simulator.url, { hasCloud: true });
    await fillMemory(page, { ...small, model: "cloud/brush" });
    const wasm = await page.evaluate(async (request) => {
      const held = [];
      for (let number = 1; number <= 50; number += 1) {
        await globalThis.mesh.image({ ...request, prompt: `picture ${number}` }).result;
        held.push(globalThis.wasmMemory.buffer.byteLength);
      }
      return held;
    }, small);
    t.diagnostic(`WebAssembly memory after picture 10: ${wasm[9]} bytes, after picture 50: ${wasm[49]} bytes`);
    assert.equal(wasm[49], wasm[9]);
  });
});
