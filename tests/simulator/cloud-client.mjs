// @ts-check
/** For tests: asks a simulated provider over a bare socket and reads what comes, one way for all that stream server-sent events. */
import { startGeminiSimulator } from "./gemini.mjs";
import { GOOD_GEMINI_KEY, GOOD_OPENROUTER_KEY } from "./keys.mjs";
import { startOpenAISimulator } from "./openai.mjs";
import { startOpenRouterSimulator } from "./openrouter.mjs";
import { ask, request } from "./raw-http.mjs";

/**
 * @typedef {import("./raw-http.mjs").RawAnswer} RawAnswer
 * @typedef {import("./simulator.mjs").Simulator} Simulator
 *
 * @typedef {object} Client
 * @property {"openai" | "openrouter" | "gemini"} provider
 * @property {string} banner what every answer begins with
 * @property {() => Promise<Simulator>} start
 * @property {(fault: string, options?: { prompt?: string, stream?: boolean, more?: object }) => string} request to a model whose tag names the fault, if any
 * @property {(event: any) => string} text of one event
 * @property {(event: any) => string} thought
 * @property {(event: any) => string | undefined} finish
 * @property {(event: any) => unknown} usage
 * @property {(event: any) => unknown[]} calls
 */

export const ORIGIN = { Origin: "http://localhost:5173" };

/** @type {(path: string, headers: Record<string, string>, body: object) => string} */
const post = (path, headers, body) => request("POST", path, { headers: { ...ORIGIN, "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
/** @param {string} name @param {string} fault */
const tagged = (name, fault) => (fault === "" ? name : `${name}:${fault}`);

/** @type {(provider: "openai" | "openrouter", name: string, path: string, headers: Record<string, string>, reasoning: string) => Omit<Client, "start" | "banner">} */
const completions = (provider, name, path, headers, reasoning) => ({
  provider,
  request: (fault, { prompt = "Hi", stream = true, more = {} } = {}) => post(path, headers, {
    model: tagged(name, fault), stream, ...(stream ? { stream_options: { include_usage: true } } : {}), messages: [{ role: "user", content: prompt }], ...more,
  }),
  text: (event) => event.choices?.[0]?.delta?.content ?? event.choices?.[0]?.message?.content ?? "",
  thought: (event) => event.choices?.[0]?.delta?.[reasoning] ?? "",
  finish: (event) => event.choices?.[0]?.finish_reason ?? undefined,
  usage: (event) => event.usage,
  calls: (event) => event.choices?.[0]?.delta?.tool_calls ?? [],
});

/** @type {readonly Client[]} */
export const CLIENTS = [
  {
    ...completions("openai", "simulator", "/v1/chat/completions", {}, "reasoning_content"),
    banner: "This is the OpenAI-compatible simulator, not a model.",
    start: () => startOpenAISimulator({ intervalMs: 0 }),
  },
  {
    ...completions("openrouter", "simulator/text", "/api/v1/chat/completions", { Authorization: `Bearer ${GOOD_OPENROUTER_KEY}` }, "reasoning"),
    banner: "This is the OpenRouter simulator, not a model.",
    start: () => startOpenRouterSimulator({ intervalMs: 0 }),
  },
  {
    provider: "gemini",
    banner: "This is the Gemini simulator, not a model.",
    start: () => startGeminiSimulator({ intervalMs: 0 }),
    request: (fault, { prompt = "Hi", stream = true, more = {} } = {}) => post(
      `/v1beta/models/${encodeURIComponent(tagged("gemini-simulator-flash", fault))}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
      { "X-Goog-Api-Key": GOOD_GEMINI_KEY }, { contents: [{ role: "user", parts: [{ text: prompt }] }], ...more }),
    text: (event) => partsOf(event).map((part) => (part.thought === true ? "" : part.text ?? "")).join(""),
    thought: (event) => partsOf(event).map((part) => (part.thought === true ? part.text : "")).join(""),
    finish: (event) => event.candidates?.[0]?.finishReason,
    usage: (event) => event.usageMetadata,
    calls: (event) => partsOf(event).flatMap((part) => part.functionCall ?? []),
  },
];

/** @param {any} event @returns {any[]} */
function partsOf(event) {
  return event.candidates?.[0]?.content?.parts ?? [];
}

/**
 * The data of each event, parsed where it is JSON.
 * @param {{ body: Buffer }} answer
 * @returns {any[]}
 */
export function eventsOf({ body }) {
  return body.toString("utf8").split(/\r\n|\n|\r/).filter((line) => line.startsWith("data:")).map((line) => {
    const data = line.slice(5).replace(/^ /, "");
    try {
      return JSON.parse(data);
    } catch {
      return data;
    }
  });
}

/**
 * @param {Client} client
 * @param {RawAnswer} answer
 */
export function read(client, answer) {
  const events = eventsOf(answer);
  return {
    events,
    text: events.map(client.text).join(""),
    thought: events.map(client.thought).join(""),
    finish: events.map(client.finish).find((reason) => reason !== undefined),
    usage: events.map(client.usage).findLast((usage) => usage !== undefined),
    calls: events.flatMap(client.calls),
    done: events.includes("[DONE]"),
  };
}

/** @param {RawAnswer} answer @param {string} name */
export function header({ headers }, name) {
  return headers.find(([key]) => key === name)?.[1];
}

/** @param {RawAnswer} answer @returns {any} */
export function jsonOf({ body }) {
  return JSON.parse(body.toString("utf8"));
}

export { ask, request };
