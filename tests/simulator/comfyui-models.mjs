// @ts-check
/** The model files of a simulated ComfyUI: several set-ups, as people have them, with either system's path separator. */

/**
 * @typedef {Readonly<Record<string, readonly string[]>>} Files names by folder, with "/" where they lie in subfolders
 */

/** In the order in which the recorded server names them. */
export const FOLDERS = Object.freeze([
  "checkpoints", "configs", "loras", "vae", "text_encoders", "diffusion_models", "clip_vision", "style_models", "embeddings", "diffusers", "vae_approx", "controlnet",
  "gligen", "upscale_models", "custom_nodes", "hypernetworks", "photomaker", "classifiers", "model_patches", "audio_encoders",
]);
/** What folders were called before. @type {Readonly<Record<string, string>>} */
const FORMERLY = Object.freeze({ clip: "text_encoders", unet: "diffusion_models" });

const SD15 = ["v1-5-pruned-emaonly.safetensors"];
const SDXL = ["sd_xl_base_1.0.safetensors"];
const FLUX = ["flux1-dev-fp8.safetensors"];
const SCHNELL = ["flux1-schnell-fp8.safetensors"];
const FLUX_PARTS = { diffusion_models: ["flux1-dev.safetensors"], text_encoders: ["clip_l.safetensors", "t5xxl_fp8_e4m3fn.safetensors"], vae: ["ae.safetensors"] };

/** @type {Readonly<Record<string, Files>>} */
export const SETUPS = Object.freeze({
  none: {},
  recorded: { checkpoints: ["tiny-random-sd15.safetensors"] },
  sd15: { checkpoints: SD15 },
  sdxl: { checkpoints: SDXL, loras: ["sd_xl_offset_example-lora_1.0.safetensors"] },
  flux: { checkpoints: FLUX },
  schnell: { checkpoints: SCHNELL },
  "flux-parts": FLUX_PARTS,
  folders: { checkpoints: ["FLUX/flux1-dev-fp8.safetensors", "SD15/v1-5-pruned-emaonly.safetensors", "SDXL/sd_xl_base_1.0.safetensors"] },
  all: { ...FLUX_PARTS, checkpoints: [...FLUX, ...SCHNELL, ...SDXL, ...SD15], upscale_models: ["RealESRGAN_x4plus.pth"] },
});

/**
 * What a control endpoint was told: a set-up by its name, or files by folder.
 * @param {unknown} wanted
 * @returns {Files}
 */
export function readFiles(wanted) {
  if (typeof wanted === "string") {
    const setup = Object.hasOwn(SETUPS, wanted) ? SETUPS[wanted] : undefined;
    if (setup === undefined) throw new Error(`no set-up is called ${JSON.stringify(wanted)}; there are ${Object.keys(SETUPS).join(", ")}`);
    return setup;
  }
  const entries = Object.entries(/** @type {Record<string, unknown>} */ (wanted ?? {}));
  for (const [folder, names] of entries) {
    if (!FOLDERS.includes(folder)) throw new Error(`no folder is called ${JSON.stringify(folder)}`);
    if (!Array.isArray(names) || names.some((name) => typeof name !== "string")) throw new Error("a folder holds a list of names");
  }
  return /** @type {Files} */ (Object.fromEntries(entries));
}

export class Models {
  #files;
  #separator;

  /**
   * @param {Files} files
   * @param {{ windows: boolean }} options
   */
  constructor(files, { windows }) {
    this.#files = files;
    this.#separator = windows ? "\\" : "/";
  }

  /** @param {Files} files */
  replace(files) {
    this.#files = files;
  }

  /**
   * @param {string} folder
   * @returns {string[] | undefined} undefined: no such folder
   */
  list(folder) {
    const name = FORMERLY[folder] ?? folder;
    if (!FOLDERS.includes(name)) return undefined;
    return (this.#files[name] ?? []).map((file) => file.replaceAll("/", this.#separator));
  }

  /**
   * What stands in the head of a file of tensors.
   * @param {string} folder
   * @param {string} name
   * @returns {Record<string, string> | undefined}
   */
  metadata(folder, name) {
    if (!name.endsWith(".safetensors") || !this.list(folder)?.includes(name)) return undefined;
    const architecture = [["schnell", "flux-1-schnell"], ["flux", "flux-1-dev"], ["xl", "stable-diffusion-xl-v1-base"]].find(([part = ""]) => name.toLowerCase().includes(part))?.[1];
    // Older files say nothing of themselves.
    return architecture === undefined || !["checkpoints", "diffusion_models", "unet"].includes(folder) ? undefined
      : { "format": "pt", "modelspec.sai_model_spec": "1.0.0", "modelspec.architecture": architecture, "modelspec.title": "Simulated: no weights are here" };
  }
}
