// @ts-check
/** `POST /chat/completions` at OpenRouter: which model, what it says, what it costs. */
import { compose, countPrompt } from "./answer.mjs";
import { encoded, PICTURE_TOKENS, sidesOf } from "./cloud-picture.mjs";
import { callsOf, finishOf, readAsked, readMessages } from "./chat-request.mjs";
import { findFault, splitModel } from "./faults.mjs";
import { isObject } from "./is-object.mjs";
import { failure, keyLimit, noCredits, overflow, replaced } from "./openrouter-reply.mjs";
import { complain } from "./openrouter-request.mjs";
import { functionTools, modalitiesOf, route } from "./openrouter-routing.mjs";
import { failedInside, said, streamed } from "./openrouter-stream.mjs";
import { withHeaders } from "./reply.mjs";
import { LINKED } from "./search-results.mjs";

/**
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {import("./openrouter-models.mjs").Complete} Complete
 * @typedef {import("./openrouter-routing.mjs").Route} Route
 * @typedef {import("./plan.mjs").Reply} Reply
 * @typedef {import("./openrouter.mjs").Server} Server
 */

/** Models of this size or smaller lose the middle of a prompt that is too long for them, unless one asks them not to. */
const COMPRESSED = 8192;
const NOTHING = Object.freeze({ prompt: 0, completion: 0, total: 0 });

/**
 * @param {Server} server
 * @param {import("./simulator.mjs").Exchange} exchange
 * @param {import("./keys.mjs").OpenRouterAccount} account
 * @returns {Reply}
 */
export function completion(server, { entry, faults }, account) {
  const body = entry.json;
  if (!isObject(body)) return failure(400, "The request body is not valid JSON", { error_type: "invalid_request" });
  entry.notes = noteOf(body, entry.headers);
  const complaint = complain(body);
  if (complaint !== undefined) return complaint;
  if (!account.credit) return noCredits();
  if (account.limit !== null && account.usage >= account.limit) return keyLimit();

  const images = readMessages(/** @type {unknown[]} */ (body["messages"])).some((message) => message.images.length > 0);
  const names = wanted(body, faults);
  /** @type {Reply} */
  let refused = failure(400, "No model was named", { error_type: "invalid_request" });
  for (const [index, name] of names.entries()) {
    // Any error of one model moves on to the next one.
    const instead = replaced(index === 0 ? faults : splitModel(name).faults, name);
    const found = instead === undefined ? route(server.models, name, body, { images }) : { refused: instead };
    if ("refused" in found) refused = found.refused;
    else {
      entry.notes["ignored"] = found.ignored;
      return answer(server, found, body, faults, account);
    }
  }
  return refused;
}

/**
 * What a test wants to know of a request without reading its body again.
 * @param {Record<string, unknown>} body
 * @param {import("./journal.mjs").Entry["headers"]} headers
 */
function noteOf(body, headers) {
  const messages = Array.isArray(body["messages"]) ? body["messages"] : [];
  return {
    provider: body["provider"] ?? null,
    plugins: body["plugins"] ?? null,
    referer: headers["http-referer"] ?? null,
    title: headers["x-openrouter-title"] ?? headers["x-title"] ?? null,
    returnedReasoning: messages.some((message) => isObject(message) && Array.isArray(message["reasoning_details"]) && message["reasoning_details"].length > 0),
  };
}

/**
 * @param {Record<string, unknown>} body
 * @param {readonly Fault[]} faults
 * @returns {string[]}
 */
function wanted(body, faults) {
  const named = [body["model"] ?? [], body["models"] ?? []].flat().map(String);
  const names = named.length === 0 ? ["simulator/auto"] : named;
  if (findFault(faults, "fallback") === undefined) return names;
  return names.length > 1 ? names.slice(1) : ["simulator/plain"];
}

/**
 * @param {Server} server
 * @param {Route} found
 * @param {Record<string, unknown>} body
 * @param {readonly Fault[]} faults
 * @param {import("./keys.mjs").OpenRouterAccount} account
 * @returns {Reply}
 */
function answer(server, { model, online, ignored }, body, faults, account) {
  const known = Object.fromEntries(Object.entries({ ...body, tools: functionTools(body) }).filter(([name]) => !ignored.includes(name)));
  const messages = readMessages(/** @type {unknown[]} */ (body["messages"]));
  const asked = countPrompt(messages);
  const context = model.contextLength ?? Infinity;
  if (asked > context && !compresses(body, context)) return overflow(context, asked);
  const promptTokens = Math.min(findFault(faults, "truncated-prompt") ? asked >> 1 : asked, context);

  const search = online || searches(body);
  const words = compose(readAsked(known, messages, { simulator: "OpenRouter", thinks: thinks(model, known), appendix: search ? LINKED : undefined }), faults);
  const picture = pictureOf(body, messages, faults);
  // Where only a picture is wanted nothing is said, unless there is none.
  const made = picture !== undefined && !modalitiesOf(body).includes("text") ? { ...words, content: [], count: words.thinking.length } : words;
  const imageTokens = picture === undefined ? 0 : PICTURE_TOKENS;
  const id = server.nextId();
  const failed = findFault(faults, "error-in-choice", "error-finish");
  // Nobody pays for an answer that failed or has no token.
  const cost = failed === undefined && made.count + imageTokens > 0 ? costOf(model, { promptTokens, completionTokens: made.count, imageTokens, search }) : NOTHING;
  account.usage = rounded(account.usage + cost.total);
  const told = {
    id, model: model.id, faults, finish: finishOf(made, faults), made, calls: callsOf(made), search, picture,
    hidden: isObject(known["reasoning"]) && known["reasoning"]["exclude"] === true,
    usage: usageOf(promptTokens, made, imageTokens, cost, findFault(faults, "no-cost") !== undefined),
  };
  const stream = body["stream"] === true;
  const reply = failed !== undefined ? failedInside(told, failed, stream) : stream ? streamed(told) : said(told);
  return {
    ...withHeaders(reply, [["X-Generation-Id", id]]),
    settled: ({ ended, tokensSent }) => server.generations.add({
      id, model: model.id, cost: cost.total, promptTokens, completionTokens: ended === "complete" ? made.count + imageTokens : tokensSent,
      reasoningTokens: made.thinking.length, streamed: stream, cancelled: ended === "aborted", finish: told.finish,
    }),
  };
}

/**
 * @param {Record<string, unknown>} body
 * @param {import("./chat-request.mjs").ChatMessage[]} messages
 * @param {readonly Fault[]} faults
 * @returns {string | undefined} a data URL
 */
function pictureOf(body, messages, faults) {
  if (!modalitiesOf(body).includes("image") || findFault(faults, "text-instead", "empty-answer", "content-filter")) return undefined;
  const config = isObject(body["image_config"]) ? body["image_config"] : {};
  const [ratio, size] = [String(config["aspect_ratio"] ?? "1:1"), String(config["image_size"] ?? "1K")];
  const last = messages.findLast(({ role }) => role === "user");
  const sources = last?.images ?? [];
  const seed = JSON.stringify([last?.content, body["seed"] ?? 0, ratio, sources]);
  const { mimeType, data } = encoded({ ...sidesOf(ratio, size), edit: sources.length > 0, seed }, "png", faults);
  return `data:${mimeType};base64,${data}`;
}

/**
 * @param {Record<string, unknown>} body
 * @param {number} context tokens
 */
function compresses(body, context) {
  const plugin = pluginsOf(body).find((one) => one["id"] === "context-compression");
  return plugin === undefined ? context <= COMPRESSED : plugin["enabled"] !== false;
}

/** @param {Record<string, unknown>} body */
function searches(body) {
  const tools = Array.isArray(body["tools"]) ? body["tools"] : [];
  return pluginsOf(body).some((plugin) => plugin["id"] === "web" && plugin["enabled"] !== false)
    || tools.some((tool) => isObject(tool) && tool["type"] === "openrouter:web_search");
}

/**
 * @param {Record<string, unknown>} body
 * @returns {Record<string, unknown>[]}
 */
function pluginsOf(body) {
  return Array.isArray(body["plugins"]) ? body["plugins"].filter(isObject) : [];
}

/**
 * @param {Complete} model
 * @param {Record<string, unknown>} body
 * @returns {boolean | "told"}
 */
function thinks({ reasoning }, body) {
  if (reasoning === undefined) return false;
  const asked = body["reasoning"];
  if (!isObject(asked)) return reasoning["default_enabled"] === true;
  if (asked["enabled"] === false || asked["effort"] === "none") return false;
  return asked["enabled"] === true || asked["effort"] !== undefined || asked["max_tokens"] !== undefined ? "told" : reasoning["default_enabled"] === true;
}

/**
 * @param {Complete} model
 * @param {{ promptTokens: number, completionTokens: number, imageTokens?: number, search: boolean }} used imageTokens: besides the others
 */
export function costOf({ pricing }, { promptTokens, completionTokens, imageTokens = 0, search }) {
  const price = (/** @type {string} */ kind) => Number(pricing[kind] ?? 0) * (1 - Number(pricing["discount"] ?? 0));
  const prompt = rounded(promptTokens * price("prompt"));
  const completion = rounded(completionTokens * price("completion") + imageTokens * price("image_output"));
  return { prompt, completion, total: rounded(prompt + completion + price("request") + (search ? price("web_search") : 0)) };
}

/** @param {number} dollars */
function rounded(dollars) {
  return Math.round(dollars * 1e12) / 1e12;
}

/**
 * @param {number} promptTokens
 * @param {import("./answer.mjs").Answer} made
 * @param {number} imageTokens besides those of the text
 * @param {{ prompt: number, completion: number, total: number }} cost
 * @param {boolean} noCost
 */
function usageOf(promptTokens, made, imageTokens, cost, noCost) {
  const spoken = made.count + imageTokens;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: spoken,
    total_tokens: promptTokens + spoken,
    cost: noCost ? null : cost.total,
    is_byok: false,
    prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0, audio_tokens: 0, video_tokens: 0 },
    cost_details: { upstream_inference_cost: null, upstream_inference_prompt_cost: cost.prompt, upstream_inference_completions_cost: cost.completion },
    completion_tokens_details: { reasoning_tokens: made.thinking.length, image_tokens: imageTokens },
  };
}
