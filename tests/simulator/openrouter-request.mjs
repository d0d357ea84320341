// @ts-check
/** What OpenRouter finds wrong with a chat request before it looks for a model. */
import { isObject } from "./is-object.mjs";
import { failure } from "./openrouter-reply.mjs";
import { areUnchanged } from "./openrouter-reasoning.mjs";

/** @typedef {import("./plan.mjs").Reply} Reply */

const ROLES = ["system", "developer", "user", "assistant", "tool"];

/**
 * @param {Record<string, unknown>} body
 * @returns {Reply | undefined}
 */
export function complain(body) {
  const { messages, reasoning } = body;
  if (!Array.isArray(messages) || messages.length === 0) return invalid('"messages" must be an array with at least one message');
  const calls = new Set();
  for (const [index, message] of messages.entries()) {
    const wrong = isObject(message) ? complainOf(message, calls) : "must be an object";
    if (wrong !== undefined) return invalid(`messages[${index}] ${wrong}`);
  }
  if (isObject(reasoning) && reasoning["effort"] !== undefined && reasoning["max_tokens"] !== undefined) {
    return invalid('only one of "reasoning.effort" and "reasoning.max_tokens" may be given');
  }
  return undefined;
}

/**
 * @param {Record<string, unknown>} message
 * @param {Set<unknown>} calls ids of the tool calls so far
 * @returns {string | undefined}
 */
function complainOf(message, calls) {
  const { role, content } = message;
  if (!ROLES.includes(String(role))) return `has the role ${JSON.stringify(role)}; it must be one of ${ROLES.join(", ")}`;
  if (role === "tool" && !calls.has(message["tool_call_id"])) return `answers a tool call that was not made: ${JSON.stringify(message["tool_call_id"])}`;
  for (const call of Array.isArray(message["tool_calls"]) ? message["tool_calls"] : []) {
    if (!isObject(call) || !isObject(call["function"])) return "has a tool call without a function";
    if (typeof call["function"]["arguments"] !== "string") return "has a tool call whose arguments are not a string of JSON";
    calls.add(call["id"]);
  }
  const details = message["reasoning_details"];
  if (Array.isArray(details) && !areUnchanged(details)) return "has reasoning_details that are not as they were sent: they must be passed back unmodified";
  for (const part of Array.isArray(content) ? content : []) {
    const wrong = complainOfPart(part);
    if (wrong !== undefined) return wrong;
  }
  if (content !== null && content !== undefined && typeof content !== "string" && !Array.isArray(content)) return "has a content that is neither text nor parts";
  return undefined;
}

/** @param {unknown} part */
function complainOfPart(part) {
  if (!isObject(part)) return "has a part that is not an object";
  if (part["type"] === "text") return typeof part["text"] === "string" ? undefined : "has a text part without text";
  if (part["type"] !== "image_url") return `has a part of the type ${JSON.stringify(part["type"])}, which the simulator does not know`;
  const url = isObject(part["image_url"]) ? part["image_url"]["url"] : undefined;
  if (typeof url !== "string") return "has an image without image_url.url";
  // What lies elsewhere is not fetched: nothing here reaches beyond this machine.
  if (/^https?:\/\//.test(url)) return undefined;
  return /^data:image\/[a-z+.-]+;base64,[A-Za-z0-9+/]+={0,2}$/.test(url) ? undefined : "has an image that is no data URL of base64";
}

/** @param {string} message */
function invalid(message) {
  return failure(400, message, { error_type: "invalid_request" });
}
