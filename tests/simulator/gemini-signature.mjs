// @ts-check
/** Thought signatures: what a model of the third generation puts on its calls and wants back, byte for byte. */
import { createHash } from "node:crypto";

/** @typedef {Record<string, unknown>} Part */

/** What a client may put on a call that another model made. */
const SENTINEL = "skip_thought_signature_validator";
const OF_TEXT = Buffer.from("simulator signature of a text").toString("base64");

/** @param {string} name */
export function signCall(name) {
  return Buffer.from(`simulator signature ${createHash("sha256").update(name).digest("hex")}`).toString("base64");
}

/**
 * A picture that a model made comes back with its signature, whichever turn it is from.
 * @param {{ role: string, parts: Part[] }[]} contents
 * @returns {string | undefined} a complaint
 */
export function complainOfPictures(contents) {
  for (const [index, { role, parts }] of contents.entries()) {
    const at = role === "model" ? parts.findIndex((part) => "inlineData" in part && part["thought"] !== true && part["thoughtSignature"] !== OF_TEXT) : -1;
    if (at >= 0) return `Image part is missing a thought_signature in content position ${index + 1}, part position ${at + 1}.`;
  }
  return undefined;
}

export function signText() {
  return OF_TEXT;
}

/**
 * In each step since the user last spoke, the first call must bear its signature.
 * @param {{ role: string, parts: Part[] }[]} contents
 * @returns {string | undefined} a complaint
 */
export function complainOfSignatures(contents) {
  const spoke = contents.findLastIndex(({ role, parts }) => role === "user" && parts.some((part) => "text" in part));
  for (const [index, { role, parts }] of contents.entries()) {
    const part = role === "model" && index > spoke ? parts.find((one) => "functionCall" in one) : undefined;
    if (part === undefined) continue;
    const { name } = /** @type {{ name?: string }} */ (part["functionCall"]);
    const signature = part["thoughtSignature"];
    if (signature === undefined || signature === "") {
      return "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly. "
        + `Additional data, function call \`default_api:${name}\`, position ${index + 1}.`;
    }
    if (signature !== signCall(name ?? "") && signature !== SENTINEL) return "Thought signature is not valid.";
  }
  return undefined;
}
