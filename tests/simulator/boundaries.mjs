// @ts-check
/** Where the chunks of a body end: after each frame, or where a fault wants them cut. */
import { findFault } from "./faults.mjs";

/**
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {import("./plan.mjs").Frame} Frame
 * @typedef {Extract<import("./plan.mjs").Step, { do: "write" }>} Write
 */

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
/** The lead byte of a character of two bytes or more. */
const WIDE = 0xc2;
/** "da|ta:" */
const INSIDE_FIELD_NAME = 2;

/**
 * @param {readonly Fault[]} faults
 * @returns {Fault | undefined} the first one that says where chunks end
 */
export function findBoundary(faults) {
  return findFault(faults, "bytes", "pieces", "split-utf8", "split-crlf", "split-field", "pairs", "one-chunk");
}

/**
 * @param {Frame[]} run
 * @param {Fault | undefined} boundary
 * @returns {Write[]}
 */
export function regroup(run, boundary) {
  switch (boundary?.kind) {
    case "bytes": return everyBytes(run, 1);
    case "pieces": return everyBytes(run, Math.max(1, boundary.size ?? 7));
    case "pairs": return run.flatMap((_, index) => (index % 2 === 0 ? [write(run.slice(index, index + 2))] : []));
    case "one-chunk": return run.length === 0 ? [] : [write(run)];
    case "split-utf8": return cut(run, insideCharacter);
    case "split-crlf": return cut(run, betweenCarriageReturnAndLineFeed);
    case "split-field": return cut(run, (bytes) => (bytes.subarray(0, 5).equals(Buffer.from("data:")) ? [INSIDE_FIELD_NAME] : []));
    default: return run.map((frame) => write([frame]));
  }
}

/**
 * Inside the first wide character: one cut a frame is enough, and leaves chunks that one can read in a log.
 * @param {Buffer} bytes
 */
function insideCharacter(bytes) {
  const lead = bytes.findIndex((byte) => byte >= WIDE);
  return lead < 0 ? [] : [lead + 1];
}

/** @param {Buffer} bytes */
function betweenCarriageReturnAndLineFeed(bytes) {
  return [...bytes.keys()].filter((index) => bytes[index] === LINE_FEED && bytes[index - 1] === CARRIAGE_RETURN);
}

/**
 * Chunks end where the function says and nowhere else: a frame that is not cut sticks to what follows.
 * @param {Frame[]} run
 * @param {(bytes: Buffer) => number[]} cutsOf offsets in one frame, ascending
 * @returns {Write[]}
 */
function cut(run, cutsOf) {
  let start = 0;
  const cuts = run.flatMap(({ bytes }) => {
    const found = cutsOf(bytes).map((offset) => start + offset);
    start += bytes.length;
    return found;
  });
  return slices(run, cuts);
}

/**
 * @param {Frame[]} run
 * @param {number} size
 */
function everyBytes(run, size) {
  const total = run.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return slices(run, Array.from({ length: Math.ceil(total / size) }, (_, index) => (index + 1) * size));
}

/**
 * A token counts in the chunk that holds its last byte.
 * @param {Frame[]} run
 * @param {number[]} cuts
 * @returns {Write[]}
 */
function slices(run, cuts) {
  const all = write(run).bytes;
  let end = 0;
  const tokenEnds = run.flatMap((frame) => {
    end += frame.bytes.length;
    return frame.kind === "token" ? [end] : [];
  });
  /** @type {Write[]} */
  const pieces = [];
  let start = 0;
  let counted = 0;
  for (const stop of [...cuts.filter((offset) => offset < all.length), all.length]) {
    const before = counted;
    while (counted < tokenEnds.length && (tokenEnds[counted] ?? 0) <= stop) counted += 1;
    if (stop > start) pieces.push({ do: "write", bytes: all.subarray(start, stop), tokens: counted - before });
    start = stop;
  }
  return pieces;
}

/**
 * @param {Frame[]} frames
 * @returns {Write}
 */
function write(frames) {
  const tokens = frames.filter((frame) => frame.kind === "token").length;
  return { do: "write", bytes: Buffer.concat(frames.map((frame) => frame.bytes)), tokens };
}
