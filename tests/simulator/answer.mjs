// @ts-check
/**
 * What a simulator says. Every text names it as a simulator: made-up words must never pass for a model's answer.
 * The text depends on nothing but the request, so that the same request has the same answer everywhere.
 */
import { findFault } from "./faults.mjs";
import { isObject } from "./is-object.mjs";
import { exampleOf } from "./schema-example.mjs";

/**
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {{ function: { name: string, parameters?: unknown } }} Tool
 * @typedef {{ name: string, arguments: Record<string, unknown> }} ToolCall
 *
 * @typedef {object} Asked
 * @property {string} simulator one of NAMES
 * @property {string} prompt what the user asked last
 * @property {string} [partial] what an assistant message at the end of the conversation already says: it is continued
 * @property {string} [toolResult] content of a tool message at the end of the conversation
 * @property {Tool[]} [tools]
 * @property {string} [tool] name of the tool that is to be called
 * @property {string} [appendix] what the text says besides, for example of a search
 * @property {unknown} [format] "json" or a JSON Schema
 * @property {boolean | "told"} thinks "told": the request asks for it
 * @property {number} limit tokens at most, reasoning included
 * @property {string[]} stop
 *
 * @typedef {object} Answer
 * @property {string[]} thinking tokens
 * @property {string[]} content tokens
 * @property {ToolCall[]} toolCalls
 * @property {boolean} cut the limit was reached
 * @property {number} count tokens of all of it
 */

const NAMES = ["Ollama", "OpenAI-compatible", "OpenRouter", "Gemini"];
export const THINKING = "The simulator pretends to think about it.";
const UNICODE = " 日本語 한국어 😀 👩‍👩‍👧 café cafe\u0301 Ω ∑";
const MOST_OF_PROMPT = 400;
/** What a tool call costs in tokens, roughly. */
const TOOL_CALL_TOKENS = 16;

/**
 * @param {Asked} asked
 * @param {readonly Fault[]} faults
 * @returns {Answer}
 */
export function compose(asked, faults) {
  if (findFault(faults, "empty-answer")) return { thinking: [], content: [], toolCalls: [], cut: false, count: 0 };

  const drip = findFault(faults, "drip") !== undefined;
  const split = drip ? (/** @type {string} */ text) => [...text] : tokens;
  const thinkingOnly = findFault(faults, "thinking-only") !== undefined;
  const forced = thinkingOnly || findFault(faults, "thinking", "thinking-encrypted", "thinking-summary") !== undefined;
  const thinks = asked.thinks !== false || forced;
  const toolCalls = thinkingOnly ? [] : callTools(asked, faults);
  const text = toolCalls.length > 0 || thinkingOnly ? "" : write(asked, faults);

  // The recorded model calls its tools without a thought, unless it is told to think.
  const thinking = thinks && (toolCalls.length === 0 || asked.thinks === "told" || forced) ? split(THINKING) : [];
  const content = split(stopAt(text, asked.stop));
  const length = findFault(faults, "length");
  const shortened = length === undefined ? Infinity : thinking.length + (length.after ?? Math.max(1, content.length >> 1));
  const limit = Math.max(0, Math.min(asked.limit, shortened));
  const cut = thinkingOnly || (toolCalls.length === 0 && thinking.length + content.length > limit);
  const kept = { thinking: thinking.slice(0, limit), content: content.slice(0, Math.max(0, limit - thinking.length)) };
  const count = kept.thinking.length + kept.content.length + toolCalls.length * TOOL_CALL_TOKENS;
  return { ...kept, toolCalls, cut, count };
}

/**
 * @param {Asked} asked
 * @param {readonly Fault[]} faults
 */
function write(asked, faults) {
  if (asked.format !== undefined) return writeJson(asked);
  if (asked.partial) {
    // A model that goes on with its own text says the rest of it, whichever simulator had begun.
    const begun = NAMES.map((simulator) => sentence({ ...asked, simulator }, faults)).find((text) => text.startsWith(asked.partial ?? ""));
    return begun?.slice(asked.partial.length) ?? ` [The ${asked.simulator} simulator goes on here.]`;
  }
  return sentence(asked, faults);
}

/**
 * @param {Asked} asked
 * @param {readonly Fault[]} faults
 */
function sentence({ simulator, prompt, toolResult, appendix = "" }, faults) {
  const banner = `This is the ${simulator} simulator, not a model.`;
  let text = toolResult === undefined ? `${banner} You asked: ${shorten(prompt)}` : `${banner} The tool said: ${shorten(toolResult)}`;
  text += appendix;
  if (findFault(faults, "unicode", "split-utf8")) text += UNICODE;
  const long = findFault(faults, "long");
  if (long !== undefined) {
    const wanted = long.tokens ?? 200;
    const words = [];
    for (let count = tokens(text).length; count < wanted; count += 1) words.push(`filler${count}`);
    text += words.map((word) => ` ${word}`).join("");
  }
  return text;
}

/** @param {string} text */
function shorten(text) {
  const characters = [...text];
  return characters.length > MOST_OF_PROMPT ? `${characters.slice(0, MOST_OF_PROMPT).join("")}…` : text;
}

/**
 * @param {Asked} asked
 */
function writeJson({ simulator, format }) {
  const note = `This is the ${simulator} simulator, not a model.`;
  return format === "json" ? JSON.stringify({ simulator: note }) : JSON.stringify(exampleOf(format, note), null, 2);
}

/** Faults of tool calls: each of them makes one, asked for or not. */
const TOOL_FAULTS = ["tools", "tools-in-done", "tools-no-id", "tools-repeated", "tools-stop"];

/**
 * @param {Asked} asked
 * @param {readonly Fault[]} faults
 * @returns {ToolCall[]}
 */
function callTools({ tools = [], tool: wanted, toolResult, prompt }, faults) {
  const forced = findFault(faults, ...TOOL_FAULTS) !== undefined;
  if (!forced && (tools.length === 0 || toolResult !== undefined)) return [];
  if (tools.length === 0) return [{ name: "simulated_tool", arguments: { note: "from the simulator" } }];
  return choose(tools, wanted, prompt).map(({ function: { name, parameters } }) => {
    const example = exampleOf(parameters, "simulator");
    return { name, arguments: isObject(example) ? example : {} };
  });
}

/**
 * The tools that the prompt names, all of them; else the first: a test can choose.
 * @param {Tool[]} tools
 * @param {string | undefined} wanted
 * @param {string} prompt
 * @returns {Tool[]}
 */
function choose(tools, wanted, prompt) {
  if (wanted !== undefined) return tools.filter(({ function: { name } }) => name === wanted);
  const words = [...prompt.matchAll(/[\w.-]*\w/g)].map(([word]) => word);
  const named = tools.filter(({ function: { name } }) => words.includes(name));
  return named.length > 0 ? named : tools.slice(0, 1);
}

/**
 * @param {string} text
 * @param {string[]} stop
 */
function stopAt(text, stop) {
  const ends = stop.filter((word) => word !== "").map((word) => text.indexOf(word)).filter((index) => index >= 0);
  return text.slice(0, Math.min(text.length, ...ends));
}

/**
 * Tokens much as a model's: a word with the blank before it, else one character.
 * @param {string} text
 * @returns {string[]}
 */
export function tokens(text) {
  return text.match(/[ ]?(?:[\p{Script=Latin}\p{M}\p{N}_]+|[^\s])|\s/gu) ?? [];
}

/**
 * How many tokens a prompt has, roughly: what a template adds to each message, and what it says.
 * @param {{ content: string, images?: unknown[] }[]} messages
 */
export function countPrompt(messages) {
  // 768 is what the server reckons for an image.
  return messages.reduce((sum, { content, images = [] }) => sum + 5 + tokens(content).length + 768 * images.length, 3);
}

/**
 * The vector of a text: nonsense, but always the same nonsense, of length one.
 * @param {string} text
 * @param {number} dimensions
 */
export function embed(text, dimensions) {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(text)) state = Math.imul(state ^ byte, 0x01000193);
  const raw = Array.from({ length: dimensions }, (_, index) => {
    state = Math.imul(state ^ (index + 1), 0x01000193) ^ (state >>> 15);
    return ((state >>> 8) & 0xffff) / 0x8000 - 1;
  });
  const norm = Math.hypot(...raw) || 1;
  return raw.map((value) => Number(Math.fround(value / norm).toPrecision(8)));
}
