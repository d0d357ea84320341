// @ts-check
/** `POST /v1/chat/completions` */
import { compose, countPrompt } from "./answer.mjs";
import { callDeltas, callsOf, finishOf, readAsked, readMessages } from "./chat-request.mjs";
import { findFault } from "./faults.mjs";
import { isObject } from "./is-object.mjs";
import { DONE, event, events, failure, json } from "./openai-reply.mjs";

/**
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
  const messages = readMessages(asked["messages"]);
  const thinks = model.split(":", 1)[0]?.includes("thinking") ?? false;
  const answer = compose(readAsked(asked, messages, { simulator: "OpenAI-compatible", thinks }), faults);

  const finish = finishOf(answer, faults);
  const promptTokens = countPrompt(messages) >> (findFault(faults, "truncated-prompt") ? 1 : 0);
  const usage = {
    completion_tokens: answer.count,
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + answer.count,
    prompt_tokens_details: { cached_tokens: 0 },
  };
  const calls = callsOf(answer);
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
    ...callDeltas(calls, faults).map((delta) => chunk(delta)),
    chunk({}, "finish", finish),
    ...(wanted ? [event({ choices: [], ...named, object: "chat.completion.chunk", usage, timings: timings(promptTokens, answer.count) }, "finish")] : []),
    DONE,
  ]);
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
