// @ts-check
/** An answer of OpenRouter's on the wire: streamed, in one piece, or as an error inside a 200. */
import { callDeltas } from "./chat-request.mjs";
import { findFault } from "./faults.mjs";
import { DONE, event, events } from "./openai-reply.mjs";
import { reasoningDeltas, wholeReasoning } from "./openrouter-reasoning.mjs";
import { json } from "./openrouter-reply.mjs";
import { link, SOURCES } from "./search-results.mjs";

/**
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {import("./plan.mjs").Frame} Frame
 * @typedef {import("./plan.mjs").Reply} Reply
 *
 * @typedef {object} Told
 * @property {string} id
 * @property {string} model the one that answers
 * @property {readonly Fault[]} faults
 * @property {string} finish
 * @property {import("./answer.mjs").Answer} made
 * @property {import("./chat-request.mjs").ToolCall[]} calls
 * @property {boolean} search
 * @property {string} [picture] a data URL
 * @property {boolean} hidden the reasoning is not to be shown
 * @property {Record<string, unknown>} usage
 */

/** The created instant is fixed: the same request has the same answer. */
const CREATED = 1_767_225_600;
const PROVIDER = "Simulator";
const COMMENT = ": OPENROUTER PROCESSING\n\n";
/** What the model's own provider calls the end of an answer. */
const NATIVE = Object.freeze(/** @type {Record<string, string>} */ ({ stop: "completed", length: "max_tokens", tool_calls: "tool_use", content_filter: "refusal" }));

/**
 * @param {Told} told
 * @returns {Reply}
 */
export function streamed({ id, model, faults, finish, made, calls, search, picture, hidden, usage }) {
  const named = { id, provider: PROVIDER, model, object: "chat.completion.chunk", created: CREATED };
  /** @type {(delta: object, more?: object) => unknown} */
  const chunk = (delta, more = {}) =>
    ({ ...named, choices: [{ index: 0, delta: { role: "assistant", content: "", ...delta }, finish_reason: null, native_finish_reason: null, ...more }] });
  const token = (/** @type {unknown} */ value) => event(value, "token");

  const beside = findFault(faults, "annotations-choice") !== undefined;
  const sources = search ? annotations(made.content.join("")) : [];
  const pieces = [
    ...(hidden ? [] : reasoningDeltas(made.thinking, faults)).map((delta) => token(chunk(delta))),
    ...made.content.map((content) => token(chunk({ content }))),
    ...callDeltas(calls, faults).map((delta) => token(chunk({ content: null, ...delta }))),
    ...(picture === undefined ? [] : [token(chunk({ images: [imageOf(picture)] }))]),
  ];
  const noUsage = findFault(faults, "no-usage") !== undefined;
  const choice = findFault(faults, "usage-choice") === undefined ? { choices: [] } : { choices: /** @type {any} */ (chunk({})).choices };
  return events([
    ...commented(pieces, findFault(faults, "comments")),
    ...(sources.length === 0 ? [] : [event(beside ? chunk({}, { annotations: sources }) : chunk({ annotations: sources }), "other")]),
    event(chunk({}, { finish_reason: finish, native_finish_reason: NATIVE[finish] ?? finish }), "finish"),
    ...(noUsage ? [] : [event({ ...named, ...choice, usage }, "finish")]),
    DONE,
  ]);
}

/**
 * Two comments come before the first token as they do while a model thinks; a fault makes them more.
 * @param {Frame[]} pieces
 * @param {Fault | undefined} fault
 * @returns {Frame[]}
 */
function commented(pieces, fault) {
  /** @type {Frame} */
  const comment = { bytes: Buffer.from(COMMENT), kind: "other" };
  const first = Array(fault === undefined ? 2 : fault.count ?? 5).fill(comment);
  return [...first, ...pieces.flatMap((piece, index) => (fault === undefined || index === 0 ? [piece] : [comment, piece]))];
}

/**
 * @param {Told} told
 * @returns {Reply}
 */
export function said({ id, model, faults, finish, made, calls, search, picture, hidden, usage }) {
  const content = made.content.join("");
  const sources = search ? annotations(content) : [];
  const message = {
    role: "assistant",
    content: calls.length > 0 ? null : content,
    refusal: null,
    ...(hidden ? {} : wholeReasoning(made.thinking, faults)),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(sources.length > 0 ? { annotations: sources } : {}),
    ...(picture === undefined ? {} : { images: [imageOf(picture)] }),
  };
  return json(200, {
    id, provider: PROVIDER, model, object: "chat.completion", created: CREATED,
    choices: [{ index: 0, finish_reason: finish, native_finish_reason: NATIVE[finish] ?? finish, message }],
    ...(findFault(faults, "no-usage") ? {} : { usage }),
  });
}

/**
 * A provider that failed although the status says 200; nobody pays for it.
 * @param {Told} told
 * @param {Fault} fault
 * @param {boolean} stream
 * @returns {Reply}
 */
export function failedInside({ id, model, usage }, { kind, message = "The simulated provider returned an error" }, stream) {
  const error = kind === "error-finish" ? {} : { error: { code: 502, message, metadata: { provider_name: PROVIDER, error_type: "provider_unavailable" } } };
  const named = { id, provider: PROVIDER, model, object: stream ? "chat.completion.chunk" : "chat.completion", created: CREATED };
  const content = { role: "assistant", content: "" };
  const value = {
    ...named,
    choices: [{ index: 0, ...(stream ? { delta: content } : { message: content }), finish_reason: "error", native_finish_reason: "error", ...error }],
    usage: { ...usage, completion_tokens: 0, total_tokens: usage["prompt_tokens"], cost: 0 },
  };
  return stream ? events([event(value, "finish"), DONE]) : json(200, value);
}

/** @param {string} url */
function imageOf(url) {
  return { type: "image_url", image_url: { url } };
}

/**
 * Where the text cites the sources; positions are in UTF-16 units, as JavaScript counts.
 * @param {string} text
 */
function annotations(text) {
  return SOURCES.flatMap((source) => {
    const start = text.indexOf(link(source));
    if (start < 0) return [];
    const { url, title, content } = source;
    return [{ type: "url_citation", url_citation: { url, title, content, start_index: start, end_index: start + link(source).length } }];
  });
}
