// @ts-check
/** Gemini's replies: indented JSON, events with CRLF and no end marker, errors as google.rpc.Status. */
import { body } from "./reply.mjs";

/**
 * @typedef {import("./plan.mjs").Frame} Frame
 * @typedef {import("./plan.mjs").Reply} Reply
 * @typedef {Record<string, unknown> & { "@type": string }} Detail
 */

const JSON_TYPE = "application/json; charset=UTF-8";
const EVENTS_TYPE = "text/event-stream";
export const DIED = "The simulated model is overloaded. Please try again later.";

/** @param {unknown} value */
function indented(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * @param {number} status
 * @param {unknown} value
 * @returns {Reply}
 */
export function json(status, value) {
  return body(status, indented(value), JSON_TYPE);
}

/**
 * @param {number} code
 * @param {string} status
 * @param {string} message
 * @param {Detail[]} [details]
 * @returns {Reply}
 */
export function failure(code, status, message, details) {
  return json(code, { error: { code, message, status, ...(details === undefined ? {} : { details }) } });
}

/**
 * @param {string} message
 * @param {Detail[]} [details]
 */
export function invalid(message, details) {
  return failure(400, "INVALID_ARGUMENT", message, details);
}

/**
 * @param {string} kind for example "BadRequest"
 * @param {Record<string, unknown>} fields
 * @returns {Detail}
 */
export function detail(kind, fields) {
  return { "@type": `type.googleapis.com/google.rpc.${kind}`, ...fields };
}

/**
 * An error in answer to a request for a stream is JSON all the same: labelled as events, or in an array.
 * @param {Reply} reply
 * @param {{ events: boolean, array: boolean }} how
 * @returns {Reply}
 */
export function dressed(reply, { events, array }) {
  const isJson = reply.headers.some(([name, value]) => name === "Content-Type" && value === JSON_TYPE);
  if (!isJson || reply.status < 400) return reply;
  const headers = reply.headers.map(([name, value]) => /** @type {[string, string]} */ ([name, name === "Content-Type" && events ? EVENTS_TYPE : value]));
  const frames = array ? reply.frames.map((frame) => ({ ...frame, bytes: Buffer.from(`[${frame.bytes.toString().trimEnd()}\n]\n`) })) : reply.frames;
  return { ...reply, headers, frames };
}

/**
 * @param {unknown[]} values the last one finishes
 * @param {{ events: boolean }} how without: one JSON array, piece by piece
 * @returns {Reply}
 */
export function stream(values, { events }) {
  const kindOf = (/** @type {number} */ index) => (index === values.length - 1 ? /** @type {const} */ ("finish") : /** @type {const} */ ("token"));
  if (events) {
    return { status: 200, headers: [["Content-Type", EVENTS_TYPE]], frames: values.map((value, index) => event(value, kindOf(index))), chunked: true };
  }
  /** @type {Frame[]} */
  const frames = values.map((value, index) => ({ bytes: Buffer.from(`${index === 0 ? "[" : ",\r\n"}${indented(value).trimEnd()}`), kind: kindOf(index) }));
  return { status: 200, headers: [["Content-Type", JSON_TYPE]], frames: [...frames, { bytes: Buffer.from("\n]\n"), kind: "terminator" }], chunked: true };
}

/**
 * @param {unknown} value
 * @param {Frame["kind"]} kind
 * @returns {Frame}
 */
export function event(value, kind) {
  return { bytes: Buffer.from(`data: ${JSON.stringify(value)}\r\n\r\n`), kind };
}

/** @param {string} text */
function chunkOf(text) {
  return { candidates: [{ content: { parts: [{ text }], role: "model" } }] };
}

/** @type {import("./plan.mjs").Wording} */
export const wording = {
  errorFrame: ({ kind, message = DIED }, chunked) => {
    const value = { error: { code: 503, message, status: "UNAVAILABLE" } };
    return chunked && kind !== "error-bare" ? event(value, "finish").bytes : Buffer.from(indented(value));
  },
  malformedFrame: Buffer.from('data: {"candidates":[{"content":{"parts":[{"text":"br\r\n\r\n'),
  invalidFrame: Buffer.concat([
    Buffer.from('data: {"candidates":[{"content":{"parts":[{"text":" not UTF-8: '),
    Buffer.from([0xff, 0xc3, 0x28]),
    Buffer.from('"}],"role":"model"}}]}\r\n\r\n'),
  ]),
  longFrame: (size) => event(chunkOf("x".repeat(size)), "token").bytes,
  // The real one sends no comments; what stands between may.
  carriageReturns: (bytes) => Buffer.concat([Buffer.from(": a comment\r\n"), bytes]),
};
