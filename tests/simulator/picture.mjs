// @ts-check
/**
 * The pictures that simulators make: a pattern that depends on nothing but what was asked, under a banner that says
 * SIMULATED. A made-up picture must never pass for a model's.
 */
import { createHash } from "node:crypto";
import { BLOCK, jpeg, png } from "./image-file.mjs";

/** @typedef {import("./image-file.mjs").Cells} Cells */

/** Letters of five columns and seven rows; each number is a row, its highest bit on the left. @type {Readonly<Record<string, number[]>>} */
const LETTERS = Object.freeze({
  A: [14, 17, 17, 31, 17, 17, 17],
  D: [30, 17, 17, 17, 17, 17, 30],
  E: [31, 16, 16, 30, 16, 16, 31],
  I: [14, 4, 4, 4, 4, 4, 14],
  L: [16, 16, 16, 16, 16, 16, 31],
  M: [17, 27, 21, 21, 17, 17, 17],
  O: [14, 17, 17, 17, 17, 17, 14],
  S: [15, 16, 16, 14, 1, 1, 30],
  T: [31, 4, 4, 4, 4, 4, 4],
  U: [17, 17, 17, 17, 17, 17, 14],
  V: [17, 17, 17, 17, 17, 10, 4],
});
const LETTER = { width: 6, height: 7 };
const LABELS = ["SIMULATED", "SIM", "S"];
/** Cells of the shorter side, at least, where there are pixels enough. */
const FINENESS = 64;
const WHITE = [255, 255, 255];
const BLACK = [16, 16, 16];
const YELLOW = [245, 200, 20];

/**
 * @typedef {object} Wanted
 * @property {number} width pixels
 * @property {number} height pixels
 * @property {string} seed what the pattern depends on
 * @property {string} [caption] a second word, of letters that there are, for example "EDIT"
 * @property {number} [clarity] from 0, all noise, to 1, the finished picture
 */

/**
 * @param {Wanted} wanted
 * @param {{ texts?: readonly [string, string][], padding?: number }} [more]
 */
export function drawPng(wanted, more = {}) {
  const { width, height } = wanted;
  const cell = Math.max(1, Math.floor(Math.min(width, height) / FINENESS));
  return png(draw(Math.ceil(width / cell), Math.ceil(height / cell), wanted), { width, height, cell, ...more });
}

/** @param {Wanted} wanted */
export function drawJpeg(wanted) {
  const { width, height } = wanted;
  return jpeg(draw(Math.ceil(width / BLOCK), Math.ceil(height / BLOCK), wanted), { width, height });
}

/**
 * @param {number} columns
 * @param {number} rows
 * @param {Wanted} wanted
 * @returns {Cells}
 */
function draw(columns, rows, { seed, caption, clarity = 1 }) {
  const digest = createHash("sha256").update(seed).digest();
  const colours = new Uint8Array(columns * rows * 3);
  const from = digest.subarray(0, 3);
  const to = digest.subarray(3, 6);
  const discs = [0, 1, 2, 3, 4].map((index) => {
    const [x = 0, y = 0, size = 0, ...colour] = digest.subarray(6 + index * 5, 12 + index * 5);
    return { x: (x / 255) * columns, y: (y / 255) * rows, radius: ((size / 255) * 0.2 + 0.05) * Math.min(columns, rows), colour };
  });
  let state = digest.readUInt32BE(28);
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) {
      const disc = discs.find((one) => (one.x - x) ** 2 + (one.y - y) ** 2 < one.radius ** 2);
      const place = (x / columns + y / rows) / 2;
      state = Math.imul(state ^ (state >>> 13), 0x5bd1e995) + x + y;
      const noise = (state >>> 8) & 255;
      for (let part = 0; part < 3; part += 1) {
        const smooth = disc?.colour[part] ?? (from[part] ?? 0) * (1 - place) + (to[part] ?? 0) * place;
        colours[(y * columns + x) * 3 + part] = smooth * clarity + noise * (1 - clarity);
      }
    }
  }
  const cells = { columns, rows, colours };
  stripe(cells);
  const label = LABELS.find((one) => one.length * LETTER.width + 1 <= columns && rows >= LETTER.height + 2);
  if (label !== undefined) band(cells, label, Math.floor(rows / 4));
  if (caption !== undefined && caption.length * LETTER.width < columns && rows >= 40) band(cells, caption, Math.floor(rows / 2));
  return cells;
}

/**
 * The lowest rows: slanting stripes, as around what is not to be relied on.
 * @param {Cells} cells
 */
function stripe(cells) {
  const height = Math.max(1, Math.floor(cells.rows / 12));
  for (let y = cells.rows - height; y < cells.rows; y += 1) {
    for (let x = 0; x < cells.columns; x += 1) paint(cells, x, y, (x + y) % 8 < 4 ? YELLOW : BLACK);
  }
}

/**
 * A word in white on a black band over the whole width, as large as it fits.
 * @param {Cells} cells
 * @param {string} word
 * @param {number} top row of the letters
 */
function band(cells, word, top) {
  const scale = Math.max(1, Math.min(Math.floor(cells.columns / (word.length * LETTER.width + 2)), Math.floor(cells.rows / (LETTER.height * 4))));
  const left = Math.floor((cells.columns - (word.length * LETTER.width - 1) * scale) / 2);
  for (let y = -1; y <= LETTER.height * scale; y += 1) {
    const row = Math.floor(y / scale);
    for (let x = 0; x < cells.columns; x += 1) {
      const at = Math.floor((x - left) / scale);
      const letter = x < left ? undefined : LETTERS[word[Math.floor(at / LETTER.width)] ?? ""];
      const lit = ((letter?.[row] ?? 0) >> (LETTER.width - 2 - (at % LETTER.width))) & 1;
      paint(cells, x, top + y, lit === 1 && at % LETTER.width < LETTER.width - 1 ? WHITE : BLACK);
    }
  }
}

/**
 * @param {Cells} cells
 * @param {number} x
 * @param {number} y
 * @param {number[]} colour
 */
function paint({ columns, rows, colours }, x, y, colour) {
  if (y >= 0 && y < rows) colours.set(colour, (y * columns + x) * 3);
}

/**
 * Width and height of a PNG or a JPEG, as far as it says so.
 * @param {Buffer} bytes
 * @returns {{ width: number, height: number } | undefined}
 */
export function sizeOfImage(bytes) {
  if (bytes.length > 24 && bytes.readUInt32BE(0) === 0x89504e47) return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined;
  for (let at = 2; at + 9 < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes[at + 1] ?? 0;
    // Frame headers, but for three markers among them that are tables.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
  }
  return undefined;
}
