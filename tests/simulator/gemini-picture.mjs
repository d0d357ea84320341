// @ts-check
/** Pictures that come out of Gemini's image models: their sizes, the parts they come in, and the ways in which none comes. */
import { encoded, PICTURE_TOKENS as TOKENS, sidesOf, SIZES } from "./cloud-picture.mjs";
import { findFault } from "./faults.mjs";
import { signText } from "./gemini-signature.mjs";

/**
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {import("./gemini-models.mjs").Complete} Model
 * @typedef {Record<string, unknown>} Part
 *
 * @typedef {import("./cloud-picture.mjs").Drawing & { alone: boolean }} Picture what was asked for; alone: no text is wanted
 */

const RATIOS = ["1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9", "21:9"];
const LATER_RATIOS = [...RATIOS, "4:5", "5:4", "1:4", "4:1", "1:8", "8:1"];

/** Finish reasons without any content. @type {Readonly<Record<string, string>>} */
const REASONS = Object.freeze({
  "no-image": "NO_IMAGE", "image-safety": "IMAGE_SAFETY", "image-prohibited-content": "IMAGE_PROHIBITED_CONTENT", "image-recitation": "IMAGE_RECITATION", "image-other": "IMAGE_OTHER",
});
export const NO_PICTURE = Object.keys(REASONS);

/**
 * @param {Record<string, any>} value the request, read
 * @param {Model} model
 * @returns {string | undefined}
 */
export function complainOfPicture(value, model) {
  const config = value["generationConfig"] ?? {};
  /** @type {string[] | undefined} */
  const modalities = config.responseModalities?.map((/** @type {string} */ one) => one.toUpperCase());
  const { aspectRatio: ratio, imageSize: size } = config.imageConfig ?? {};
  const accepted = model.image === undefined ? ["TEXT"] : ["TEXT, IMAGE", ...(model.third ? ["IMAGE"] : [])];
  const asked = modalities?.toSorted().reverse().join(", ") ?? accepted[0];
  if (asked !== undefined && !accepted.includes(asked)) {
    return `The requested combination of response modalities (${asked}) is not supported by the model. models/${model.id} accepts the following combination of response modalities:\n${accepted.map((one) => `* ${one}\n`).join("")}`;
  }
  if (model.image === undefined) return config.imageConfig === undefined ? undefined : "Image config is only supported by models that generate images.";
  if (ratio !== undefined && !(model.third ? LATER_RATIOS : RATIOS).includes(ratio)) return `Invalid aspect ratio: ${JSON.stringify(ratio)}. Supported: ${RATIOS.join(", ")}.`;
  if (size !== undefined && (!model.third || !Object.hasOwn(SIZES, size))) return model.third ? `Invalid image size: ${JSON.stringify(size)}. Supported: 1K, 2K, 4K.` : "Image size is not supported for this model.";
  if ((value["tools"] ?? []).some((/** @type {any} */ tool) => (tool.functionDeclarations ?? []).length > 0)) return "Function calling is not enabled for this model";
  return config.responseMimeType === "application/json" ? "JSON mode is not enabled for this model" : undefined;
}

/**
 * @param {Record<string, any>} value
 * @param {Model} model
 * @param {{ prompt: string, sources: string[] }} given sources: the data of the pictures that came with it
 * @returns {Picture | undefined} undefined: no picture is wanted
 */
export function readPicture(value, model, { prompt, sources }) {
  if (model.image === undefined) return undefined;
  const config = value["generationConfig"] ?? {};
  const { aspectRatio = "1:1", imageSize = "1K" } = config.imageConfig ?? {};
  const modalities = config.responseModalities ?? ["TEXT", "IMAGE"];
  return { ...sidesOf(aspectRatio, imageSize), edit: sources.length > 0, alone: modalities.length === 1, seed: JSON.stringify([prompt, config.seed ?? 0, aspectRatio, ...sources]) };
}

/**
 * The parts of the picture, which come in one piece.
 * @param {Picture | undefined} picture
 * @param {Model} model
 * @param {readonly Fault[]} faults
 * @param {{ showThoughts: boolean }} options
 * @returns {{ thoughts: Part[], parts: Part[], tokens: number }}
 */
export function pictureParts(picture, model, faults, { showThoughts }) {
  if (picture === undefined || findFault(faults, "text-instead", "empty-answer", ...NO_PICTURE)) return { thoughts: [], parts: [], tokens: 0 };
  const signature = model.thinking ? { thoughtSignature: signText() } : {};
  const { mimeType, data } = encoded(picture, model.image ?? "png", faults);
  const final = { inlineData: { mimeType, data } };
  if (findFault(faults, "image-in-thought")) return { thoughts: [{ ...final, thought: true }], parts: [], tokens: TOKENS };
  const sketch = { ...picture, width: 256, height: 256, seed: `${picture.seed} sketch` };
  const thoughts = model.thinking && showThoughts ? [{ inlineData: encoded(sketch, "jpeg", []), thought: true }] : [];
  return { thoughts, parts: [{ ...final, ...signature }], tokens: TOKENS };
}

/**
 * @param {readonly Fault[]} faults
 */
export function withoutPicture(faults) {
  const reason = REASONS[findFault(faults, ...NO_PICTURE)?.kind ?? ""];
  return reason === undefined ? undefined : { finishReason: reason, finishMessage: "The simulator was asked to make no picture." };
}
