// @ts-check
/**
 * What a simulator says. Every text names it as a simulator: made-up words must never pass for a model's answer.
 * The text depends on nothing but the request, so that the same request has the same answer everywhere.
 */
import { findFault } from "./faults.mjs";

/**
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {{ function: { name: string, parameters?: unknown } }} Tool
 * @typedef {{ name: string, arguments: Record<string, unknown> }} ToolCall
 *
 * @typedef {object} Asked
 * @property {string} simulator "Ollama" or "OpenAI-compatible"
 * @property {string} prompt what the user asked last
 * @property {string} [partial] what an assistant message at the end of the conversation already says: it is continued
 * @property {string} [toolResult] content of a tool message at the end of the conversation
 * @property {Tool[]} [tools]
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

const NAMES = ["Ollama", "OpenAI-compatible"];
const THINKING = "The simulator pretends to think about it.";
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
  const forced = thinkingOnly || findFault(faults, "thinking") !== undefined;
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
function sentence({ simulator, prompt, toolResult }, faults) {
  const banner = `This is the ${simulator} simulator, not a model.`;
  let text = toolResult === undefined ? `${banner} You asked: ${shorten(prompt)}` : `${banner} The tool said: ${shorten(toolResult)}`;
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

/**
 * @param {Asked} asked
 * @param {readonly Fault[]} faults
 * @returns {ToolCall[]}
 */
function callTools({ tools, toolResult, prompt }, faults) {
  const forced = findFault(faults, "tools", "tools-in-done") !== undefined;
  if (!forced && (tools === undefined || tools.length === 0 || toolResult !== undefined)) return [];
  // The tool that the prompt names, else the first: a test can choose.
  const tool = tools?.find((candidate) => prompt.includes(candidate.function.name)) ?? tools?.[0];
  if (tool === undefined) return [{ name: "simulated_tool", arguments: { note: "from the simulator" } }];
  const example = exampleOf(tool.function.parameters, "simulator");
  return [{ name: tool.function.name, arguments: isObject(example) ? example : {} }];
}

/**
 * A value that satisfies a JSON Schema of the usual kind; its free texts say what wrote them.
 * @param {unknown} schema
 * @param {string} note
 * @returns {unknown}
 */
function exampleOf(schema, note) {
  if (!isObject(schema)) return note;
  if (Array.isArray(schema["enum"])) return schema["enum"][0];
  if ("const" in schema) return schema["const"];
  const choice = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(choice)) return exampleOf(choice[0], note);
  const type = Array.isArray(schema["type"]) ? schema["type"][0] : schema["type"];
  switch (type ?? (isObject(schema["properties"]) ? "object" : "string")) {
    case "object": {
      const properties = isObject(schema["properties"]) ? schema["properties"] : {};
      return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, exampleOf(value, note)]));
    }
    case "array": return Array.from({ length: Number(schema["minItems"] ?? 1) }, () => exampleOf(schema["items"], note));
    case "integer":
    case "number": return Number(schema["minimum"] ?? 0);
    case "boolean": return false;
    case "null": return null;
    default: return note.slice(0, Number(schema["maxLength"] ?? note.length)).padEnd(Number(schema["minLength"] ?? 0), ".");
  }
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

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
