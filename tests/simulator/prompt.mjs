// @ts-check
/** What a user said last, in a request of any of the protocols. */
import { isObject } from "./is-object.mjs";

/**
 * @param {unknown} body
 * @returns {string} empty unless the last message is the user's: what follows a tool's result is not asked anew
 */
export function lastPrompt(body) {
  if (!isObject(body)) return "";
  if (typeof body["prompt"] === "string") return body["prompt"];
  if (isObject(body["prompt"])) return textsOf(body["prompt"]).join("\n");
  const [instance] = Array.isArray(body["instances"]) ? body["instances"] : [];
  if (isObject(instance)) return String(instance["prompt"] ?? "");
  const messages = body["messages"] ?? body["contents"];
  const last = Array.isArray(messages) ? messages.at(-1) : undefined;
  if (!isObject(last) || (last["role"] ?? "user") !== "user") return "";
  const content = last["content"] ?? last["parts"];
  if (typeof content === "string") return content;
  const texts = Array.isArray(content) ? content.map((part) => (isObject(part) && typeof part["text"] === "string" ? part["text"] : "")) : [];
  return texts.join("\n");
}

/**
 * @param {Record<string, unknown>} workflow as ComfyUI is sent it
 * @returns {string[]} what its nodes are told in words
 */
function textsOf(workflow) {
  return Object.values(workflow).flatMap((node) => {
    const inputs = isObject(node) && isObject(node["inputs"]) ? node["inputs"] : {};
    return ["text", "clip_l", "t5xxl"].flatMap((name) => (typeof inputs[name] === "string" ? [inputs[name]] : []));
  });
}

/**
 * A conversation whose last message asks to go on with an answer that was cut off, as servers are asked that do not go on by
 * themselves: without that message, so that it ends with the answer.
 * @template {{ role: string }} Turn
 * @param {Turn[]} turns
 * @param {(turn: Turn) => string} textOf
 * @returns {Turn[]}
 */
export function withoutGoOn(turns, textOf) {
  const [before, last] = turns.slice(-2);
  const asks = before !== undefined && before.role !== "user" && last?.role === "user" && /\bcut off\b.*\bgo on\b/isu.test(textOf(last));
  return asks ? turns.slice(0, -1) : turns;
}
