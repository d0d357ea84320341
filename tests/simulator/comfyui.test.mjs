// @ts-check
/** The simulated ComfyUI where no recording tells: queue, clients, files, set-ups, refusals, versions. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { SETUPS, startComfyUISimulator } from "./comfyui.mjs";
import { call, listen, partsWorkflow, pictureWorkflow, post } from "./comfyui-client.mjs";
import { drawPng, sizeOfImage } from "./picture.mjs";
import { Numeral } from "./python-json.mjs";
import { ask, request } from "./raw-http.mjs";

/** @type {Awaited<ReturnType<typeof startComfyUISimulator>>} */
let simulator;
before(async () => {
  simulator = await startComfyUISimulator({ intervalMs: 0 });
});
after(() => simulator.close());
beforeEach(() => simulator.reset());

/** @param {import("./comfyui.mjs").ComfyUIOptions} options @param {(one: typeof simulator) => Promise<void>} use */
async function withSimulator(options, use) {
  const one = await startComfyUISimulator({ intervalMs: 0, ...options });
  try {
    await use(one);
  } finally {
    await one.close();
  }
}
/** @param {import("./comfyui-graph.mjs").Workflow} workflow @param {typeof simulator} [on] @returns {Promise<any>} its entry in the history */
async function made(workflow, on = simulator) {
  const { status, value } = await post(on.url, workflow, { client_id: "made" });
  assert.equal(status, 200, JSON.stringify(value));
  await on.waitForRun(({ id, ended }) => id === value.prompt_id && ended !== "running");
  return (await call(on.url, `/history/${value.prompt_id}`)).value[value.prompt_id];
}
/** @param {{ filename: string, subfolder: string, type: string }} image @param {typeof simulator} [on] */
const view = async (image, on = simulator) => {
  const response = await fetch(`${on.url}/view?${new URLSearchParams({ ...image })}`);
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()), type: response.headers.get("content-type") };
};
/** @param {any} past @returns {any[]} */
const imagesOf = (past) => Object.values(past.outputs).flatMap((/** @type {any} */ output) => output.images);
/** @param {Record<string, string | Blob>} fields @param {string} name @param {string} [path] */
const upload = async (fields, name, path = "/upload/image") => {
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) {
    if (typeof value === "string") form.append(key, value);
    else form.append(key, value, name);
  }
  const response = await fetch(`${simulator.url}${path}`, { method: "POST", body: form });
  return { status: response.status, value: response.status === 200 ? await response.json() : undefined };
};
/** @param {string} seed */
const png = (seed) => new Blob([new Uint8Array(drawPng({ width: 80, height: 48, seed }))], { type: "image/png" });
/** The workflow that draws over a picture that was uploaded. @param {string} image */
const editWorkflow = (image) => ({
  ...pictureWorkflow(), 5: { class_type: "LoadImage", inputs: { image } }, 10: { class_type: "VAEEncode", inputs: { pixels: ["5", 0], vae: ["4", 2] } },
  3: { class_type: "KSampler", inputs: { ...pictureWorkflow()[3]?.inputs, latent_image: ["10", 0], denoise: 0.6 } },
});

test("a picture is a PNG of the size that was asked for, other for another seed, the same for the same", async () => {
  const first = await view(imagesOf(await made(pictureWorkflow({ seed: 1, width: 96, height: 64 })))[0]);
  const other = await view(imagesOf(await made(pictureWorkflow({ seed: 2, width: 96, height: 64 })))[0]);
  const again = await view(imagesOf(await made(pictureWorkflow({ seed: 1, width: 96, height: 64 })))[0]);
  assert.deepEqual([first.status, first.type, sizeOfImage(first.bytes)], [200, "image/png", { width: 96, height: 64 }]);
  assert.ok(!first.bytes.equals(other.bytes) && first.bytes.equals(again.bytes));
});

test("the same workflow twice is taken from the cache, without a step; a client without an id gets no outputs", async () => {
  const [image] = imagesOf(await made(pictureWorkflow()));
  const cached = await made(pictureWorkflow());
  assert.deepEqual([imagesOf(cached)[0], simulator.runs.at(-1)?.steps], [image, 0]);
  const { value } = await post(simulator.url, pictureWorkflow());
  await simulator.waitForRun(({ id, ended }) => id === value.prompt_id && ended === "success");
  assert.deepEqual((await call(simulator.url, `/history/${value.prompt_id}`)).value[value.prompt_id].outputs, {});
});

test("a seed of 64 bits comes back with every digit", async () => {
  const seed = "18446744073709551615";
  const { value } = await post(simulator.url, pictureWorkflow({ seed }));
  await simulator.waitForRun(({ ended }) => ended === "success");
  assert.ok((await call(simulator.url, `/history/${value.prompt_id}`)).text.includes(`"seed": ${seed}, "steps": 4, "cfg": 7.0`));
});

test("FLUX in parts, several pictures at once, subfolders and dates in names", async () => {
  const [parts] = imagesOf(await made(partsWorkflow()));
  assert.deepEqual(sizeOfImage((await view(parts)).bytes), { width: 128, height: 64 });
  const several = imagesOf(await made(pictureWorkflow({ count: 3, prefix: "a/b/%width%" })));
  assert.deepEqual(several.map(({ filename, subfolder }) => [filename, subfolder]), [["64_00001_.png", "a/b"], ["64_00002_.png", "a/b"], ["64_00003_.png", "a/b"]]);
});

test("the picture for the socket alone comes as PNG behind the head of a preview", async () => {
  const listener = await listen(simulator.url, "c", { metadata: true });
  const { value } = await post(simulator.url, { ...pictureWorkflow(), 9: { class_type: "SaveImageWebsocket", inputs: { images: ["8", 0] } } }, { client_id: "c", extra_data: { preview_method: "none" } });
  await listener.finished(value.prompt_id);
  const [only, ...others] = listener.binary;
  const start = 8 + (only?.readUInt32BE(4) ?? 0);
  assert.deepEqual([others.length, only?.readUInt32BE(0), JSON.parse(only?.subarray(8, start).toString() ?? "").image_type], [0, 4, "image/png"]);
  assert.deepEqual(sizeOfImage(only?.subarray(start) ?? Buffer.alloc(0)), { width: 64, height: 64 });
});

test("one prompt runs at a time; each client is told of its own, all of the queue's length", async () => {
  const [one, two] = [await listen(simulator.url, "one"), await listen(simulator.url, "two")];
  simulator.faults({ next: ["blocked-1"] });
  /** @type {string[]} */
  const ids = [];
  for (const client of ["one", "two", "two"]) ids.push((await post(simulator.url, pictureWorkflow({ seed: ids.length }), { client_id: client })).value.prompt_id);
  await simulator.waitForRun(({ steps }) => steps === 1);
  const { queue_running: running, queue_pending: pending } = (await call(simulator.url, "/queue")).value;
  assert.deepEqual([running, pending].map((rows) => rows.map((/** @type {any} */ row) => row[1])), [[ids[0]], [ids[1], ids[2]]]);
  await call(simulator.url, "/queue", { delete: [ids[1], ids[0]] });
  assert.deepEqual((await call(simulator.url, "/prompt")).value, { exec_info: { queue_remaining: 2 } });
  simulator.release();
  await two.finished(ids[2]);
  assert.deepEqual(one.heard("progress").map(({ prompt_id: of }) => of).filter((of) => of !== ids[0]), []);
  assert.deepEqual(two.heard("execution_start").map(({ prompt_id: of }) => of), [ids[2]]);
  await one.until(() => one.heard("status").at(-1).status.exec_info.queue_remaining === 0);
  assert.deepEqual(simulator.runs.map(({ id, ended }) => [id, ended]), [[ids[0], "success"], [ids[2], "success"]]);
});

test("pending prompts lie in the order of a heap: only the numbers tell who is next", async () => {
  simulator.faults({ next: ["blocked-1"] });
  for (const number of [0, 5, 3, 4, 1, 2]) await post(simulator.url, pictureWorkflow({ seed: number }), { number, prompt_id: `p${number}`, client_id: "c" });
  await simulator.waitForRun(({ steps }) => steps === 1);
  await post(simulator.url, pictureWorkflow({ seed: 9 }), { front: true, prompt_id: "front" });
  const numbers = (await call(simulator.url, "/queue")).value.queue_pending.map((/** @type {any} */ [number]) => number);
  assert.notDeepEqual(numbers, numbers.toSorted((/** @type {number} */ one, /** @type {number} */ other) => one - other));
  simulator.release();
  await simulator.waitForRun(({ id, ended }) => id === "p5" && ended === "success");
  assert.deepEqual(simulator.runs.map(({ id }) => id), ["p0", "front", "p1", "p2", "p3", "p4", "p5"]);
});

test("an interrupt without an id hits whatever runs, with one only that", async () => {
  simulator.faults({ always: "blocked-1" });
  for (const id of ["a", "b"]) await post(simulator.url, pictureWorkflow({ seed: id.charCodeAt(0) }), { prompt_id: id, client_id: "c" });
  await simulator.waitForRun(({ id, steps }) => id === "a" && steps === 1);
  await call(simulator.url, "/interrupt", { prompt_id: "b" });
  assert.equal(simulator.runs.length, 1);
  await call(simulator.url, "/interrupt", {});
  await simulator.waitForRun(({ id, steps }) => id === "b" && steps === 1);
  assert.equal(simulator.runs[0]?.ended, "interrupted");
});

test("a second socket takes a client's id over; when the first one closes, nobody has it", async () => {
  const first = await listen(simulator.url, "same");
  const second = await listen(simulator.url, "same");
  simulator.faults({ next: ["blocked-1"] });
  const { value } = await post(simulator.url, pictureWorkflow(), { client_id: "same" });
  await second.until((one) => one.heard("progress").length === 1);
  assert.deepEqual([first.heard("execution_start"), first.closed], [[], undefined]);
  first.close();
  await simulator.waitFor((entry) => entry.path === "/ws" && entry.ended === "complete");
  simulator.release();
  await simulator.waitForRun(({ ended }) => ended === "success");
  assert.deepEqual([second.heard("executing").some(({ node }) => node === null), value.prompt_id], [false, simulator.runs[0]?.id]);
});

test("a picture is uploaded, renamed when its name is taken by another one, and drawn over", async () => {
  assert.deepEqual((await upload({ image: png("a") }, "x.png")).value, { name: "x.png", subfolder: "", type: "input" });
  assert.equal((await upload({ image: png("a") }, "x.png")).value.name, "x.png");
  assert.equal((await upload({ image: png("b") }, "x.png")).value.name, "x (1).png");
  assert.equal((await upload({ image: png("c"), overwrite: "true" }, "x.png")).value.name, "x.png");
  assert.deepEqual((await upload({ image: png("d"), subfolder: "deep", type: "temp" }, "y.png")).value, { name: "y.png", subfolder: "deep", type: "temp" });
  assert.equal((await upload({ image: png("m"), original_ref: '{"filename":"x.png","type":"input"}' }, "mask.png", "/upload/mask")).value.name, "mask.png");
  assert.deepEqual((await view({ filename: "x.png", subfolder: "", type: "input" })).bytes, Buffer.from(await png("c").arrayBuffer()));
  assert.deepEqual([simulator.requests[0]?.notes["width"], simulator.requests[0]?.notes["name"]], [80, "x.png"]);
  const [image] = imagesOf(await made(editWorkflow("x (1).png")));
  assert.deepEqual(sizeOfImage((await view(image)).bytes), { width: 80, height: 48 });
  assert.ok((await call(simulator.url, "/object_info/LoadImage")).value.LoadImage.input.required.image[0].includes("x (1).png"));
});

test("wrong uploads and wrong views are refused", async () => {
  assert.equal((await upload({ image: png("a"), subfolder: "../up" }, "x.png")).status, 400);
  assert.equal((await upload({ overwrite: "true" }, "x.png")).status, 400);
  assert.equal((await call(simulator.url, "/upload/image", {})).status, 400);
  /** @param {string} query */
  const status = async (query) => (await call(simulator.url, `/view?${query}`)).status;
  assert.deepEqual([await status("filename=../x.png"), await status("filename=x.png&subfolder=../y"), await status("filename=no.png"), await status(""), await status("filename=x.png&type=else")],
    [400, 403, 404, 404, 400]);
  assert.equal((await fetch(`${simulator.url}/view?filename=example.png&type=input`)).status, 200);
});

test("a preview of a picture is a JPEG", async () => {
  const [image] = imagesOf(await made(pictureWorkflow()));
  const response = await fetch(`${simulator.url}/view?${new URLSearchParams({ ...image, preview: "jpeg;80" })}`);
  assert.deepEqual([response.headers.get("content-type"), sizeOfImage(Buffer.from(await response.arrayBuffer()))], ["image/jpeg", { width: 64, height: 64 }]);
});

/** @type {[string, (workflow: any) => void, string, string?, RegExp?][]} what is done to the workflow, the error's type, the node error's type and its details */
const WRONG = [
  ["no output", (workflow) => delete workflow[9], "prompt_no_outputs"],
  ["a node without its class", (workflow) => delete workflow[3].class_type, "invalid_prompt"],
  ["a value that is no number", (workflow) => (workflow[3].inputs.steps = "many"), "prompt_outputs_failed_validation", "invalid_input_type", /steps, many, invalid literal/],
  ["a value that is too small", (workflow) => (workflow[3].inputs.steps = 0), "prompt_outputs_failed_validation", "value_smaller_than_min", /^steps$/],
  ["a value that is too large", (workflow) => (workflow[3].inputs.cfg = new Numeral("100.5")), "prompt_outputs_failed_validation", "value_bigger_than_max", /^cfg$/],
  ["a value out of a long list", (workflow) => (workflow[3].inputs.sampler_name = "magic"), "prompt_outputs_failed_validation", "value_not_in_list", /'magic' not in \(list of length 42\)/],
  ["a list that is no link", (workflow) => (workflow[3].inputs.model = ["4"]), "prompt_outputs_failed_validation", "bad_linked_input", /^model$/],
  ["a link to another type", (workflow) => (workflow[3].inputs.model = ["4", 1]), "prompt_outputs_failed_validation", "return_type_mismatch", /received_type\(CLIP\) mismatch input_type\(MODEL\)/],
  ["a link to no node", (workflow) => (workflow[3].inputs.model = ["77", 0]), "prompt_outputs_failed_validation", "exception_during_inner_validation", /^'77'$/],
  ["a link to no slot", (workflow) => (workflow[9].inputs.images = ["8", 5]), "prompt_outputs_failed_validation", "exception_during_validation", /out of range/],
  ["a cycle", (workflow) => (workflow[5] = { class_type: "VAEEncode", inputs: { pixels: ["8", 0], vae: ["4", 2] } }), "prompt_outputs_failed_validation", "exception_during_inner_validation", /recursion/],
  ["a picture that was not uploaded", (workflow) => Object.assign(workflow, editWorkflow("no.png")), "prompt_outputs_failed_validation", "custom_validation_failed", /Invalid image file: no.png/],
];
for (const [what, spoil, type, inner, details] of WRONG) {
  test(`refused is ${what}: ${inner ?? type}`, async () => {
    const workflow = pictureWorkflow();
    spoil(workflow);
    const { status, value } = await post(simulator.url, workflow);
    assert.deepEqual([status, value.error.type], [400, type]);
    const errors = Object.values(value.node_errors).flatMap((/** @type {any} */ node) => node.errors);
    assert.deepEqual(errors.map((error) => error.type), inner === undefined ? [] : [inner]);
    if (details !== undefined) assert.match(errors[0].details, details);
  });
}

test("one output that is wrong leaves the other one its way: 200 with errors", async () => {
  const { status, value } = await post(simulator.url, { ...pictureWorkflow(), 11: { class_type: "PreviewImage", inputs: {} } }, { client_id: "c" });
  assert.deepEqual([status, value.node_errors["11"].dependent_outputs, value.node_errors["11"].errors[0].type], [200, ["11"], "required_input_missing"]);
  await simulator.waitForRun(({ ended }) => ended === "success");
});

test("every set-up lists its files where its loaders look for them, in either encoding", async () => {
  for (const [name, files] of Object.entries(SETUPS)) {
    simulator.setModels(name);
    for (const folder of ["checkpoints", "diffusion_models", "text_encoders"]) assert.deepEqual((await call(simulator.url, `/models/${folder}`)).value, files[folder] ?? []);
    const { CheckpointLoaderSimple: loader } = (await call(simulator.url, "/object_info/CheckpointLoaderSimple")).value;
    assert.deepEqual(loader.input.required.ckpt_name[0], files["checkpoints"] ?? []);
  }
  assert.deepEqual([(await call(simulator.url, "/models/unet")).status, (await call(simulator.url, "/models/nothing")).status], [200, 404]);
  const everything = (await call(simulator.url, "/object_info")).value;
  assert.ok(Object.keys(everything).length > 40 && everything.DualCLIPLoader.output[0] === "CLIP");
  assert.deepEqual((await call(simulator.url, "/object_info/NoSuchNode")).value, {});
  await withSimulator({ encoding: "v3", models: "flux-parts" }, async (other) => {
    const { UNETLoader: loader } = (await call(other.url, "/object_info/UNETLoader")).value;
    assert.deepEqual(loader.input.required.unet_name, ["COMBO", { multiselect: false, options: ["flux1-dev.safetensors"] }]);
    assert.equal((await post(other.url, partsWorkflow())).status, 200);
    assert.equal((await post(other.url, pictureWorkflow())).value.node_errors["4"].errors[0].type, "value_not_in_list");
  });
});

test("files tell of which kind they are, some of them", async () => {
  /** @param {string} path */
  const architecture = async (path) => {
    const { status, value } = await call(simulator.url, `/view_metadata/${path}`);
    return value?.["modelspec.architecture"] ?? status;
  };
  assert.deepEqual([
    await architecture("checkpoints?filename=sd_xl_base_1.0.safetensors"), await architecture("checkpoints?filename=flux1-dev-fp8.safetensors"),
    await architecture("diffusion_models?filename=flux1-dev.safetensors"), await architecture("checkpoints?filename=v1-5-pruned-emaonly.safetensors"), await architecture("checkpoints?filename=no.safetensors"),
  ], ["stable-diffusion-xl-v1-base", "flux-1-dev", "flux-1-dev", 404, 404]);
});

test("on Windows names have backslashes, which come back as they were sent", async () => {
  await withSimulator({ windows: true, models: "folders" }, async (windows) => {
    const checkpoint = "SD15\\v1-5-pruned-emaonly.safetensors";
    assert.ok((await call(windows.url, "/models/checkpoints")).value.includes(checkpoint));
    assert.equal((await post(windows.url, pictureWorkflow({ checkpoint: checkpoint.replace("\\", "/") }))).status, 400);
    const [image] = imagesOf(await made(pictureWorkflow({ checkpoint, prefix: "deep/er/x" }), windows));
    assert.deepEqual([image.subfolder, (await view(image, windows)).status, (await call(windows.url, "/system_stats")).value.system.os], ["deep\\er", 200, "nt"]);
  });
});

test("a model is loaded once, and again after it was let go", async () => {
  simulator.setPace({ loadMs: 60_000 });
  await post(simulator.url, pictureWorkflow(), { client_id: "c" });
  const listener = await listen(simulator.url, "c");
  await listener.until((one) => one.heard("executing").some(({ node }) => node === "4"));
  simulator.reset();
  await made(pictureWorkflow());
  simulator.setPace({ loadMs: 60_000 });
  await made(pictureWorkflow({ seed: 2 }));
  assert.equal((await call(simulator.url, "/free", { unload_models: true, free_memory: true })).status, 200);
  const again = await listen(simulator.url, "d");
  await post(simulator.url, pictureWorkflow({ seed: 3 }), { client_id: "d" });
  await again.until((one) => one.heard("executing").length > 0);
  assert.equal(again.heard("executing").at(-1).node, "4");
});

test("without the switch other ports and other sites are refused, its own page is not", async () => {
  simulator.setCors(null);
  /** @param {Record<string, string>} headers */
  const status = async (headers) => (await ask(simulator.port, request("GET", "/queue", { headers }))).status;
  assert.deepEqual([
    await status({ Host: "localhost:8188", Origin: "http://localhost:5173" }), await status({ Host: "localhost:8188", Origin: "http://localhost:8188" }),
    await status({ Host: "localhost:8188", Origin: "http://127.0.0.1:8188" }), await status({ Host: "localhost", Origin: "http://localhost:5173" }),
    await status({ Host: "localhost:8188" }), await status({ Host: "localhost:8188", "Sec-Fetch-Site": "cross-site" }), await status({ Host: "box.lan:8188", Origin: "http://else.lan" }),
  ], [403, 200, 403, 200, 200, 403, 200]);
});

test("with the switch its value is told literally, whoever asks, and errors of the server itself are bare", async () => {
  simulator.setCors("http://localhost:5173/");
  /** @param {string} method @param {string} path @param {string} [body] @returns {Promise<[number, string | undefined]>} */
  const told = async (method, path, body) => {
    const { status, headers } = await ask(simulator.port, request(method, path, { headers: { Origin: "http://else:1" }, ...(body === undefined ? {} : { body }) }));
    return [status, headers.find(([name]) => name === "access-control-allow-origin")?.[1]];
  };
  const literal = "http://localhost:5173/";
  assert.deepEqual([await told("GET", "/queue"), await told("GET", "/view"), await told("OPTIONS", "/anything"), await told("GET", "/nothing"), await told("DELETE", "/queue"), await told("POST", "/prompt", "{")],
    [[200, literal], [404, literal], [200, literal], [404, undefined], [405, undefined], [500, undefined]]);
  assert.deepEqual([await told("GET", "/api/queue"), await told("GET", "/api/nothing")], [[200, literal], [404, undefined]]);
});

test("a body that is too large is a bare 413", async () => {
  await withSimulator({ maxUploadSize: 1000 }, async (small) => {
    const form = new FormData();
    form.append("image", new Blob([Buffer.alloc(2000)]), "x.png");
    assert.equal((await fetch(`${small.url}/upload/image`, { method: "POST", body: form })).status, 413);
    assert.equal((await call(small.url, "/features")).value.max_upload_size, 1000);
  });
});

test("an old server takes no ids, has no features, and interrupts whatever runs", async () => {
  await withSimulator({ age: "old" }, async (old) => {
    const listener = await listen(old.url, "c");
    listener.send({ type: "feature_flags", data: { supports_preview_metadata: true } });
    old.faults({ next: ["blocked-1"] });
    const { value } = await post(old.url, pictureWorkflow(), { client_id: "c", prompt_id: "mine" });
    assert.deepEqual([value.prompt_id === "mine", value.node_errors, (await call(old.url, "/features")).status], [false, [], 404]);
    await old.waitForRun(({ steps }) => steps === 1);
    await call(old.url, "/interrupt", { prompt_id: "another" });
    await listener.finished(value.prompt_id);
    assert.deepEqual([listener.heard("feature_flags"), listener.heard("progress_state"), old.runs[0]?.ended], [[], [], "interrupted"]);
    assert.deepEqual((await call(old.url, "/prompt", {})).value, { error: "no prompt", node_errors: [] });
  });
});

test("a recent server wants ids as they are written, and names a missing node and a cycle", async () => {
  await withSimulator({ age: "recent" }, async (recent) => {
    assert.equal((await post(recent.url, pictureWorkflow(), { prompt_id: "Mine" })).value.error.type, "invalid_prompt_id");
    assert.equal((await post(recent.url, { 1: { class_type: "No", inputs: {} } })).value.error.type, "missing_node_type");
    const { value } = await post(recent.url, { ...pictureWorkflow(), 5: { class_type: "VAEEncode", inputs: { pixels: ["8", 0], vae: ["4", 2] } } });
    assert.deepEqual(Object.values(value.node_errors).map((/** @type {any} */ node) => node.errors[0].type), ["dependency_cycle", "dependency_cycle", "dependency_cycle"]);
  });
});

test("history is listed, in part too, and forgotten", async () => {
  for (const seed of [1, 2, 3]) await made(pictureWorkflow({ seed }));
  const ids = simulator.runs.map(({ id }) => id);
  /** @param {string} query */
  const listed = async (query) => Object.keys((await call(simulator.url, `/history${query}`)).value);
  assert.deepEqual([await listed(""), await listed("?max_items=1"), await listed("?max_items=1&offset=0")], [ids, ids.slice(2), ids.slice(0, 1)]);
  await call(simulator.url, "/history", { delete: [ids[1]] });
  assert.deepEqual(await listed(""), [ids[0], ids[2]]);
  await call(simulator.url, "/history", { clear: true });
  assert.deepEqual(await listed(""), []);
});

test("it is steered from elsewhere", async () => {
  /** @param {string} name @param {unknown} body */
  const control = (name, body) => call(simulator.controlUrl, `/__simulator/${name}`, body);
  assert.equal((await control("models", { setup: "none" })).status, 200);
  assert.deepEqual((await call(simulator.url, "/models/checkpoints")).value, []);
  await control("models", { files: { checkpoints: ["mine.safetensors"] } });
  assert.deepEqual((await call(simulator.url, "/models/checkpoints")).value, ["mine.safetensors"]);
  assert.deepEqual([(await control("models", { setup: "nonsense" })).status, (await control("models", { files: { nonsense: [] } })).status, (await control("pace", { speed: 1 })).status], [400, 400, 400]);
  await control("pace", { stepMs: 60_000 });
  const listener = await listen(simulator.url, "c");
  await control("enqueue", { count: 2 });
  await listener.until((one) => one.heard("status").some(({ status }) => status.exec_info.queue_remaining === 2));
  await control("silence", { clientId: "c" });
  await control("steal", { clientId: "c" });
  await control("restart", {});
  await listener.until(({ closed }) => closed !== undefined);
  assert.deepEqual((await control("runs", {})).value.map((/** @type {any} */ { ended }) => ended), ["lost"]);
  await control("cors", { origin: null });
  assert.equal((await fetch(`${simulator.url}/queue`, { headers: { Origin: "http://localhost:1" } })).status, 403);
  await control("kill", {});
  await assert.rejects(fetch(`${simulator.url}/queue`));
  await control("accept", {});
  assert.equal((await fetch(`${simulator.url}/queue`)).status, 200);
});
