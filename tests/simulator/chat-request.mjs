// @ts-check
/** `/chat/completions` as OpenAI shaped it and others took it over: what is asked, and how tools are called. */
import { findFault } from "./faults.mjs";
import { isObject } from "./is-object.mjs";
import { withoutGoOn } from "./prompt.mjs";

/**
 * @typedef {import("./answer.mjs").Asked} Asked
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {{ role: string, content: string, images: unknown[] }} ChatMessage
 * @typedef {{ id: string, type: string, function: { name: string, arguments: string } }} ToolCall
 */

/**
 * @param {unknown[]} messages
 * @returns {ChatMessage[]}
 */
export function readMessages(messages) {
  return messages.map((message) => {
    const { role = "", content = "" } = isObject(message) ? message : {};
    if (!Array.isArray(content)) return { role: String(role), content: String(content ?? ""), images: [] };
    const texts = content.flatMap((part) => (isObject(part) && part["type"] === "text" ? [String(part["text"])] : []));
    return { role: String(role), content: texts.join("\n"), images: content.filter((part) => isObject(part) && part["type"] === "image_url") };
  });
}

/**
 * @param {Record<string, unknown>} body
 * @param {ChatMessage[]} messages
 * @param {Pick<Asked, "simulator" | "thinks" | "appendix">} more
 * @returns {Asked}
 */
export function readAsked(body, messages, more) {
  const turns = withoutGoOn(messages, ({ content }) => content);
  const last = turns.at(-1);
  const choice = body["tool_choice"];
  const named = isObject(choice) && isObject(choice["function"]) ? String(choice["function"]["name"]) : undefined;
  return {
    ...more,
    prompt: turns.findLast((message) => message.role === "user")?.content ?? "",
    partial: last?.role === "assistant" ? last.content : undefined,
    toolResult: last?.role === "tool" ? last.content : undefined,
    tools: choice === "none" ? [] : /** @type {import("./answer.mjs").Tool[]} */ (body["tools"] ?? []),
    tool: named,
    format: formatOf(body["response_format"]),
    limit: Number(body["max_completion_tokens"] ?? body["max_tokens"] ?? Infinity),
    stop: [body["stop"] ?? []].flat().map(String),
  };
}

/** @param {unknown} format */
function formatOf(format) {
  if (!isObject(format)) return undefined;
  if (format["type"] === "json_object") return "json";
  return format["type"] === "json_schema" && isObject(format["json_schema"]) ? format["json_schema"]["schema"] : undefined;
}

/**
 * @param {import("./answer.mjs").Answer} answer
 * @param {readonly Fault[]} faults
 */
export function finishOf({ toolCalls, cut }, faults) {
  if (findFault(faults, "content-filter")) return "content_filter";
  if (toolCalls.length > 0) return findFault(faults, "tools-stop") ? "stop" : "tool_calls";
  return cut ? "length" : "stop";
}

/**
 * @param {import("./answer.mjs").Answer} answer
 * @returns {ToolCall[]} arguments are a text of JSON
 */
export function callsOf({ toolCalls }) {
  return toolCalls.map((call, index) => ({
    id: `call_simulator${index}`,
    type: "function",
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
}

/**
 * The name first, then the arguments in pieces, as text; faults take the id away or repeat all that is known.
 * @param {ToolCall[]} calls
 * @param {readonly Fault[]} faults
 * @returns {{ tool_calls: unknown[] }[]} deltas
 */
export function callDeltas(calls, faults) {
  const nameless = findFault(faults, "tools-no-id") !== undefined;
  const repeated = findFault(faults, "tools-repeated") !== undefined;
  return calls.flatMap(({ id, type, function: { name, arguments: text } }, index) => {
    const known = nameless ? { index } : { index, id, type };
    const first = { ...known, function: { name, arguments: "" } };
    const pieces = (text.match(/.{1,5}/gsu) ?? []).map((piece) =>
      (repeated ? { ...known, function: { name, arguments: piece } } : { index, function: { arguments: piece } }));
    return [first, ...pieces].map((fragment) => ({ tool_calls: [fragment] }));
  });
}
