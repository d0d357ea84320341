// @ts-check
/**
 * What `/object_info` says of each node. Most of it is a recording of a real server; the nodes that it left out, those of
 * FLUX among them, are written here by the same pattern.
 */
import { readFileSync } from "node:fs";
import { Numeral, parsePython } from "./python-json.mjs";

/**
 * @typedef {[string | unknown[], Record<string, any>?]} Input type or choices, and options
 * @typedef {object} Definition
 * @property {{ required?: Record<string, Input>, optional?: Record<string, Input>, hidden?: Record<string, unknown> }} input
 * @property {Record<string, string[]>} input_order
 * @property {string[]} output
 * @property {boolean[]} output_is_list
 * @property {string[]} output_name
 * @property {string} name
 * @property {string} display_name
 * @property {string} category
 * @property {boolean} output_node
 */

const RECORDED = new URL("../fixtures/comfyui/object_info_trimmed.json", import.meta.url);

/** @type {(...values: number[]) => Input} default, least, most and step of a whole number */
const whole = (value, min, max, step) => ["INT", { default: value, min, max, ...(step === undefined ? {} : { step }) }];
/** @param {number} value */
const float = (value) => new Numeral(Number.isInteger(value) ? `${value}.0` : String(value));
/** @type {(...values: [number, number, number, number]) => Input} */
const real = (value, min, max, step) => ["FLOAT", { default: float(value), min: float(min), max: float(max), step: float(step) }];
/** @type {(...choices: unknown[]) => Input} */
const choice = (...choices) => [choices];
/** @type {Input} */
const TEXT = ["STRING", { multiline: true, dynamicPrompts: true }];
/** @type {Input} */
const SEED = ["INT", { default: 0, min: 0, max: new Numeral("18446744073709551615"), control_after_generate: true }];
/** @type {Input} Filled from the model files when asked. */
const FILE = [[]];

/**
 * @param {string} name
 * @param {Record<string, Input | string>} required a type alone is a link
 * @param {string[]} output
 * @param {{ optional?: Record<string, Input>, display?: string, category?: string, outputNode?: boolean, names?: string[] }} [more]
 * @returns {[string, Definition]}
 */
function define(name, required, output, { optional, display = name, category = "advanced", outputNode = false, names = output } = {}) {
  const inputs = Object.fromEntries(Object.entries(required).map(([key, input]) => [key, /** @type {Input} */ (typeof input === "string" ? [input] : input)]));
  return [name, {
    input: { required: inputs, ...(optional === undefined ? {} : { optional }) },
    input_order: { required: Object.keys(required), ...(optional === undefined ? {} : { optional: Object.keys(optional) }) },
    output,
    output_is_list: output.map(() => false),
    output_name: names,
    name,
    display_name: display,
    category,
    output_node: outputNode,
  }];
}

/** @type {Record<string, Definition>} */
const recorded = parsePython(readFileSync(RECORDED, "utf8"));
const sampling = /** @type {any} */ (recorded["KSampler"]?.input.required);

/** @type {Readonly<Record<string, Definition>>} */
export const DEFINITIONS = Object.freeze({
  ...recorded,
  ...Object.fromEntries([
    define("EmptySD3LatentImage", { width: whole(1024, 16, 16_384, 16), height: whole(1024, 16, 16_384, 16), batch_size: whole(1, 1, 4096) }, ["LATENT"], { category: "latent/sd3" }),
    define("DualCLIPLoader", { clip_name1: FILE, clip_name2: FILE, type: choice("sdxl", "sd3", "flux", "hunyuan_video", "hidream", "hunyuan_image") }, ["CLIP"], {
      optional: { device: [["default", "cpu"], { advanced: true }] }, category: "advanced/loaders",
    }),
    define("FluxGuidance", { conditioning: "CONDITIONING", guidance: real(3.5, 0, 100, 0.1) }, ["CONDITIONING"], { category: "advanced/conditioning/flux" }),
    define("CLIPTextEncodeFlux", { clip: "CLIP", clip_l: TEXT, t5xxl: TEXT, guidance: real(3.5, 0, 100, 0.1) }, ["CONDITIONING"], { category: "advanced/conditioning/flux" }),
    define("ConditioningZeroOut", { conditioning: "CONDITIONING" }, ["CONDITIONING"], { category: "advanced/conditioning" }),
    define("ModelSamplingFlux", {
      model: "MODEL", max_shift: real(1.15, 0, 100, 0.01), base_shift: real(0.5, 0, 100, 0.01), width: whole(1024, 16, 16_384, 8), height: whole(1024, 16, 16_384, 8),
    }, ["MODEL"], { category: "advanced/model" }),
    define("RandomNoise", { noise_seed: SEED }, ["NOISE"], { category: "sampling/custom_sampling/noise" }),
    define("KSamplerSelect", { sampler_name: sampling.sampler_name }, ["SAMPLER"], { category: "sampling/custom_sampling/samplers" }),
    define("BasicScheduler", { model: "MODEL", scheduler: sampling.scheduler, steps: whole(20, 1, 10_000), denoise: real(1, 0, 1, 0.01) }, ["SIGMAS"], { category: "sampling/custom_sampling/schedulers" }),
    define("BasicGuider", { model: "MODEL", conditioning: "CONDITIONING" }, ["GUIDER"], { category: "sampling/custom_sampling/guiders" }),
    define("CFGGuider", { model: "MODEL", positive: "CONDITIONING", negative: "CONDITIONING", cfg: real(8, 0, 100, 0.1) }, ["GUIDER"], { category: "sampling/custom_sampling/guiders" }),
    define("SamplerCustomAdvanced", { noise: "NOISE", guider: "GUIDER", sampler: "SAMPLER", sigmas: "SIGMAS", latent_image: "LATENT" }, ["LATENT", "LATENT"], {
      category: "sampling/custom_sampling", names: ["output", "denoised_output"],
    }),
    define("LoraLoaderModelOnly", { model: "MODEL", lora_name: FILE, strength_model: real(1, -100, 100, 0.01) }, ["MODEL"], { category: "loaders" }),
    define("CLIPSetLastLayer", { clip: "CLIP", stop_at_clip_layer: whole(-1, -24, -1, 1) }, ["CLIP"], { category: "conditioning" }),
    define("VAEEncodeForInpaint", { pixels: "IMAGE", vae: "VAE", mask: "MASK", grow_mask_by: whole(6, 0, 64, 1) }, ["LATENT"], { category: "latent/inpaint" }),
    define("ImageToMask", { image: "IMAGE", channel: choice("red", "green", "blue", "alpha") }, ["MASK"], { category: "mask" }),
    define("SetLatentNoiseMask", { samples: "LATENT", mask: "MASK" }, ["LATENT"], { category: "latent/inpaint" }),
    define("ImageScaleBy", { image: "IMAGE", upscale_method: choice("nearest-exact", "bilinear", "area", "bicubic", "lanczos"), scale_by: real(1, 0.01, 8, 0.01) }, ["IMAGE"], { category: "image/upscaling" }),
    define("ImageScaleToTotalPixels", { image: "IMAGE", upscale_method: choice("nearest-exact", "bilinear", "area", "bicubic", "lanczos"), megapixels: real(1, 0.01, 16, 0.01) }, ["IMAGE"], {
      category: "image/upscaling",
    }),
    define("UpscaleModelLoader", { model_name: FILE }, ["UPSCALE_MODEL"], { category: "loaders" }),
    define("ImageUpscaleWithModel", { upscale_model: "UPSCALE_MODEL", image: "IMAGE" }, ["IMAGE"], { category: "image/upscaling" }),
    define("SaveImageWebsocket", { images: "IMAGE" }, [], { category: "api/image", outputNode: true }),
  ]),
});

/** Which input holds the files of which folders. @type {Readonly<Record<string, readonly string[]>>} */
const FILES = Object.freeze({
  "CheckpointLoaderSimple.ckpt_name": ["checkpoints"],
  "LoraLoader.lora_name": ["loras"],
  "LoraLoaderModelOnly.lora_name": ["loras"],
  "VAELoader.vae_name": ["vae"],
  "CLIPLoader.clip_name": ["text_encoders"],
  "DualCLIPLoader.clip_name1": ["text_encoders"],
  "DualCLIPLoader.clip_name2": ["text_encoders"],
  "UNETLoader.unet_name": ["diffusion_models"],
  "ControlNetLoader.control_net_name": ["controlnet"],
  "UpscaleModelLoader.model_name": ["upscale_models"],
});
/** These stand in the list although they are no file. @type {Readonly<Record<string, readonly string[]>>} */
const BUILT_IN = Object.freeze({ "VAELoader.vae_name": ["pixel_space"] });
const IMAGES = ["LoadImage.image", "LoadImageMask.image"];

/** Loads a model, which takes its time the first time. */
export const LOADERS = Object.freeze(new Set(Object.keys(FILES).filter((key) => key !== "LoraLoader.lora_name").map((key) => key.split(".")[0])));

/**
 * @typedef {object} Shelf what the lists are filled from
 * @property {(folder: string) => readonly string[]} files
 * @property {() => readonly string[]} images
 * @property {"v1" | "v3"} encoding of choices
 */

/**
 * @param {string} name
 * @param {Shelf} shelf
 * @returns {Definition | undefined}
 */
export function describe(name, { files, images, encoding }) {
  const definition = Object.hasOwn(DEFINITIONS, name) ? DEFINITIONS[name] : undefined;
  if (definition === undefined) return undefined;
  /** @type {(inputs: Record<string, Input> | undefined) => Record<string, Input> | undefined} */
  const filled = (inputs) => inputs && Object.fromEntries(Object.entries(inputs).map(([input, spec]) => {
    const key = `${name}.${input}`;
    const folders = FILES[key];
    const choices = IMAGES.includes(key) ? [...images()] : folders && [...folders.flatMap(files), ...(BUILT_IN[key] ?? [])];
    return [input, encode(choices === undefined ? spec : withChoices(spec, choices), encoding)];
  }));
  const required = filled(definition.input.required);
  const optional = filled(definition.input.optional);
  return { ...definition, input: { ...definition.input, ...(required ? { required } : {}), ...(optional ? { optional } : {}) } };
}

/**
 * @param {Input} spec
 * @param {unknown[]} choices
 * @returns {Input}
 */
function withChoices([, ...options], choices) {
  return [choices, ...options];
}

/**
 * @param {Input} spec
 * @param {"v1" | "v3"} encoding
 * @returns {Input}
 */
function encode(spec, encoding) {
  const [kind, options] = spec;
  return encoding === "v1" || !Array.isArray(kind) ? spec : ["COMBO", { ...options, multiselect: false, options: kind }];
}

/**
 * @param {Input} spec
 * @returns {readonly unknown[] | undefined} undefined: no choice
 */
export function choicesOf([kind, options]) {
  if (Array.isArray(kind)) return kind;
  return kind === "COMBO" && Array.isArray(options?.["options"]) ? options["options"] : undefined;
}
