// @ts-check
/** `POST /v1/chat/completions` */
import { compose, countPrompt, isObject } from "./answer.mjs";
import { findFault } from "./faults.mjs";
import { event, events, failure, json } from "./openai-reply.mjs";

/**
 * @typedef {import("./answer.mjs").Answer} Answer
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {import("./plan.mjs").Frame} Frame
 * @typedef {import("./plan.mjs").Reply} Reply
 */

/** The created instant is fixed: the same request has the same answer, byte for byte. */
const CREATED = 1_767_225_600;
const FINGERPRINT = "simulator";

/**
 * @param {import("./journal.mjs").Entry} entry
 * @param {readonly Fault[]} faults
 * @param {string} id
 * @returns {Reply}
 */
export function completion({ json: asked, model }, faults, id) {
  // llama.cpp answers 500 to JSON that does not parse; others answer 400.
  if (!isObject(asked)) return failure(500, "[json.exception.parse_error] parse error", "server_error");
  if (!Array.isArray(asked["messages"])) return failure(400, "'messages' is required");
  const messages = asked["messages"].map(read);
  const last = messages.at(-1);
  const answer = compose({
    simulator: "OpenAI-compatible",
    prompt: messages.findLast((message) => message.role === "user")?.content ?? "",
    partial: last?.role === "assistant" ? last.content : undefined,
    toolResult: last?.role === "tool" ? last.content : undefined,
    tools: asked["tool_choice"] === "none" ? [] : /** @type {import("./answer.mjs").Tool[]} */ (asked["tools"] ?? []),
    format: formatOf(asked["response_format"]),
    thinks: model.split(":", 1)[0]?.includes("thinking") ?? false,
    limit: Number(asked["max_completion_tokens"] ?? asked["max_tokens"] ?? Infinity),
    stop: [asked["stop"] ?? []].flat().map(String),
  }, faults);

  const finish = answer.toolCalls.length > 0 ? "tool_calls" : answer.cut ? "length" : "stop";
  const promptTokens = countPrompt(messages);
  const usage = {
    completion_tokens: answer.count,
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + answer.count,
    prompt_tokens_details: { cached_tokens: 0 },
  };
  const calls = answer.toolCalls.map((call, index) => ({
    id: `call_simulator${index}`,
    type: "function",
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
  const noUsage = findFault(faults, "no-usage") !== undefined;
  const named = { created: CREATED, id, model, system_fingerprint: FINGERPRINT };

  if (asked["stream"] !== true) {
    const message = {
      role: "assistant",
      content: calls.length > 0 ? null : answer.content.join(""),
      ...(answer.thinking.length > 0 ? { reasoning_content: answer.thinking.join("") } : {}),
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
    };
    return json(200, {
      choices: [{ finish_reason: finish, index: 0, message }], ...named, object: "chat.completion",
      ...(noUsage ? {} : { usage, timings: timings(promptTokens, answer.count) }),
    });
  }

  /** @type {(delta: object, kind?: Frame["kind"], reason?: string | null) => Frame} */
  const chunk = (delta, kind = "token", reason = null) =>
    event({ choices: [{ finish_reason: reason, index: 0, delta }], ...named, object: "chat.completion.chunk" }, kind);
  const wanted = isObject(asked["stream_options"]) && asked["stream_options"]["include_usage"] === true && !noUsage;
  return events([
    chunk({ role: "assistant", content: null }, "other"),
    ...answer.thinking.map((token) => chunk({ reasoning_content: token })),
    ...answer.content.map((token) => chunk({ content: token })),
    ...calls.flatMap((call, index) => callDeltas(call, index).map((delta) => chunk(delta))),
    chunk({}, "finish", finish),
    ...(wanted ? [event({ choices: [], ...named, object: "chat.completion.chunk", usage, timings: timings(promptTokens, answer.count) }, "finish")] : []),
    { bytes: Buffer.from("data: [DONE]\n\n"), kind: "terminator" },
  ]);
}

/**
 * The name first, then the arguments in pieces, as text.
 * @param {{ id: string, type: string, function: { name: string, arguments: string } }} call
 * @param {number} index
 */
function callDeltas({ id, type, function: { name, arguments: text } }, index) {
  const pieces = text.match(/.{1,5}/gsu) ?? [];
  return [
    { tool_calls: [{ index, id, type, function: { name, arguments: "" } }] },
    ...pieces.map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ];
}

/**
 * @param {unknown} message
 * @returns {{ role: string, content: string, images: unknown[] }}
 */
function read(message) {
  const { role = "", content = "" } = isObject(message) ? message : {};
  if (!Array.isArray(content)) return { role: String(role), content: String(content ?? ""), images: [] };
  const texts = content.flatMap((part) => (isObject(part) && part["type"] === "text" ? [String(part["text"])] : []));
  return { role: String(role), content: texts.join("\n"), images: content.filter((part) => isObject(part) && part["type"] === "image_url") };
}

/** @param {unknown} format */
function formatOf(format) {
  if (!isObject(format)) return undefined;
  if (format["type"] === "json_object") return "json";
  return format["type"] === "json_schema" && isObject(format["json_schema"]) ? format["json_schema"]["schema"] : undefined;
}

/**
 * @param {number} prompt
 * @param {number} predicted
 */
function timings(prompt, predicted) {
  return {
    cache_n: 0, prompt_n: prompt, prompt_ms: prompt * 5, prompt_per_token_ms: 5, prompt_per_second: 200,
    predicted_n: predicted, predicted_ms: predicted * 20, predicted_per_token_ms: 20, predicted_per_second: 50,
  };
}
