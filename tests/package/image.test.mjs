// Pictures by providers written in JavaScript: what a page gets of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { installed } from "./installed-package.mjs";
import { collect, meshFor, rejection, turn } from "./scripted.mjs";

const { load } = await installed();
const hkm = await load("hkm-mesh");

const png = (text) => new Blob([text], { type: "image/png" });

/** A mesh with one painter. */
async function studio(t, image, { options = {}, model = {} } = {}) {
  const mesh = meshFor(t, hkm, options);
  mesh.register({ name: "studio", locality: "page", models: async () => [{ id: "brush", type: "image", price: { input: 0, output: 0 }, ...model }], image });
  await mesh.ready;
  return mesh;
}

async function* painting({ prompt }) {
  yield { type: "progress", value: 1, max: 2, node: "sketch" };
  yield { type: "preview", blob: png("half") };
  yield { type: "progress", value: 2, max: 2 };
  yield { type: "image", blob: png(prompt) };
  yield { type: "finish", reason: "stop" };
}

test("a picture comes as a blob, with its progress, its preview and a receipt", async (t) => {
  const mesh = await studio(t, painting);
  const generation = mesh.image({ prompt: "a prism", aspectRatio: "16:9" });
  const events = await collect(generation);
  assert.deepEqual(events.map(({ type }) => type), ["route", "attempt", "progress", "preview", "progress", "image", "finish"]);
  assert.equal(await events[3].blob.text(), "half");
  const { images, receipt } = await generation.result;
  assert.equal(images.length, 1);
  assert.equal(images[0].mediaType, "image/png");
  assert.equal(await images[0].blob.text(), "a prism");
  assert.equal(images[0].blob, events[5].blob);
  assert.equal(receipt.model, "studio/brush");
  assert.deepEqual([receipt.isLocal, receipt.cost, receipt.costKind], [true, 0, "free"]);
  assert.equal(mesh.metrics.report().byType.image.requests, 1);
  // Who comes late sees it all again.
  assert.deepEqual((await collect(generation)).map(({ type }) => type), events.map(({ type }) => type));
});

test("the painter gets the request as the caller made it, the picture to change among it", async (t) => {
  let given;
  const mesh = await studio(t, (request, signal) => { given = { request, signal }; return painting(request); }, { model: { capabilities: ["image-edit", "image-mask"] } });
  const source = png("\x89PNG\r\n\x1a\n…");
  const mask = png("\x89PNG\r\n\x1a\n,");
  await mesh.image({ prompt: "bluer", negativePrompt: "red", source, mask, width: 512, height: 512, seed: 7, steps: 4, count: 1, workflow: "artistic" }).result;
  const { model, prompt, negativePrompt, width, seed, steps, count, workflow } = given.request;
  assert.deepEqual({ model, prompt, negativePrompt, width, seed, steps, count, workflow }, { model: "brush", prompt: "bluer", negativePrompt: "red", width: 512, seed: 7, steps: 4, count: 1, workflow: "artistic" });
  assert.equal(given.request.source, source);
  assert.equal(given.request.mask, mask);
  assert.ok(given.signal instanceof AbortSignal);
});

test("a cancelled picture aborts its painter, and rejects with the caller's reason", async (t) => {
  let signal;
  const mesh = await studio(t, async function* wait(_request, given) {
    signal = given;
    yield { type: "progress", value: 0, max: 1 };
    await new Promise((resolve) => { given.addEventListener("abort", resolve, { once: true }); });
  });
  const controller = new AbortController();
  const generation = mesh.image({ prompt: "a", signal: controller.signal });
  generation.result.catch(() => undefined);
  while (!signal) await turn();
  assert.deepEqual(mesh.queue.get().map(({ type, state }) => [type, state]), [["image", "running"]]);
  const reason = new Error("enough");
  controller.abort(reason);
  await turn();
  assert.ok(signal.aborted);
  assert.equal(await rejection(generation.result), reason);
  assert.deepEqual(mesh.queue.get(), []);
});

test("what is no picture breaks the contract, and says so", async (t) => {
  const mesh = await studio(t, async function* wrong() { yield { type: "image", blob: "not a blob" }; }, { options: { policy: { fallback: false } } });
  const error = await rejection(mesh.image({ prompt: "a" }).result);
  assert.equal(error.code, "protocol");
  assert.match(error.message, /`studio` broke its contract/);
});

test("a request that asks for what cannot be is refused, each with its reason", async (t) => {
  const mesh = await studio(t, painting);
  for (const [request, code, words] of [
    [{ prompt: "a", aspectRatio: "2:1" }, "invalid-request", /aspectRatio/],
    [{ prompt: "a", workflow: 7 }, "invalid-request", /workflow/],
    [{ prompt: "a", source: "data:image/png;base64,AAAA" }, "invalid-request", /source/],
    [{ prompt: "a", surprise: 1 }, "invalid-request", /surprise/],
    [{}, "invalid-request", /prompt/],
    [{ prompt: "a", model: "studio/other" }, "model-missing", /other/],
  ]) {
    const error = await rejection(mesh.image(request).result);
    assert.equal(error.code, code, JSON.stringify(request));
    assert.match(error.message, words);
  }
});

test("a picture is routed without being made", async (t) => {
  let asked = 0;
  const mesh = await studio(t, (request) => { asked += 1; return painting(request); }, { model: { price: { input: 0, output: 0, image: 0.04 } } });
  while (mesh.models.get().length === 0) await turn();
  const decision = mesh.route({ prompt: "a prism", aspectRatio: "1:1", count: 2 });
  assert.equal(decision.chosen.id, "brush");
  assert.ok(Math.abs(decision.estimate.cost - 0.08) < 1e-9, String(decision.estimate.cost));
  assert.equal(mesh.explain(decision).scores[0].model, "studio/brush");
  assert.equal(asked, 0);
});
