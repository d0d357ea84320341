// @ts-check
/** Replies of an OpenAI-compatible server: JSON bodies, server-sent events, errors; and how it words what a fault wants said. */
import { findFault } from "./faults.mjs";
import { replacedAnywhere, retryAfter, withHeaders } from "./reply.mjs";

/**
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {import("./plan.mjs").Frame} Frame
 * @typedef {import("./plan.mjs").Reply} Reply
 */

const DIED = "the simulated server failed while it was generating";

/**
 * @param {number} status
 * @param {unknown} value
 * @returns {Reply}
 */
export function json(status, value) {
  const bytes = Buffer.from(JSON.stringify(value));
  return { status, headers: [["Content-Type", "application/json; charset=utf-8"]], frames: [{ bytes, kind: "finish" }], chunked: false };
}

/**
 * @param {number} status
 * @param {string} message
 * @param {string} [type]
 */
export function failure(status, message, type = "invalid_request_error") {
  return json(status, { error: { message, type, code: status } });
}

/**
 * @param {Frame[]} frames
 * @returns {Reply}
 */
export function events(frames) {
  return { status: 200, headers: [["Content-Type", "text/event-stream"]], frames, chunked: true };
}

/**
 * @param {unknown} value
 * @param {Frame["kind"]} kind
 * @returns {Frame}
 */
export function event(value, kind) {
  return { bytes: Buffer.from(`data: ${JSON.stringify(value)}\n\n`), kind };
}

/** @type {Frame} */
export const DONE = { bytes: Buffer.from("data: [DONE]\n\n"), kind: "terminator" };

/**
 * @param {unknown} value
 * @param {boolean} chunked false: the body is one JSON text
 */
export function frameOrBody(value, chunked) {
  return chunked ? event(value, "finish").bytes : Buffer.from(JSON.stringify(value));
}

/**
 * The reply that a fault puts in the place of the real one.
 * @param {readonly Fault[]} faults
 * @returns {Reply | undefined}
 */
export function replaced(faults) {
  const fault = findFault(faults, "error-400", "error-401", "error-402", "error-403", "error-404", "error-429", "error-429-exposed",
    "error-429-bare", "error-500", "error-503", "error-context", "error-in-200");
  const message = fault?.message;
  switch (fault?.kind) {
    case "error-400": return failure(400, message ?? "the simulator was asked for a status 400");
    case "error-401": return failure(401, message ?? "Invalid API Key", "authentication_error");
    case "error-402": return failure(402, message ?? "Insufficient credits", "insufficient_quota");
    case "error-403": return failure(403, message ?? "Forbidden", "permission_error");
    case "error-404": return failure(404, message ?? "model not found", "not_found_error");
    case "error-429":
    case "error-429-exposed":
    case "error-429-bare": return withHeaders(failure(429, message ?? "Rate limit reached", "rate_limit_error"), retryAfter(fault));
    case "error-500": return failure(500, message ?? DIED, "server_error");
    case "error-503": return failure(503, message ?? "Loading model", "unavailable_error");
    case "error-context": return json(400, {
      error: { code: 400, message: "request (5000 tokens) exceeds the available context size (2048 tokens), try increasing it", type: "exceed_context_size_error", n_prompt_tokens: 5000, n_ctx: 2048 },
    });
    case "error-in-200": return json(200, { error: { message: message ?? DIED, type: "server_error", code: 502 } });
    default: return replacedAnywhere(faults, events([]));
  }
}

/** @type {import("./plan.mjs").Wording} */
export const wording = {
  errorFrame: ({ message = DIED }, chunked) => frameOrBody({ error: { message, type: "server_error", code: 500 } }, chunked),
  malformedFrame: Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"br\n\n'),
  invalidFrame: Buffer.concat([
    Buffer.from('data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":" not UTF-8: '),
    Buffer.from([0xff, 0xc3, 0x28]),
    Buffer.from('"}}],"object":"chat.completion.chunk"}\n\n'),
  ]),
  longFrame: (size) => event({ choices: [{ finish_reason: null, index: 0, delta: { content: "x".repeat(size) } }], object: "chat.completion.chunk" }, "token").bytes,
  carriageReturns: (bytes) => Buffer.from(`: a comment\r\n${bytes.toString("latin1").replaceAll("\n", "\r\n")}`, "latin1"),
};
