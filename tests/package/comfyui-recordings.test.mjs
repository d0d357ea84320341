// What a real ComfyUI said, played to Chromium: the run's events, its pictures and its errors.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { playComfyUI, recordedPicture, recordedWorkflow } from "../servers/comfyui-recording.mjs";
import { openLab } from "./lab.mjs";

test("recordings of a ComfyUI", async (suite) => {
  const lab = await openLab(suite);

  /** Asks for a picture of what is played, and gives all that was said. */
  async function hear(t, what, request) {
    const server = await playComfyUI(what);
    t.after(() => server.close());
    const { page } = await lab.visit(t);
    return page.evaluate(async ({ endpoint, request }) => {
      const mesh = globalThis.hkm.createMesh({ name: "recordings", policy: { fallback: false }, providers: { ollama: { disabled: true }, comfyui: { endpoint } } });
      const generation = mesh.image(request);
      const digest = async (blob) => Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer())), (byte) => byte.toString(16).padStart(2, "0")).join("");
      const heard = { queue: [], steps: new Set(), previews: [], warnings: [] };
      try {
        for await (const event of generation) {
          if (event.type === "queue") heard.queue.push(event.position);
          if (event.type === "progress" && event.node === "KSampler") heard.steps.add(event.value);
          if (event.type === "preview") heard.previews.push(event.blob.type);
          if (event.type === "warning") heard.warnings.push(event.reason.code);
        }
        const { images } = await generation.result;
        return { ...heard, steps: [...heard.steps], images: await Promise.all(images.map(async ({ blob, mediaType }) => [mediaType, await digest(blob)])) };
      } catch (error) {
        return { ...heard, steps: [...heard.steps], error: { code: error.code, message: error.message, hint: error.hint } };
      }
    }, { endpoint: server.url, request });
  }

  const picture = createHash("sha256").update(recordedPicture()).digest("hex");
  const own = (name) => ({ prompt: "a prism", workflow: recordedWorkflow(name) });

  await suite.test("run_sd15_ksampler: its place in line, six steps, six previews, and one picture", async (t) => {
    const heard = await hear(t, { run: "run_sd15_ksampler" }, own("run_sd15_ksampler"));
    assert.deepEqual(heard.queue, [0], JSON.stringify(heard));
    const [begun, ...steps] = heard.steps;
    assert.deepEqual(steps.map((value) => value - begun), [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(heard.previews, Array.from({ length: 6 }, () => "image/jpeg"));
    assert.equal(heard.images.length, 1);
  });

  await suite.test("run_ok_saveimage: one blob of the bytes that were recorded", async (t) => {
    const heard = await hear(t, { run: "run_ok_saveimage" }, own("run_ok_saveimage"));
    assert.deepEqual(heard.images, [["image/png", picture]], JSON.stringify(heard));
  });

  for (const name of ["run_ok_preview", "run_progress_preview_metadata", "run_sd15_ksampler_cached"]) {
    await suite.test(`${name}: a picture`, async (t) => {
      const heard = await hear(t, { run: name }, own(name));
      assert.equal(heard.images?.length, 1, JSON.stringify(heard));
    });
  }

  await suite.test("run_interrupt_targeted: somebody else stopped it", async (t) => {
    const { error } = await hear(t, { run: "run_interrupt_targeted" }, own("run_interrupt_targeted"));
    assert.equal(error?.code, "server", JSON.stringify(error));
    assert.ok(error.hint, JSON.stringify(error));
  });

  for (const [refusal, code, named] of [["prompt_err_ckpt_not_in_list", "model-missing", /ckpt_name|v1-5-pruned/], ["prompt_err_missing_input", "invalid-request", /image/], ["prompt_err_unknown_class", "unsupported", /NoSuchNode/]]) {
    await suite.test(`${refusal}: ${code}, and what to do`, async (t) => {
      const { error } = await hear(t, { refusal }, { prompt: "a prism" });
      assert.equal(error?.code, code, JSON.stringify(error));
      assert.match(`${error.message} ${error.hint}`, named);
      assert.ok(error.hint?.length > 10, JSON.stringify(error));
    });
  }
});
