// @ts-check
/** Reasoning as OpenRouter shows it: a plain text, and details that a client must hand back as they were. */
import { createHash } from "node:crypto";
import { THINKING } from "./answer.mjs";
import { findFault } from "./faults.mjs";
import { isObject } from "./is-object.mjs";

/** @typedef {import("./faults.mjs").Fault} Fault */

const FORMAT = { format: "unknown", index: 0 };

/** @param {string} text */
function sign(text) {
  return `simulator:${createHash("sha256").update(text).digest("base64")}`;
}

/** @param {string} text */
function encrypt(text) {
  return Buffer.from(`${sign(text)} ${text}`).toString("base64");
}

/**
 * Whether details that were given out came back as they were, each for itself or with the texts of one stream joined.
 * Details of other makers are not judged.
 * @param {unknown[]} details
 */
export function areUnchanged(details) {
  let text = "";
  for (const detail of details.filter(isObject)) {
    const { type, signature, data } = detail;
    if (type === "reasoning.text") text += String(detail["text"] ?? "");
    if (typeof signature === "string" && signature.startsWith("simulator:")) {
      if (signature !== sign(text)) return false;
      text = "";
    }
    if (typeof data === "string") {
      const plain = Buffer.from(data, "base64").toString();
      if (plain.startsWith("simulator:") && plain !== `${sign(plain.slice(plain.indexOf(" ") + 1))} ${plain.slice(plain.indexOf(" ") + 1)}`) return false;
    }
  }
  // A text of the simulator's that lost its signature.
  return text !== THINKING;
}

/**
 * @param {string[]} thinking tokens
 * @param {readonly Fault[]} faults
 * @returns {{ reasoning: string | null, reasoning_details: unknown[] }[]} the fields of a delta each
 */
export function reasoningDeltas(thinking, faults) {
  if (thinking.length === 0) return [];
  if (findFault(faults, "thinking-encrypted")) {
    return [{ reasoning: null, reasoning_details: [{ type: "reasoning.encrypted", data: encrypt(thinking.join("")), id: "rs_simulator", ...FORMAT }] }];
  }
  if (findFault(faults, "thinking-summary")) {
    return thinking.map((token) => ({ reasoning: token, reasoning_details: [{ type: "reasoning.summary", summary: token, id: "rs_simulator", ...FORMAT }] }));
  }
  return [
    ...thinking.map((token) => ({ reasoning: token, reasoning_details: [{ type: "reasoning.text", text: token, ...FORMAT }] })),
    { reasoning: null, reasoning_details: [{ type: "reasoning.text", signature: sign(thinking.join("")), ...FORMAT }] },
  ];
}

/**
 * The same in one piece.
 * @param {string[]} thinking tokens
 * @param {readonly Fault[]} faults
 */
export function wholeReasoning(thinking, faults) {
  if (thinking.length === 0) return {};
  const text = thinking.join("");
  if (findFault(faults, "thinking-encrypted")) return reasoningDeltas(thinking, faults)[0] ?? {};
  const detail = findFault(faults, "thinking-summary")
    ? { type: "reasoning.summary", summary: text, id: "rs_simulator", ...FORMAT }
    : { type: "reasoning.text", text, signature: sign(text), ...FORMAT };
  return { reasoning: text, reasoning_details: [detail] };
}
