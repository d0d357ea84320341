// @ts-check
/** Reads a generation request as Gemini does, with its complaints. */
import { tokens } from "./answer.mjs";
import { readMessage } from "./gemini-fields.mjs";
import { detail, invalid } from "./gemini-reply.mjs";
import { complainOfPicture, readPicture } from "./gemini-picture.mjs";
import { complainOfPictures, complainOfSignatures } from "./gemini-signature.mjs";
import { isObject } from "./is-object.mjs";
import { withoutGoOn } from "./prompt.mjs";
import { MENTIONED } from "./search-results.mjs";

/**
 * @typedef {import("./answer.mjs").Asked} Asked
 * @typedef {import("./gemini-models.mjs").Complete} Model
 * @typedef {import("./plan.mjs").Reply} Reply
 * @typedef {Record<string, unknown>} Part
 * @typedef {{ role: string, parts: Part[] }} Content
 * @typedef {{ text: number, image: number }} Counted tokens
 *
 * @typedef {object} Generation
 * @property {Asked} asked
 * @property {Counted} prompt
 * @property {boolean} showThoughts
 * @property {boolean} search
 * @property {import("./gemini-picture.mjs").Picture} [picture] that is to come out of it
 */

const DATA = ["text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult"];
const IMAGE_TOKENS = 258;

/**
 * @param {unknown} body
 * @param {string} message name of the message, as `gemini-fields.mjs` knows it
 * @returns {{ value: Record<string, unknown> } | { refused: Reply }}
 */
export function readBody(body, message) {
  if (!isObject(body)) return { refused: invalid("Invalid JSON payload received. Unexpected end of input.") };
  const { value, violations } = readMessage(body, message);
  if (violations.length === 0) return { value };
  return { refused: invalid(violations.map(({ description }) => description).join("\n"), [detail("BadRequest", { fieldViolations: violations })]) };
}

/**
 * @param {Record<string, unknown>} value
 * @returns {Content[]}
 */
export function contentsOf(value) {
  const contents = /** @type {Record<string, unknown>[]} */ (value["contents"] ?? []);
  return contents.map(({ role, parts }) => ({ role: String(role ?? "user"), parts: /** @type {Part[]} */ (parts ?? []) }));
}

/**
 * @param {Record<string, unknown>} value a GenerateContentRequest
 * @param {Model} model
 * @returns {Generation | { refused: Reply }}
 */
export function readGeneration(value, model) {
  const contents = contentsOf(value);
  const config = /** @type {Record<string, any>} */ (value["generationConfig"] ?? {});
  const tools = /** @type {Record<string, any>[]} */ (value["tools"] ?? []);
  const wrong = complainOfContents(contents) ?? complainOfConfig(config, model) ?? complainOfTools(tools, config, model)
    ?? complainOfPicture(value, model) ?? (model.third && model.image !== undefined ? complainOfPictures(contents) : undefined)
    ?? (model.third ? complainOfSignatures(contents) : undefined);
  if (wrong !== undefined) return { refused: invalid(wrong) };

  const prompt = countParts([...contents.flatMap(({ parts }) => parts), ...systemParts(value)]);
  const asked = prompt.text + prompt.image;
  if (asked > model.inputTokenLimit) {
    return { refused: invalid(`The input token count (${asked}) exceeds the maximum number of tokens allowed (${model.inputTokenLimit}).`) };
  }
  const search = tools.some((tool) => "googleSearch" in tool);
  const thinking = config["thinkingConfig"] ?? {};
  const turns = withoutGoOn(contents, textOf);
  const last = turns.at(-1);
  const sources = (last?.parts ?? []).flatMap((part) => ("inlineData" in part ? [String(/** @type {any} */ (part["inlineData"]).data)] : []));
  return {
    prompt,
    search,
    picture: readPicture(value, model, { prompt: textOf(last), sources }),
    showThoughts: thinking.includeThoughts === true,
    asked: {
      simulator: "Gemini",
      prompt: textOf(turns.findLast(({ role, parts }) => role === "user" && parts.some((part) => "text" in part))),
      partial: last?.role === "model" ? textOf(last) : undefined,
      toolResult: resultOf(last),
      tools: toolsOf(tools, value["toolConfig"]),
      appendix: search ? MENTIONED : undefined,
      format: config["responseMimeType"] === "application/json" ? config["responseJsonSchema"] ?? config["responseSchema"] ?? "json" : undefined,
      thinks: thinks(model, thinking),
      limit: Number(config["maxOutputTokens"] ?? model.outputTokenLimit),
      stop: config["stopSequences"] ?? [],
    },
  };
}

/**
 * @param {Content[]} contents
 * @returns {string | undefined}
 */
export function complainOfContents(contents) {
  if (contents.length === 0) return "* GenerateContentRequest.contents: contents is not specified\n";
  for (const [index, { role, parts }] of contents.entries()) {
    if (role !== "user" && role !== "model") return "Please use a valid role: user, model.";
    if (parts.length === 0) return `* GenerateContentRequest.contents[${index}].parts: contents.parts must not be empty.\n`;
    const empty = parts.findIndex((part) => DATA.filter((name) => name in part).length !== 1);
    if (empty >= 0) return `* GenerateContentRequest.contents[${index}].parts[${empty}].data: required oneof field 'data' must have one initialized field\n`;
    const results = parts.filter((part) => "functionResponse" in part).length;
    if (results === 0) continue;
    const calls = contents[index - 1]?.parts.filter((part) => "functionCall" in part).length ?? 0;
    if (calls === 0) return "Please ensure that function response turn comes immediately after a function call turn.";
    if (calls !== results) return "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.";
  }
  return undefined;
}

/**
 * @param {Record<string, any>} config
 * @param {Model} model
 * @returns {string | undefined}
 */
function complainOfConfig(config, model) {
  const { thinkingBudget: budget, thinkingLevel: level } = config["thinkingConfig"] ?? {};
  if (Number(config["candidateCount"] ?? 1) !== 1) return "Only one candidate can be specified in the current model.";
  if (config["responseSchema"] !== undefined && config["responseJsonSchema"] !== undefined) return "Only one of response_schema and response_json_schema may be set.";
  if ((config["responseSchema"] ?? config["responseJsonSchema"]) !== undefined && config["responseMimeType"] !== "application/json") {
    return "A response schema needs the response mime type 'application/json'.";
  }
  if (!["text/plain", "application/json"].includes(config["responseMimeType"] ?? "text/plain")) return `The simulator does not know the response mime type '${config["responseMimeType"]}'.`;
  if (budget !== undefined && level !== undefined) return "You can only set one of thinking budget and thinking level.";
  if (level !== undefined && !["MINIMAL", "LOW", "MEDIUM", "HIGH"].includes(String(level).toUpperCase())) {
    return `Invalid value at 'generation_config.thinking_config.thinking_level' (type.googleapis.com/google.ai.generativelanguage.v1beta.ThinkingLevel), ${JSON.stringify(level)}`;
  }
  if (level !== undefined && !model.third) return "Thinking level is not supported for this model.";
  if (budget !== undefined && budget !== 0 && !model.thinking) return "Thinking is not supported for this model.";
  if (budget === 0 && model.alwaysThinks) return "Budget 0 is invalid. This model only works in thinking mode.";
  return undefined;
}

/**
 * What the second generation cannot do together, and the third can.
 * @param {Record<string, any>[]} tools
 * @param {Record<string, any>} config
 * @param {Model} model
 * @returns {string | undefined}
 */
function complainOfTools(tools, config, model) {
  const search = tools.some((tool) => "googleSearch" in tool);
  const functions = tools.some((tool) => (tool["functionDeclarations"] ?? []).length > 0);
  const json = config["responseMimeType"] === "application/json";
  if (model.third) return undefined;
  if (search && functions) return "Tool use with function calling is unsupported";
  if (search && json) return "Tool use with a response mime type: 'application/json' is unsupported";
  return functions && json ? "Function calling with a response mime type: 'application/json' is unsupported" : undefined;
}

/**
 * @param {Record<string, any>[]} tools
 * @param {unknown} config
 * @returns {import("./answer.mjs").Tool[]}
 */
function toolsOf(tools, config) {
  const { mode, allowedFunctionNames: allowed } = /** @type {any} */ (config)?.functionCallingConfig ?? {};
  if (mode === "NONE") return [];
  return tools.flatMap((tool) => tool["functionDeclarations"] ?? [])
    .filter((/** @type {any} */ { name }) => allowed === undefined || allowed.includes(name))
    .map((/** @type {any} */ { name, parametersJsonSchema, parameters }) => ({ function: { name, parameters: parametersJsonSchema ?? parameters ?? { type: "object" } } }));
}

/**
 * @param {Model} model
 * @param {Record<string, any>} thinking
 * @returns {boolean | "told"}
 */
function thinks(model, { thinkingBudget: budget, thinkingLevel: level }) {
  if (!model.thinking || budget === 0) return false;
  return budget === undefined && level === undefined ? true : "told";
}

/** @param {Content | undefined} content */
function textOf(content) {
  return (content?.parts ?? []).map((part) => (part["thought"] === true ? "" : String(part["text"] ?? ""))).join("");
}

/** @param {Content | undefined} last */
function resultOf(last) {
  const part = last?.parts.findLast((one) => "functionResponse" in one);
  return part === undefined ? undefined : JSON.stringify(/** @type {any} */ (part["functionResponse"]).response ?? {});
}

/**
 * @param {Record<string, unknown>} value
 * @returns {Part[]}
 */
function systemParts(value) {
  return /** @type {any} */ (value["systemInstruction"])?.parts ?? [];
}

/**
 * @param {Part[]} parts
 * @returns {Counted}
 */
export function countParts(parts) {
  const spoken = (/** @type {Part} */ part) => ("text" in part ? String(part["text"]) : JSON.stringify(part["functionCall"] ?? part["functionResponse"] ?? ""));
  return {
    text: parts.reduce((sum, part) => sum + ("inlineData" in part || "fileData" in part ? 0 : tokens(spoken(part)).length), 0),
    image: parts.filter((part) => "inlineData" in part || "fileData" in part).length * IMAGE_TOKENS,
  };
}
