// @ts-check
/**
 * How a reply is to leave, as plain data that can be tested without a socket: all that faults do to frames, time and
 * connections. Where chunks end is decided in `boundaries.mjs`; `delivery.mjs` performs the plan.
 */
import { findBoundary, regroup } from "./boundaries.mjs";
import { findFault } from "./faults.mjs";

/**
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {import("./journal.mjs").Entry} Entry
 *
 * @typedef {"token" | "finish" | "terminator" | "other"} FrameKind
 *   token: a piece of the answer; finish: what makes it complete; terminator: what closes the stream after that
 * @typedef {{ bytes: Buffer, kind: FrameKind }} Frame
 * @typedef {object} Reply
 * @property {number} status
 * @property {[string, string][]} headers without those of the framing
 * @property {Frame[]} frames
 * @property {boolean} chunked false: the body has a Content-Length
 * @property {number} [delayMs] wait before anything else
 * @property {(entry: Entry) => void} [settled] called when the exchange is over, however it ended
 *
 * @typedef {object} Wording how this protocol says what a fault wants said
 * @property {(fault: Fault, chunked: boolean) => Buffer} errorFrame not chunked: in the place of a body that is one JSON text
 * @property {Buffer} malformedFrame
 * @property {Buffer} invalidFrame a frame with bytes that are not UTF-8
 * @property {(size: number) => Buffer} longFrame
 * @property {(bytes: Buffer) => Buffer} carriageReturns
 *
 * @typedef {{ do: "head" } | { do: "write", bytes: Buffer, tokens: number } | { do: "pause", ms: number }
 *   | { do: "stall", ms?: number } | { do: "reset" } | { do: "drop" } | { do: "end" }} Step
 * @typedef {{ status: number, headers: [string, string][], steps: Step[] }} Plan
 */

const LONG_LINE = 9 * 1024 * 1024;
const DRIP_MS = 5;
/** Enough for a browser to read what came before the connection is torn down. */
const BEFORE_TEARING_DOWN_MS = 25;

/**
 * @param {Reply} reply
 * @param {readonly Fault[]} faults
 * @param {Wording} wording
 * @param {{ intervalMs: number }} pace
 * @returns {Plan}
 */
export function plan(reply, faults, wording, { intervalMs }) {
  const total = length(reply.frames);
  /** @type {(Frame | Step)[]} */
  let script = reply.chunked ? [...reply.frames] : halves(reply.frames, faults);
  for (const fault of faults) script = transform(script, fault, wording, reply.chunked);

  const drip = findFault(faults, "drip");
  const between = drip === undefined ? intervalMs : Math.max(drip.ms ?? DRIP_MS, intervalMs);
  const steps = group(script, faults, between);
  if (reply.delayMs !== undefined && reply.delayMs > 0) steps.unshift({ do: "pause", ms: reply.delayMs });

  const torn = steps.some((step) => step.do === "reset" || step.do === "drop");
  if (!torn) steps.push({ do: "end" });
  const sent = steps.reduce((sum, step) => sum + (step.do === "write" ? step.bytes.length : 0), 0);
  // 204 and 304 have no body, and so no length.
  const bodiless = reply.status === 204 || reply.status === 304;
  /** @type {[string, string][]} */
  const framing = reply.chunked || bodiless ? [] : [["Content-Length", String(torn ? total : sent)]];
  return { status: reply.status, headers: [...reply.headers, ...framing], steps };
}

/**
 * @param {(Frame | Step)[]} script
 * @param {Fault} fault
 * @param {Wording} wording
 * @param {boolean} chunked
 * @returns {(Frame | Step)[]}
 */
function transform(script, fault, wording, chunked) {
  /** @type {(...items: (Frame | Step)[]) => (Frame | Step)[]} */
  const insert = (...items) => {
    const at = middle(script, fault.after);
    return [...script.slice(0, at), ...items, ...script.slice(at)];
  };
  /** @type {(...items: (Frame | Step)[]) => (Frame | Step)[]} */
  const stopWith = (...items) => [...script.slice(0, middle(script, fault.after)), ...items];
  /** @type {(bytes: Buffer) => Frame} */
  const extra = (bytes) => ({ bytes, kind: "other" });

  switch (fault.kind) {
    case "refuse": return [{ do: "drop" }];
    case "reset-head": return [{ do: "reset" }];
    case "reset-middle": return stopWith({ do: "pause", ms: BEFORE_TEARING_DOWN_MS }, { do: "reset" });
    case "drop-middle": return stopWith({ do: "pause", ms: BEFORE_TEARING_DOWN_MS }, { do: "drop" });
    case "stall-head": return [{ do: "stall", ms: fault.ms }, ...script];
    case "stall-first": return [{ do: "head" }, { do: "stall", ms: fault.ms }, ...script];
    case "stall-middle": return insert({ do: "stall", ms: fault.ms });
    case "cut": return stopWith();
    case "no-finish": return script.filter((item) => "do" in item || (item.kind !== "finish" && item.kind !== "terminator"));
    case "no-terminator": return script.filter((item) => "do" in item || item.kind !== "terminator");
    case "error-line":
    case "error-code-text":
    case "error-no-choices":
    case "error-bare": return stopWith(extra(wording.errorFrame(fault, chunked)));
    // A body that is one JSON text has no frame to spoil: it ends in the middle instead.
    case "malformed": return chunked ? insert(...Array(fault.count ?? 1).fill(extra(wording.malformedFrame))) : stopWith();
    case "malformed-many": return chunked ? insert(...Array(fault.count ?? 5).fill(extra(wording.malformedFrame))) : stopWith();
    case "invalid-utf8": return insert(extra(chunked ? wording.invalidFrame : Buffer.from([0xff, 0xfe])));
    case "long-line": return insert(extra(wording.longFrame(fault.size ?? LONG_LINE)));
    case "crlf": return script.map((item) => ("do" in item ? item : { ...item, bytes: wording.carriageReturns(item.bytes) }));
    case "cr": return script.map((item) => withLineEnd(item, "\r"));
    case "lf": return script.map((item) => withLineEnd(item, "\n"));
    case "no-newline": return withoutLastNewline(script);
    default: return script;
  }
}

/**
 * Where "the middle" is: behind so many pieces of the answer, by default behind half of them, but at least one.
 * @param {(Frame | Step)[]} script
 * @param {number | undefined} after
 */
function middle(script, after) {
  const ends = script.flatMap((item, index) => ("kind" in item && item.kind === "token" ? [index + 1] : []));
  const wanted = after ?? Math.max(1, Math.floor(ends.length / 2));
  if (wanted === 0) return ends[0] === undefined ? 0 : ends[0] - 1;
  return ends[Math.min(wanted, ends.length) - 1] ?? 0;
}

/**
 * A body in one piece gets a middle, so that the faults that need one find it.
 * @param {Frame[]} frames
 * @param {readonly Fault[]} faults
 * @returns {Frame[]}
 */
function halves(frames, faults) {
  const whole = Buffer.concat(frames.map((frame) => frame.bytes));
  const needed = findFault(faults, "reset-middle", "drop-middle", "stall-middle", "cut", "malformed", "malformed-many", "invalid-utf8", "no-finish");
  if (needed === undefined || whole.length < 2) return frames;
  const half = whole.length >> 1;
  return [{ bytes: whole.subarray(0, half), kind: "token" }, { bytes: whole.subarray(half), kind: "finish" }];
}

/**
 * @param {(Frame | Step)[]} script
 * @returns {(Frame | Step)[]}
 */
function withoutLastNewline(script) {
  const last = script.findLastIndex((item) => "kind" in item);
  return script.map((item, index) => {
    if (index !== last || !("kind" in item)) return item;
    let end = item.bytes.length;
    while (end > 0 && (item.bytes[end - 1] === 0x0a || item.bytes[end - 1] === 0x0d)) end -= 1;
    return { ...item, bytes: item.bytes.subarray(0, end) };
  });
}

/**
 * Only the framing has line ends: within a JSON text of one line they are escaped.
 * @param {Frame | Step} item
 * @param {"\r" | "\n"} lineEnd
 * @returns {Frame | Step}
 */
function withLineEnd(item, lineEnd) {
  if ("do" in item) return item;
  return { ...item, bytes: Buffer.from(item.bytes.toString("latin1").replaceAll(/\r\n|\n/g, lineEnd), "latin1") };
}

/**
 * Frames become writes, each of which Node sends as one HTTP chunk.
 * @param {(Frame | Step)[]} script
 * @param {readonly Fault[]} faults
 * @param {number} between
 * @returns {Step[]}
 */
function group(script, faults, between) {
  const boundary = findBoundary(faults);
  /** @type {Step[]} */
  const steps = [];
  /** @type {Frame[]} */
  let run = [];
  const flush = () => {
    for (const piece of regroup(run, boundary)) {
      // Cut into bytes, a pause of a millisecond each would make seconds.
      const ms = boundary?.kind === "bytes" || boundary?.kind === "pieces" ? boundary.ms ?? 0 : between;
      if (steps.at(-1)?.do === "write") steps.push({ do: "pause", ms });
      steps.push(piece);
    }
    run = [];
  };
  for (const item of script) {
    if ("kind" in item) run.push(item);
    else {
      flush();
      steps.push(item);
    }
  }
  flush();
  return steps;
}

/** @param {Frame[]} frames */
function length(frames) {
  return frames.reduce((sum, frame) => sum + frame.bytes.length, 0);
}
