// @ts-check
/** `POST /api/chat` and `POST /api/generate`: the checks of the real server in its order, then its stream. */
import { compose, countPrompt, tokens } from "./answer.mjs";
import { findFault } from "./faults.mjs";
import { durationMs } from "./go-encoding.mjs";
import { failure, json, line, overflow, signIn, stream } from "./ollama-reply.mjs";
import { readChat, readGenerate } from "./ollama-request.mjs";

/**
 * @typedef {import("./answer.mjs").Answer} Answer
 * @typedef {import("./ollama-models.mjs").Model} Model
 * @typedef {import("./ollama-request.mjs").Generation} Generation
 * @typedef {import("./plan.mjs").Frame} Frame
 * @typedef {import("./plan.mjs").Reply} Reply
 * @typedef {import("./simulator.mjs").Exchange} Exchange
 * @typedef {import("./ollama.mjs").Server} Server
 */

/** Nanoseconds a token takes: made up, and the same in every run. */
const PROMPT_TOKEN_NS = 5_000_000;
const TOKEN_NS = 23_000_000;
const LOAD_NS = 1_250_000;

/**
 * @param {Server} server
 * @param {"chat" | "generate"} endpoint
 * @returns {(exchange: Exchange) => Promise<Reply>}
 */
export function generation(server, endpoint) {
  return async (exchange) => {
    const { entry, faults, gone } = exchange;
    const asked = endpoint === "chat" ? readChat(entry.body) : readGenerate(entry.body);
    if ("error" in asked) return failure(400, asked.error);
    const model = server.models.find(asked.model);
    // The empty name gets another answer from chat than from generate.
    if (asked.model === "" && endpoint === "chat") return failure(400, "model is required");
    if (model === undefined) return failure(404, `model '${asked.model}' not found`);
    const refused = refusal(model, asked, endpoint);
    if (refused !== undefined) return refused;

    const context = Math.min(asked.context ?? server.defaultContext, model.contextLength ?? Infinity);
    if (asked.messages.length === 0) return loadOrUnload(server, model, asked, endpoint, context);

    const place = await server.queue.enter(model.name, gone);
    if (place === "full") return failure(503, "server busy, please try again.  maximum pending requests exceeded");
    const cold = server.models.loadedContext(model.name, server.now()) !== context;
    const keepAliveMs = durationMs(asked.keepAlive);
    server.models.load(model.name, { context, now: server.now() });
    const reply = generate(server, model, asked, endpoint, context, faults);
    return {
      ...reply,
      delayMs: cold ? server.loadMs : 0,
      settled: () => {
        place.leave();
        server.models.load(model.name, { context, keepAliveMs, now: server.now() });
      },
    };
  };
}

/**
 * @param {Model} model
 * @param {Generation} asked
 * @param {"chat" | "generate"} endpoint
 * @returns {Reply | undefined}
 */
function refusal(model, asked, endpoint) {
  if (model.remoteHost !== undefined) return signIn();
  if (asked.think === true && !model.capabilities.includes("thinking")) return failure(400, `${JSON.stringify(asked.model)} does not support thinking`);
  if (!model.capabilities.includes("completion")) return failure(400, `${JSON.stringify(asked.model)} does not support ${endpoint}`);
  if (asked.tools.length > 0 && !model.capabilities.includes("tools")) {
    return failure(400, `registry.ollama.ai/library/${model.name} does not support tools`);
  }
  if (asked.badOption !== undefined) return failure(500, asked.badOption);
  return undefined;
}

/**
 * No messages: only the model is wanted in memory, or out of it. One object, even where a stream was asked for.
 * @param {Server} server
 * @param {Model} model
 * @param {Generation} asked
 * @param {"chat" | "generate"} endpoint
 * @param {number} context
 */
function loadOrUnload(server, model, asked, endpoint, context) {
  const keepAliveMs = durationMs(asked.keepAlive);
  server.models.load(model.name, { context, keepAliveMs, now: server.now() });
  const said = endpoint === "chat" ? { message: { role: "assistant", content: "" } } : { response: "" };
  return json(200, { model: asked.model, created_at: server.instant(), ...said, done: true, done_reason: keepAliveMs === 0 ? "unload" : "load" });
}

/**
 * @param {Server} server
 * @param {Model} model
 * @param {Generation} asked
 * @param {"chat" | "generate"} endpoint
 * @param {number} context
 * @param {readonly import("./faults.mjs").Fault[]} faults
 * @returns {Reply}
 */
function generate(server, model, asked, endpoint, context, faults) {
  const fitted = fit(asked, context);
  if (fitted === undefined) return overflow(countPrompt(asked.messages), context);
  const promptCount = findFault(faults, "truncated-prompt") ? (context >> 1) + 2 : fitted.promptCount;
  const answer = compose({
    simulator: "Ollama",
    prompt: fitted.prompt,
    partial: asked.partial,
    toolResult: asked.toolResult,
    tools: asked.tools,
    format: asked.format,
    thinks: asked.think !== false && model.capabilities.includes("thinking") && (asked.think === true ? "told" : true),
    limit: Math.min(asked.limit ?? Infinity, Math.max(1, context - promptCount)),
    stop: asked.stop,
  }, faults);

  const events = say(answer, endpoint, faults, server);
  const head = () => ({ model: asked.model, created_at: server.instant() });
  const last = {
    done: true,
    done_reason: answer.cut ? "length" : "stop",
    ...(endpoint === "generate" ? { context: Array.from({ length: promptCount + answer.count }, (_, index) => 500 + index) } : {}),
    ...(findFault(faults, "no-usage") ? {} : metrics(promptCount, answer.count)),
  };
  if (!asked.stream) return json(200, { ...head(), ...merge(events), ...last });
  const frames = events.map(({ event, final }) => line({ ...head(), ...event, ...(final ? last : { done: false }) }, final ? "finish" : "token"));
  return stream(frames);
}

/**
 * Over-long conversations lose their oldest messages without a word; a single message that is too long, its first half.
 * @param {Generation} asked
 * @param {number} context
 * @returns {{ promptCount: number, prompt: string } | undefined} undefined when nothing may be dropped
 */
function fit({ messages, prompt, truncate }, context) {
  let kept = messages;
  if (countPrompt(kept) > context && !truncate) return undefined;
  while (countPrompt(kept) > context) {
    const oldest = kept.findIndex((message, index) => message.role !== "system" && index < kept.length - 1);
    if (oldest < 0) return { promptCount: (context >> 1) + 2, prompt: tokens(prompt).slice(-(context >> 1)).join("") };
    kept = kept.filter((_, index) => index !== oldest);
  }
  return { promptCount: countPrompt(kept), prompt };
}

/**
 * @param {Answer} answer
 * @param {"chat" | "generate"} endpoint
 * @param {readonly import("./faults.mjs").Fault[]} faults
 * @param {Server} server
 * @returns {{ event: Record<string, unknown>, final: boolean }[]} the last one is final
 */
function say({ thinking, content, toolCalls }, endpoint, faults, server) {
  /** @type {(said: { content?: string, thinking?: string, tool_calls?: unknown }) => Record<string, unknown>} */
  const event = ({ content: text = "", thinking: thought, tool_calls }) =>
    endpoint === "chat" ? { message: { role: "assistant", content: text, thinking: thought, tool_calls } } : { response: text, thinking: thought, tool_calls };
  const calls = toolCalls.map((call, index) => ({
    ...(server.old ? {} : { id: server.callId() }),
    function: { ...(server.old ? {} : { index }), name: call.name, arguments: call.arguments },
  }));
  const inDone = findFault(faults, "tools-in-done") !== undefined;
  const events = [
    ...thinking.map((token) => event({ thinking: token })),
    ...content.map((token) => event({ content: token })),
    ...(calls.length > 0 && !inDone ? [event({ tool_calls: calls })] : []),
  ].map((said) => ({ event: said, final: false }));
  return [...events, { event: event({ tool_calls: calls.length > 0 && inDone ? calls : undefined }), final: true }];
}

/**
 * The single body of `stream: false`: all texts joined, all calls collected.
 * @param {{ event: Record<string, unknown> }[]} events
 */
function merge(events) {
  const said = events.map(({ event }) => /** @type {Record<string, unknown>} */ (event["message"] ?? event));
  /** @type {(name: string) => string | undefined} */
  const join = (name) => said.map((one) => one[name] ?? "").join("") || undefined;
  const calls = said.flatMap((one) => one["tool_calls"] ?? []);
  const chat = events.some(({ event }) => "message" in event);
  const rest = { thinking: join("thinking"), tool_calls: calls.length > 0 ? calls : undefined };
  if (!chat) return { response: join("response") ?? "", ...rest };
  return { message: { role: "assistant", content: join("content") ?? "", ...rest } };
}

/**
 * Go leaves a zero out.
 * @param {number} promptCount
 * @param {number} count
 */
function metrics(promptCount, count) {
  const all = {
    total_duration: LOAD_NS + promptCount * PROMPT_TOKEN_NS + count * TOKEN_NS,
    load_duration: LOAD_NS,
    prompt_eval_count: promptCount,
    prompt_eval_duration: promptCount * PROMPT_TOKEN_NS,
    eval_count: count,
    eval_duration: count * TOKEN_NS,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== 0));
}

