// @ts-check
/** Pictures as the clouds give them: of a size that is named and a ratio, as base64 of PNG or JPEG. */
import { findFault } from "./faults.mjs";
import { drawJpeg, drawPng } from "./picture.mjs";

/**
 * @typedef {object} Drawing
 * @property {number} width pixels
 * @property {number} height pixels
 * @property {boolean} edit pictures came with the request
 * @property {string} seed what it depends on
 */

/** Pixels of a square's side. @type {Readonly<Record<string, number>>} */
export const SIZES = Object.freeze({ "512": 512, "1K": 1024, "2K": 2048, "4K": 4096 });
/** What a picture costs. */
export const PICTURE_TOKENS = 1290;
const LARGE = 3 * 1024 * 1024;

/**
 * As many pixels as the square of this size has, in steps of 16.
 * @param {string} ratio
 * @param {string} size
 */
export function sidesOf(ratio, size) {
  const [across = 1, down = 1] = ratio.split(":").map(Number);
  const side = SIZES[size] ?? 1024;
  const step = (/** @type {number} */ pixels) => Math.max(16, Math.round(pixels / 16) * 16);
  return { width: step(side * Math.sqrt(across / down)), height: step(side * Math.sqrt(down / across)) };
}

/**
 * @param {Drawing} picture
 * @param {"png" | "jpeg"} usual
 * @param {readonly import("./faults.mjs").Fault[]} faults
 * @returns {{ mimeType: string, data: string }} data: base64
 */
export function encoded(picture, usual, faults) {
  const large = findFault(faults, "image-large");
  const kind = large !== undefined || findFault(faults, "image-png") ? "png" : findFault(faults, "image-jpeg") ? "jpeg" : usual;
  const wanted = { ...picture, ...(picture.edit ? { caption: "EDIT" } : {}) };
  const bytes = kind === "png" ? drawPng(wanted, large === undefined ? {} : { padding: large.size ?? LARGE }) : drawJpeg(wanted);
  return { mimeType: `image/${kind}`, data: findFault(faults, "image-broken") ? "this is *not* base64" : bytes.toString("base64") };
}
