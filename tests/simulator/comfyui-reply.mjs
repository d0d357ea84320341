// @ts-check
/** ComfyUI's replies: JSON by Python, and what its web server says by itself, which never bears CORS headers. */
import { findFault } from "./faults.mjs";
import { refuse } from "./comfyui-validate.mjs";
import { writePython } from "./python-json.mjs";
import { bare, body, replacedAnywhere } from "./reply.mjs";

/**
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {import("./plan.mjs").Reply} Reply
 * @typedef {Reply & { thrown?: boolean }} Answer thrown: past everything that would have dressed it
 */

export const SERVER = "Python/3.11 aiohttp/3.14.5";

/**
 * @param {number} status
 * @param {unknown} value
 * @returns {Answer}
 */
export function json(status, value) {
  return body(status, writePython(value), "application/json; charset=utf-8");
}

/**
 * @param {number} status
 * @param {string} text
 * @param {[string, string][]} [headers]
 * @returns {Answer}
 */
export function thrown(status, text, headers = []) {
  const reply = body(status, text, "text/plain; charset=utf-8");
  return { ...reply, headers: [...reply.headers, ...headers], thrown: true };
}

export function serverError() {
  return thrown(500, "500 Internal Server Error\n\nServer got itself in trouble");
}

/**
 * @param {number} most bytes
 * @param {number} size bytes
 */
export function tooLarge(most, size) {
  return thrown(413, `Maximum request body size ${most} exceeded, actual body size ${size}`);
}

/**
 * The reply that a fault puts in the place of the real one.
 * @param {readonly Fault[]} faults
 * @returns {Answer | undefined}
 */
export function replaced(faults) {
  const fault = findFault(faults, "error-400", "error-400-text", "error-403", "error-404", "error-413", "error-500", "error-503", "cors-refused");
  switch (fault?.kind) {
    case "error-400": {
      const { error, nodeErrors } = refuse("no_prompt", fault.message ?? "No prompt provided", "No prompt provided");
      return json(400, { error, node_errors: nodeErrors });
    }
    case "error-400-text": return json(400, { error: fault.message ?? "Invalid prompt: the simulator was asked for an old error", node_errors: [] });
    case "error-403":
    case "cors-refused": return { ...bare(403), thrown: true };
    case "error-404": return bare(404);
    case "error-413": return tooLarge(104_857_600, 104_857_601);
    case "error-500": return serverError();
    case "error-503": return thrown(503, "503: Service Unavailable");
    default: return replacedAnywhere(faults, { status: 200, headers: [["Content-Type", "application/json; charset=utf-8"]], frames: [], chunked: false });
  }
}

/** @type {import("./plan.mjs").Wording} Nothing here streams: of these only what cuts a body in two is ever asked for. */
export const wording = {
  errorFrame: () => Buffer.from(writePython({ error: "The simulator was asked for an error" })),
  malformedFrame: Buffer.from("{"),
  invalidFrame: Buffer.from([0xff, 0xc3, 0x28]),
  longFrame: (size) => Buffer.alloc(size, 0x20),
  carriageReturns: (bytes) => bytes,
};
