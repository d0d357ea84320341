// @ts-check
/** What replies have in common, whatever the protocol; and the ones that faults put in the place of any protocol's. */
import { findFault } from "./faults.mjs";

/**
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {import("./plan.mjs").Reply} Reply
 */

/**
 * @param {number} status
 * @returns {Reply}
 */
export function bare(status) {
  return { status, headers: [], frames: [], chunked: false };
}

/**
 * @param {number} status
 * @param {string} body
 * @param {string} type
 * @returns {Reply}
 */
export function body(status, body, type) {
  return { status, headers: [["Content-Type", type]], frames: [{ bytes: Buffer.from(body), kind: "finish" }], chunked: false };
}

/**
 * @param {Reply} reply
 * @param {[string, string][]} headers
 * @returns {Reply}
 */
export function withHeaders(reply, headers) {
  return { ...reply, headers: [...headers, ...reply.headers] };
}

/**
 * A page as an edge or a proxy serves it: it is not the provider that speaks.
 * @param {number} status
 * @param {string} title
 * @param {string} text
 */
export function page(status, title, text) {
  return body(status, `<!doctype html><title>${title}</title><h1>${title}</h1><p>${text}</p>`, "text/html; charset=utf-8");
}

/**
 * @param {Fault} fault
 * @returns {[string, string][]} none where the fault is one without a Retry-After
 */
export function retryAfter({ kind, retryAfter: value = "7" }) {
  if (kind === "error-429-bare") return [];
  return [["Retry-After", value], ...(kind === "error-429-exposed" ? [/** @type {[string, string]} */ (["Access-Control-Expose-Headers", "Retry-After"])] : [])];
}

/**
 * The reply that a fault puts in the place of the real one, where it is the same for every protocol.
 * @param {readonly Fault[]} faults
 * @param {Reply} empty how this protocol answers 200 without a byte
 * @returns {Reply | undefined}
 */
export function replacedAnywhere(faults, empty) {
  const fault = findFault(faults, "error-502", "html", "redirect", "empty-body");
  switch (fault?.kind) {
    case "error-502": return page(502, "502 Bad Gateway", "The simulator pretends to be an edge without its server.");
    case "html": return page(200, "Sign in", "The simulator pretends to be a network that wants you to sign in.");
    case "redirect": return withHeaders(bare(307), [["Location", fault.location ?? "https://redirect.invalid/"]]);
    case "empty-body": return { ...empty, frames: [] };
    default: return undefined;
  }
}
