// @ts-check
/** Ollama's replies as frames: JSON bodies, NDJSON streams, errors; and how it words what a fault wants said. */
import { encode } from "./go-encoding.mjs";
import { findFault } from "./faults.mjs";
import { replacedAnywhere, retryAfter, withHeaders } from "./reply.mjs";

/**
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {import("./plan.mjs").Frame} Frame
 * @typedef {import("./plan.mjs").Reply} Reply
 * @typedef {import("./plan.mjs").Wording} Wording
 */

const RUNNER_DIED = "an error was encountered while running the model: unexpected EOF";
/** Go gives a body a length only when it fits the buffer that holds it until the handler returns. */
const GO_BUFFER = 2048;

/**
 * @param {number} status
 * @param {unknown} value
 * @param {string} [type]
 * @returns {Reply}
 */
export function json(status, value, type = "application/json; charset=utf-8") {
  return text(status, encode(value), type);
}

/**
 * @param {number} status
 * @param {string} body
 * @param {string} [type]
 * @returns {Reply}
 */
export function text(status, body, type = "text/plain; charset=utf-8") {
  const bytes = Buffer.from(body);
  return { status, headers: [["Content-Type", type]], frames: [{ bytes, kind: "finish" }], chunked: bytes.length > GO_BUFFER };
}

/**
 * @param {number} status
 * @param {string} message
 */
export function failure(status, message) {
  return json(status, { error: message });
}

/**
 * @param {Frame[]} frames
 * @returns {Reply}
 */
export function stream(frames) {
  return { status: 200, headers: [["Content-Type", "application/x-ndjson"]], frames, chunked: true };
}

/**
 * @param {unknown} value
 * @param {Frame["kind"]} kind
 * @returns {Frame}
 */
export function line(value, kind) {
  return { bytes: Buffer.from(`${encode(value)}\n`), kind };
}

/**
 * The reply that a fault puts in the place of the real one.
 * @param {readonly Fault[]} faults
 * @param {string} model
 * @returns {Reply | undefined}
 */
export function replaced(faults, model) {
  const fault = findFault(faults, "error-400", "error-401", "error-402", "error-403", "error-404", "error-429", "error-429-exposed",
    "error-429-bare", "error-500", "error-503", "error-context", "error-in-200");
  const message = fault?.message;
  switch (fault?.kind) {
    case "error-400": return failure(400, message ?? 'invalid options: the simulator was asked for a status 400');
    case "error-401": return signIn();
    case "error-402": return failure(402, message ?? "payment required");
    case "error-403": return failure(403, message ?? "ollama cloud is disabled: remote model is unavailable");
    case "error-404": return failure(404, message ?? `model '${model}' not found`);
    case "error-429":
    case "error-429-exposed":
    case "error-429-bare": return withHeaders(failure(429, message ?? "rate limit exceeded"), retryAfter(fault));
    // An error of the runner has a Content-Type without a charset; those of the scheduler have one.
    case "error-500": return json(500, { error: message ?? "llama runner process has terminated: exit status 2" }, "application/json");
    case "error-503": return failure(503, message ?? "server busy, please try again.  maximum pending requests exceeded");
    case "error-context": return overflow(5000, 4096);
    case "error-in-200": return stream([line({ error: message ?? RUNNER_DIED }, "finish")]);
    default: return replacedAnywhere(faults, stream([]));
  }
}

export function signIn() {
  return json(401, { error: "unauthorized", signin_url: "https://ollama.com/connect?name=simulator&key=c2ltdWxhdG9y" });
}

/**
 * The runner's own JSON, as a string inside the server's: what a too long prompt gets when it may not be truncated.
 * @param {number} prompt tokens
 * @param {number} context tokens
 */
export function overflow(prompt, context) {
  const inner = {
    error: {
      code: 400,
      message: `request (${prompt} tokens) exceeds the available context size (${context} tokens), try increasing it`,
      type: "exceed_context_size_error",
      n_prompt_tokens: prompt,
      n_ctx: context,
    },
  };
  return json(400, { error: JSON.stringify(inner) }, "application/json");
}

/** @type {Wording} */
export const wording = {
  errorFrame: ({ message = RUNNER_DIED }) => line({ error: message }, "finish").bytes,
  malformedFrame: Buffer.from('{"model":"simulator","message":{"role":"assistant","content":"br\n'),
  invalidFrame: Buffer.concat([
    Buffer.from('{"model":"simulator","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":" not UTF-8: '),
    Buffer.from([0xff, 0xc3, 0x28]),
    Buffer.from('"},"done":false}\n'),
  ]),
  longFrame: (size) => line({ model: "simulator", created_at: "2026-01-01T00:00:00Z", message: { role: "assistant", content: "x".repeat(size) }, done: false }, "token").bytes,
  carriageReturns: (bytes) => Buffer.from(bytes.toString("latin1").replaceAll("\n", "\r\n\r\n"), "latin1"),
};
