// @ts-check
/** PNG and JPEG files from a picture of few cells, each of which becomes a square of pixels of one colour. */
import { crc32, deflateSync } from "node:zlib";

/**
 * @typedef {object} Cells
 * @property {number} columns
 * @property {number} rows
 * @property {Uint8Array} colours red, green and blue of each cell, row by row
 */

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Pixels of a side of JPEG's blocks; a cell is one block. */
export const BLOCK = 8;

/**
 * @param {Cells} cells
 * @param {object} options
 * @param {number} options.width pixels
 * @param {number} options.height pixels
 * @param {number} options.cell pixels of a side of a cell
 * @param {readonly [string, string][]} [options.texts] tEXt chunks: keyword and ASCII text
 * @param {number} [options.padding] bytes of a chunk that nobody reads, to make the file large
 * @returns {Buffer}
 */
export function png({ columns, colours }, { width, height, cell, texts = [], padding = 0 }) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const stride = 1 + width * 3;
  const lines = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const start = y * stride;
    if (y % cell > 0) {
      lines.copy(lines, start, start - stride, start);
      continue;
    }
    const row = Math.floor(y / cell) * columns;
    for (let x = 0; x < width; x += 1) {
      const from = (row + Math.floor(x / cell)) * 3;
      for (let part = 0; part < 3; part += 1) lines[start + 1 + x * 3 + part] = colours[from + part] ?? 0;
    }
  }
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    ...texts.map(([keyword, text]) => chunk("tEXt", Buffer.from(`${keyword}\0${text}`, "latin1"))),
    // Lower case: ancillary, private, safe to copy.
    ...(padding > 0 ? [chunk("siMs", noise(padding))] : []),
    chunk("IDAT", deflateSync(lines, { level: 1 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/**
 * @param {string} type
 * @param {Buffer} data
 */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  whole.set(body, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

/**
 * Bytes without any order, the same ones each time.
 * @param {number} size
 */
function noise(size) {
  const bytes = Buffer.alloc(size);
  let state = 0x2545f491;
  for (let index = 0; index < size; index += 1) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + index;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** How many codes of each length from 1 to 16 JPEG's usual table for the first coefficient has; its symbols count up from 0. */
const DIRECT = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
/** The other coefficients are all zero: one code, which says so. */
const ALTERNATING = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/** With this divisor a first coefficient is the block's mean less 128. */
const DIVISOR = 8;

/**
 * A baseline JPEG in which each block is of one colour: of the transform only the first coefficient is ever needed.
 * @param {Cells} cells as many as there are blocks
 * @param {{ width: number, height: number }} size pixels
 * @returns {Buffer}
 */
export function jpeg({ columns, rows, colours }, { width, height }) {
  const bits = new Bits();
  const codes = codesOfDirect();
  const before = [0, 0, 0];
  for (let block = 0; block < columns * rows; block += 1) {
    const [red = 0, green = 0, blue = 0] = colours.subarray(block * 3, block * 3 + 3);
    const parts = [
      0.299 * red + 0.587 * green + 0.114 * blue - 128,
      -0.168736 * red - 0.331264 * green + 0.5 * blue,
      0.5 * red - 0.418688 * green - 0.081312 * blue,
    ];
    for (const [component, part] of parts.entries()) {
      const mean = Math.max(-128, Math.min(127, Math.round(part)));
      const change = mean - (before[component] ?? 0);
      before[component] = mean;
      const length = change === 0 ? 0 : 32 - Math.clz32(Math.abs(change));
      const [code, size] = codes[length] ?? [0, 0];
      bits.add(code, size);
      bits.add(change < 0 ? change + (1 << length) - 1 : change, length);
      bits.add(0, 1);
    }
  }
  const sides = [height >> 8, height & 255, width >> 8, width & 255];
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    segment(0xfe, Buffer.from("SIMULATED")),
    segment(0xdb, [0, ...Array(64).fill(DIVISOR)]),
    segment(0xc0, [8, ...sides, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]),
    segment(0xc4, [0x00, ...DIRECT, ...Array.from({ length: 12 }, (_, symbol) => symbol)]),
    segment(0xc4, [0x10, ...ALTERNATING, 0]),
    segment(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]),
    bits.end(),
    Buffer.from([0xff, 0xd9]),
  ]);
}

/**
 * @param {number} marker
 * @param {Iterable<number>} data
 */
function segment(marker, data) {
  const body = Buffer.from([...data]);
  return Buffer.concat([Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255]), body]);
}

/**
 * The codes of the table DIRECT: they count up, and double from one length to the next.
 * @returns {[number, number][]} for each symbol its code, and the length of it in bits
 */
function codesOfDirect() {
  /** @type {[number, number][]} */
  const codes = [];
  let code = 0;
  for (const [index, count] of DIRECT.entries()) {
    for (let next = 0; next < count; next += 1) codes.push([code++, index + 1]);
    code <<= 1;
  }
  return codes;
}

/** Bits, the first one highest, in bytes. */
class Bits {
  /** @type {number[]} */
  #bytes = [];
  #held = 0;
  #count = 0;

  /**
   * @param {number} value
   * @param {number} length bits, 16 at most
   */
  add(value, length) {
    this.#held = (this.#held << length) | value;
    this.#count += length;
    while (this.#count >= 8) {
      this.#count -= 8;
      const byte = (this.#held >> this.#count) & 255;
      this.#bytes.push(byte);
      // A byte of ones would look like a marker.
      if (byte === 255) this.#bytes.push(0);
    }
    this.#held &= (1 << this.#count) - 1;
  }

  end() {
    if (this.#count > 0) this.add((1 << (8 - this.#count)) - 1, 8 - this.#count);
    return Buffer.from(this.#bytes);
  }
}
