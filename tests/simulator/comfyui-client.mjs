// @ts-check
/** For tests: workflows as a page would send them, and a WebSocket that keeps all that it hears. */
import { WebSocket } from "ws";
import { Numeral, writePython } from "./python-json.mjs";

/**
 * @typedef {{ text?: string, bytes?: Buffer, message?: any }} Frame message: the parsed text, where it is JSON
 * @typedef {import("./comfyui-graph.mjs").Workflow} Workflow
 */

/**
 * The graph of Stable Diffusion 1.5 and SDXL.
 * @param {{ checkpoint?: string, seed?: number | string, steps?: number, text?: string, width?: number, height?: number, count?: number, prefix?: string }} [wanted]
 * @returns {Workflow}
 */
export function pictureWorkflow({ checkpoint = "v1-5-pruned-emaonly.safetensors", seed = 1, steps = 4, text = "a red fox", width = 64, height = 64, count = 1, prefix = "app" } = {}) {
  return {
    3: { class_type: "KSampler", inputs: {
      seed: new Numeral(String(seed)), steps, cfg: new Numeral("7.0"), sampler_name: "euler", scheduler: "normal", denoise: new Numeral("1.0"),
      model: ["4", 0], positive: ["6", 0], negative: ["7", 0], latent_image: ["5", 0],
    } },
    4: { class_type: "CheckpointLoaderSimple", inputs: { ckpt_name: checkpoint } },
    5: { class_type: "EmptyLatentImage", inputs: { width, height, batch_size: count } },
    6: { class_type: "CLIPTextEncode", inputs: { text, clip: ["4", 1] } },
    7: { class_type: "CLIPTextEncode", inputs: { text: "blurry", clip: ["4", 1] } },
    8: { class_type: "VAEDecode", inputs: { samples: ["3", 0], vae: ["4", 2] } },
    9: { class_type: "SaveImage", inputs: { filename_prefix: prefix, images: ["8", 0] } },
  };
}

/** @returns {Workflow} FLUX whose parts lie in files of their own */
export function partsWorkflow() {
  return {
    12: { class_type: "UNETLoader", inputs: { unet_name: "flux1-dev.safetensors", weight_dtype: "default" } },
    13: { class_type: "DualCLIPLoader", inputs: { clip_name1: "clip_l.safetensors", clip_name2: "t5xxl_fp8_e4m3fn.safetensors", type: "flux" } },
    14: { class_type: "VAELoader", inputs: { vae_name: "ae.safetensors" } },
    6: { class_type: "CLIPTextEncode", inputs: { text: "a red fox", clip: ["13", 0] } },
    10: { class_type: "FluxGuidance", inputs: { guidance: 3.5, conditioning: ["6", 0] } },
    15: { class_type: "EmptySD3LatentImage", inputs: { width: 128, height: 64, batch_size: 1 } },
    16: { class_type: "RandomNoise", inputs: { noise_seed: 1 } },
    17: { class_type: "KSamplerSelect", inputs: { sampler_name: "euler" } },
    18: { class_type: "BasicScheduler", inputs: { model: ["12", 0], scheduler: "simple", steps: 3, denoise: 1 } },
    19: { class_type: "BasicGuider", inputs: { model: ["12", 0], conditioning: ["10", 0] } },
    20: { class_type: "SamplerCustomAdvanced", inputs: { noise: ["16", 0], guider: ["19", 0], sampler: ["17", 0], sigmas: ["18", 0], latent_image: ["15", 0] } },
    8: { class_type: "VAEDecode", inputs: { samples: ["20", 0], vae: ["14", 0] } },
    9: { class_type: "SaveImage", inputs: { filename_prefix: "app", images: ["8", 0] } },
  };
}

/**
 * @param {string} url of the simulator
 * @param {Workflow} prompt
 * @param {Record<string, unknown>} [more] client_id and the like
 * @returns {Promise<{ status: number, value: any }>}
 */
export async function post(url, prompt, more = {}) {
  const response = await fetch(`${url}/prompt`, { method: "POST", headers: { "Content-Type": "application/json" }, body: writePython({ prompt, ...more }) });
  return { status: response.status, value: await response.json() };
}

/** @param {string} url @param {string} path @param {unknown} [body] with one it is a POST */
export async function call(url, path, body) {
  const response = await fetch(`${url}${path}`, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, value: text === "" ? undefined : tryJson(text) };
}

/** @param {string} text */
function tryJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export class Listener {
  /** @type {Frame[]} */
  frames = [];
  /** How it was closed. @type {number | undefined} */
  closed;
  #socket;
  /** @type {Set<() => void>} */
  #watchers = new Set();

  /** @param {WebSocket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.on("message", (data, isBinary) => {
      const bytes = /** @type {Buffer} */ (data);
      this.frames.push(isBinary ? { bytes } : { text: bytes.toString("utf8"), message: tryJson(bytes.toString("utf8")) });
      this.#changed();
    });
    socket.on("error", () => {});
    socket.on("close", (code) => {
      this.closed = code;
      this.#changed();
    });
  }

  #changed() {
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** @param {unknown} value */
  send(value) {
    this.#socket.send(typeof value === "string" ? value : JSON.stringify(value));
  }

  close() {
    this.#socket.terminate();
  }

  /**
   * The data of all messages of a type.
   * @param {string} type
   * @returns {any[]}
   */
  heard(type) {
    return this.frames.flatMap(({ message }) => (message?.type === type ? [message.data] : []));
  }

  get binary() {
    return this.frames.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes]));
  }

  /**
   * @param {(listener: Listener) => boolean} condition
   * @returns {Promise<Listener>}
   */
  until(condition) {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!condition(this)) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(this);
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`it never came; heard: ${this.frames.map(({ message, bytes }) => message?.type ?? `${bytes?.length} bytes`).join(", ")}`));
      }, 10_000);
      this.#watchers.add(look);
      look();
    });
  }

  /** @param {string} [id] until this prompt, or any, is finished */
  finished(id) {
    return this.until((one) => one.heard("executing").some(({ node, prompt_id }) => node === null && (id === undefined || prompt_id === id)));
  }
}

/**
 * @param {string} url of the simulator
 * @param {string} clientId
 * @param {{ origin?: string, metadata?: boolean }} [options] metadata: say at once whether previews may have it
 * @returns {Promise<Listener>} which has heard the first status
 */
export async function listen(url, clientId, { origin, metadata } = {}) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws?clientId=${encodeURIComponent(clientId)}`, origin === undefined ? {} : { origin });
  const listener = new Listener(socket);
  await listener.until((one) => one.closed !== undefined || one.frames.length > 0);
  if (metadata !== undefined) {
    listener.send(`{"type": "feature_flags", "data": {"supports_preview_metadata": ${metadata}}}`);
    await listener.until((one) => one.heard("feature_flags").length > 0);
  }
  return listener;
}
