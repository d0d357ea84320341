// @ts-check
/** Reads a generation request as the Go server does, with its complaints about wrong types. */
import { isObject } from "./is-object.mjs";
import { decode, kindOf } from "./go-encoding.mjs";
import { withoutGoOn } from "./prompt.mjs";

/**
 * @typedef {{ role: string, content: string, images?: unknown[] }} Message
 * @typedef {object} Generation
 * @property {string} model
 * @property {Message[]} messages
 * @property {string} prompt text of the last user message
 * @property {string} [partial] text of an assistant message at the end
 * @property {string} [toolResult] text of a tool message at the end
 * @property {import("./answer.mjs").Tool[]} tools
 * @property {boolean} stream
 * @property {boolean} [think] undefined: the model's own default; a level counts as true
 * @property {unknown} [format]
 * @property {unknown} [keepAlive]
 * @property {boolean} truncate
 * @property {number} [context] num_ctx
 * @property {number} [limit] num_predict
 * @property {string[]} stop
 * @property {string} [badOption] the server's complaint about an option; it comes later than the others
 */

/** Options by the type that the server wants; unknown ones are ignored in silence. */
const OPTION_TYPES = Object.freeze({
  num_ctx: "integer", num_predict: "integer", num_keep: "integer", seed: "integer", top_k: "integer", repeat_last_n: "integer",
  num_batch: "integer", num_gpu: "integer", main_gpu: "integer", num_thread: "integer",
  temperature: "float32", top_p: "float32", min_p: "float32", typical_p: "float32", repeat_penalty: "float32",
  presence_penalty: "float32", frequency_penalty: "float32",
});

/**
 * @param {string} body
 * @returns {Generation | { error: string }}
 */
export function readChat(body) {
  const read = readObject(body, "ChatRequest", { model: "string", messages: "array", stream: "bool", tools: "array", options: "object" });
  if ("error" in read) return read;
  const { value } = read;
  const messages = /** @type {unknown[]} */ (value["messages"] ?? []);
  for (const message of messages) {
    const error = complain(message);
    if (error !== undefined) return { error };
  }
  const known = /** @type {Message[]} */ (messages.map((message) => ({ .../** @type {Message} */ (message), content: /** @type {Message} */ (message).content ?? "" })));
  const turns = withoutGoOn(known, ({ content }) => content);
  const last = turns.at(-1);
  return {
    ...shared(value),
    messages: known,
    prompt: turns.findLast((message) => message.role === "user")?.content ?? "",
    partial: last?.role === "assistant" ? last.content : undefined,
    toolResult: last?.role === "tool" ? last.content : undefined,
  };
}

/**
 * @param {string} body
 * @returns {Generation | { error: string }}
 */
export function readGenerate(body) {
  const read = readObject(body, "GenerateRequest", { model: "string", prompt: "string", system: "string", stream: "bool", options: "object" });
  if ("error" in read) return read;
  const { value } = read;
  const prompt = /** @type {string} */ (value["prompt"] ?? "");
  const system = /** @type {string} */ (value["system"] ?? "");
  const messages = [...(system === "" ? [] : [{ role: "system", content: system }]), { role: "user", content: prompt }];
  return { ...shared(value), tools: [], messages: prompt === "" ? [] : messages, prompt };
}

/**
 * @param {string} body
 * @param {string} struct name of the Go type
 * @param {Record<string, "string" | "array" | "bool" | "object">} fields
 * @returns {{ value: Record<string, unknown> } | { error: string }}
 */
export function readObject(body, struct, fields) {
  const decoded = decode(body);
  if ("error" in decoded) return decoded;
  const { value } = decoded;
  if (!isObject(value)) return { error: `json: cannot unmarshal ${kindOf(value)} into Go value of type api.${struct}` };
  /** @type {Record<string, string>} */
  const goTypes = { string: "string", array: "[]api.Message", bool: "bool", object: "map[string]interface {}" };
  for (const [field, wanted] of Object.entries(fields)) {
    const given = value[field];
    if (given === undefined || given === null || kindOf(given) === wanted) continue;
    return { error: `json: cannot unmarshal ${kindOf(given)} into Go struct field ${struct}.${field} of type ${goTypes[wanted]}` };
  }
  return { value };
}

/**
 * @param {unknown} message
 * @returns {string | undefined}
 */
function complain(message) {
  if (!isObject(message)) return `json: cannot unmarshal ${kindOf(message)} into Go struct field ChatRequest.messages of type api.Message`;
  const { content, images, tool_calls: calls } = message;
  if (content !== undefined && content !== null && typeof content !== "string") {
    return `json: cannot unmarshal ${kindOf(content)} into Go struct field ChatRequest.messages.content of type string`;
  }
  for (const image of Array.isArray(images) ? images : []) {
    // A `data:` prefix is the usual mistake; the colon is the first character that base64 does not have.
    const bad = String(image).search(/[^A-Za-z0-9+/=\r\n]/);
    if (bad >= 0) return `illegal base64 data at input byte ${bad}`;
  }
  for (const call of Array.isArray(calls) ? calls : []) {
    const given = isObject(call) && isObject(call["function"]) ? call["function"]["arguments"] : undefined;
    // Elsewhere arguments are a string of JSON; here that is an error.
    if (typeof given === "string") return "json: cannot unmarshal string into Go struct field ChatRequest.messages.tool_calls.function.arguments of type map[string]interface {}";
  }
  return undefined;
}

/** @param {Record<string, unknown>} value */
function shared(value) {
  const options = isObject(value["options"]) ? value["options"] : {};
  const limit = number(options["num_predict"]);
  const format = value["format"];
  const think = value["think"];
  return {
    model: String(value["model"] ?? ""),
    tools: /** @type {import("./answer.mjs").Tool[]} */ (value["tools"] ?? []),
    stream: value["stream"] !== false,
    think: think === undefined || think === null ? undefined : Boolean(think),
    format: format === null || format === "" ? undefined : format,
    keepAlive: value["keep_alive"],
    truncate: value["truncate"] !== false,
    context: number(options["num_ctx"]),
    // Zero and below mean: no limit.
    limit: limit !== undefined && limit > 0 ? limit : undefined,
    stop: Array.isArray(options["stop"]) ? options["stop"].map(String) : [],
    badOption: badOption(options),
  };
}

/** @param {unknown} value */
function number(value) {
  return typeof value === "number" ? Math.trunc(value) : undefined;
}

/** @param {Record<string, unknown>} options */
function badOption(options) {
  for (const [name, type] of Object.entries(OPTION_TYPES)) {
    const given = options[name];
    if (given !== undefined && given !== null && typeof given !== "number") return `option "${name}" must be of type ${type}`;
  }
  return undefined;
}
