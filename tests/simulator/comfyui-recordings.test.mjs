// @ts-check
/** The simulator against recordings of a real ComfyUI: the recorded requests, byte for byte, and what came back. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";
import { startComfyUISimulator } from "./comfyui.mjs";
import { listen } from "./comfyui-client.mjs";
import { sizeOfImage } from "./picture.mjs";
import { ask, parse } from "./raw-http.mjs";

const folder = new URL("../fixtures/comfyui/", import.meta.url);
/** @param {string} name */
const bytesOf = (name) => readFileSync(new URL(name, folder));
const names = readdirSync(folder).filter((file) => file.endsWith(".req")).map((file) => file.slice(0, -4));
/** @param {string} name @returns {string[]} what went over the socket, but for the handshake */
const framesOf = (name) => bytesOf(`${name}.ws.jsonl`).toString("utf8").trim().split("\n").slice(1)
  .flatMap((line) => {
    const { text, bin_b64: base64 } = JSON.parse(line);
    return text === undefined ? base64 === undefined ? [] : [headOf(Buffer.from(base64, "base64"))] : [text];
  });

/** @type {Awaited<ReturnType<typeof startComfyUISimulator>>} */
let simulator;
before(async () => {
  simulator = await startComfyUISimulator({ models: "recorded" });
});
after(() => simulator.close());
beforeEach(() => simulator.reset());

/** What has to have happened before, for the answer to be the recorded one. @type {Record<string, () => Promise<void>>} */
const preparations = {
  queue_with_pending: async () => {
    simulator.faults({ next: ["blocked-0"] });
    await ask(simulator.port, bytesOf("run_progress_preview_metadata.prompt.req"));
    await simulator.waitForRun(() => true);
    await ask(simulator.port, bytesOf("run_ok_preview.prompt.req"));
    await ask(simulator.port, bytesOf("run_ok_preview.prompt.req"));
  },
  view_saved: async () => {
    await ask(simulator.port, bytesOf("run_ok_saveimage.prompt.req"));
    await simulator.waitForRun(({ ended }) => ended === "success");
  },
  cors_disabled_get_localhost5173: async () => simulator.setCors(null),
};

for (const name of names) {
  test(`answers ${name} as the real server did`, async () => {
    const recorded = parse(bytesOf(`${name}.res`));
    await preparations[name]?.();
    const id = name.endsWith(".history") ? (await run(name.slice(0, -".history".length))).id : undefined;
    // Only the id of the prompt is another one than recorded.
    const request = bytesOf(`${name}.req`).toString("latin1").replace(/(?<=^GET \/history\/)[0-9a-f-]{36}/, (recordedId) => id ?? recordedId);
    const answered = await ask(simulator.port, Buffer.from(request, "latin1"));

    assert.equal(answered.status, recorded.status);
    assert.deepEqual(comparable(answered.headers), comparable(recorded.headers));
    assert.equal(answered.complete, true);
    if (name === "system_stats") assert.deepEqual(shape(JSON.parse(answered.body.toString())), shape(JSON.parse(recorded.body.toString())));
    else if (name === "view_saved") assert.deepEqual(aboutPicture(answered.body), aboutPicture(recorded.body));
    else assert.equal(steady(answered.body.toString()), steady(recorded.body.toString()));
  });
}

for (const name of names.filter((one) => one.endsWith(".prompt")).map((one) => one.slice(0, -".prompt".length))) {
  test(`its socket says in ${name} what the real one said, word for word`, async () => {
    const recorded = framesOf(name);
    const { listener } = await run(name);
    assert.deepEqual(listener.frames.map(({ text, bytes }) => steady(text ?? headOf(bytes ?? Buffer.alloc(0)))), recorded.map(steady));
  });
}

test("without the switch the socket is refused as recorded", async () => {
  simulator.setCors(null);
  const [line = ""] = bytesOf("cors_disabled_ws_origin5173.ws.jsonl").toString("utf8").split("\n");
  assert.match(line, /status=403/);
  assert.equal((await listen(simulator.url, "c", { origin: "http://localhost:5173" })).closed, 1006);
  assert.equal(simulator.requests[0]?.status, 403);
});

/**
 * What had run just before, so that the cache holds what it held.
 * @type {Record<string, (body: string) => string>}
 */
const EARLIER = {
  run_sd15_ksampler_cached: (body) => body,
  run_interrupt_targeted: (body) => body.replace(/"note": "\d+"/, '"note": "before"').replace('"steps": 100', '"steps": 1'),
  run_progress_preview_metadata: (body) => body.replace(/"note": "\d+"/, '"note": "before"'),
};

/**
 * Runs the recorded prompt.
 * @param {string} name
 * @returns {Promise<{ id: string, listener: import("./comfyui-client.mjs").Listener }>}
 */
async function run(name) {
  const body = bytesOf(`${name}.prompt.req`).toString("utf8").split("\r\n\r\n")[1] ?? "";
  const earlier = EARLIER[name]?.(body);
  if (earlier !== undefined) {
    await fetch(`${simulator.url}/prompt`, { method: "POST", body: earlier });
    await simulator.waitForRun(({ ended }) => ended === "success");
  }
  const listener = await listen(simulator.url, JSON.parse(body).client_id, { metadata: name.endsWith("metadata") });
  // The recorded interrupt came after seven steps.
  if (name === "run_interrupt_targeted") simulator.faults({ next: ["interrupted-7"] });
  const answered = await ask(simulator.port, bytesOf(`${name}.prompt.req`));
  const { prompt_id: id } = JSON.parse(answered.body.toString());
  return { id, listener: await listener.finished(id) };
}

/**
 * What is different each time, made equal: ids, instants, numbers of prompts and of files.
 * @param {string} text
 */
function steady(text) {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "ID")
    .replace(/"timestamp": \d+/g, '"timestamp": T')
    .replace(/"number": \d+/g, '"number": N')
    .replace(/\[\d+, "ID"/g, '[N, "ID"')
    .replace(/temp_[a-z]{5}_/g, "temp_letters_")
    .replace(/_\d{5}_\.png/g, "_N_.png")
    .replace(/"(note|color|client_id)": ("[^"]*"|\d+)/g, '"$1": V')
    .replace(/"steps": (12|6)\b/g, '"steps": S');
}

/**
 * A binary frame up to its image, and what kind of image it is.
 * @param {Buffer} bytes
 */
function headOf(bytes) {
  const metadata = bytes.readUInt32BE(0) === 4;
  const start = metadata ? 8 + bytes.readUInt32BE(4) : 8;
  const size = sizeOfImage(bytes.subarray(start));
  return `${bytes.readUInt32BE(0)} ${metadata ? bytes.subarray(8, start).toString() : bytes.readUInt32BE(4)} ${size?.width}x${size?.height}`;
}

/**
 * The headers that must be equal: all but dates and what depends on the bytes.
 * @param {[string, string][]} headers
 */
function comparable(headers) {
  return headers.filter(([name]) => name !== "date")
    .map(([name, value]) => `${name}: ${["content-length", "etag", "last-modified"].includes(name) && value !== "0" ? "N" : value}`).sort();
}

/** @param {Buffer} png size, and the texts that it bears */
function aboutPicture(png) {
  const chunks = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const type = png.subarray(at + 4, at + 8).toString("latin1");
    if (type === "IHDR" || type === "tEXt") chunks.push([type, png.subarray(at + 8, at + 8 + png.readUInt32BE(at)).toString("latin1")]);
  }
  return chunks;
}

/**
 * @param {any} value
 * @returns {any} keys in their order, values by their types
 */
function shape(value) {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0])];
  if (value === null || typeof value === "number") return "number or null";
  return typeof value === "object" ? Object.entries(value).map(([name, item]) => [name, shape(item)]) : typeof value;
}
