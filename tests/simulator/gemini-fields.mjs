// @ts-check
/**
 * Gemini's messages by their fields. It takes camelCase and snake_case, one object where it wants a list, and refuses
 * every name that it does not know, with the place where it stood.
 */
import { isObject } from "./is-object.mjs";

/**
 * @typedef {string | [string]} Kind a message, "{Schema}" for a map of them, a scalar, or a list of one of these
 * @typedef {{ field?: string, description: string }} Violation
 */

/** An image that is quoted whole would make an error of megabytes. */
const MOST_OF_VALUE = 100;

/** @type {(...names: string[]) => Record<string, Kind>} */
const strings = (...names) => Object.fromEntries(names.map((name) => [name, "string"]));
/** @type {(...names: string[]) => Record<string, Kind>} */
const numbers = (...names) => Object.fromEntries(names.map((name) => [name, "number"]));
/** @type {(...names: string[]) => Record<string, Kind>} */
const anything = (...names) => Object.fromEntries(names.map((name) => [name, "any"]));

/** @type {Readonly<Record<string, Record<string, Kind>>>} */
const MESSAGES = Object.freeze({
  GenerateContentRequest: {
    contents: ["Content"], systemInstruction: "Content", generationConfig: "GenerationConfig", safetySettings: ["SafetySetting"], tools: ["Tool"],
    toolConfig: "ToolConfig", ...strings("model", "cachedContent", "serviceTier"), ...anything("labels", "store"),
  },
  CountTokensRequest: { contents: ["Content"], generateContentRequest: "GenerateContentRequest", ...strings("model") },
  EmbedContentRequest: { content: "Content", ...strings("model", "taskType", "title"), ...numbers("outputDimensionality") },
  BatchEmbedContentsRequest: { requests: ["EmbedContentRequest"], ...strings("model") },
  Content: { role: "string", parts: ["Part"] },
  Part: {
    inlineData: "Blob", fileData: "FileData", functionCall: "FunctionCall", functionResponse: "FunctionResponse", thought: "boolean", thoughtSignature: "bytes",
    ...strings("text"), ...anything("executableCode", "codeExecutionResult", "videoMetadata", "mediaResolution"),
  },
  Blob: { mimeType: "string", data: "bytes" },
  FileData: strings("mimeType", "fileUri"),
  FunctionCall: { ...strings("id", "name"), args: "Struct" },
  FunctionResponse: { ...strings("id", "name", "scheduling"), response: "Struct", ...anything("parts", "willContinue") },
  GenerationConfig: {
    ...numbers("temperature", "topP", "topK", "maxOutputTokens", "seed", "candidateCount", "presencePenalty", "frequencyPenalty", "logprobs"),
    stopSequences: ["string"], responseMimeType: "string", responseSchema: "Schema", responseLogprobs: "boolean", thinkingConfig: "ThinkingConfig",
    responseModalities: ["string"], imageConfig: "ImageConfig", ...anything("responseJsonSchema", "speechConfig", "mediaResolution"),
  },
  ThinkingConfig: { includeThoughts: "boolean", ...numbers("thinkingBudget"), ...strings("thinkingLevel") },
  ImageConfig: strings("aspectRatio", "imageSize"),
  SafetySetting: strings("category", "threshold"),
  Tool: {
    functionDeclarations: ["FunctionDeclaration"], googleSearch: "GoogleSearch",
    ...anything("googleSearchRetrieval", "codeExecution", "urlContext", "fileSearch", "googleMaps", "computerUse"),
  },
  GoogleSearch: anything("timeRangeFilter", "searchTypes"),
  FunctionDeclaration: { ...strings("name", "description", "behavior"), parameters: "Schema", response: "Schema", ...anything("parametersJsonSchema", "responseJsonSchema") },
  // A part of OpenAPI's: among others `additionalProperties`, `const`, `$ref` and `$schema` are not in it.
  Schema: {
    properties: "{Schema}", items: "Schema", anyOf: ["Schema"], ...strings("type", "format", "title", "description", "pattern"), nullable: "boolean",
    enum: ["string"], required: ["string"], propertyOrdering: ["string"],
    ...anything("example", "default", "minItems", "maxItems", "minProperties", "maxProperties", "minLength", "maxLength", "minimum", "maximum"),
  },
  ToolConfig: { functionCallingConfig: "FunctionCallingConfig", ...anything("retrievalConfig", "includeServerSideToolInvocations") },
  FunctionCallingConfig: { ...strings("mode"), allowedFunctionNames: ["string"] },
});

/**
 * @param {unknown} value
 * @param {string} message
 * @returns {{ value: Record<string, unknown>, violations: Violation[] }} value: with camelCase names, and lists where lists belong
 */
export function readMessage(value, message) {
  /** @type {Violation[]} */
  const violations = [];
  const read = readFields(isObject(value) ? value : {}, message, "", violations);
  return { value: read, violations };
}

/**
 * @param {Record<string, unknown>} value
 * @param {string} message
 * @param {string} path
 * @param {Violation[]} violations
 */
function readFields(value, message, path, violations) {
  const fields = MESSAGES[message] ?? {};
  /** @type {Record<string, unknown>} */
  const read = {};
  for (const [given, content] of Object.entries(value)) {
    const name = given.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
    const kind = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (kind === undefined) {
      const at = path === "" ? "" : ` at '${path}'`;
      violations.push({ ...(path === "" ? {} : { field: path }), description: `Invalid JSON payload received. Unknown name "${given}"${at}: Cannot find field.` });
    } else if (content !== null && content !== undefined) {
      read[name] = readValue(content, kind, path === "" ? snake(name) : `${path}.${snake(name)}`, violations);
    }
  }
  return read;
}

/**
 * @param {unknown} value
 * @param {Kind} kind
 * @param {string} path
 * @param {Violation[]} violations
 * @returns {unknown}
 */
function readValue(value, kind, path, violations) {
  if (Array.isArray(kind)) {
    if (!Array.isArray(value)) return [readValue(value, kind[0], path, violations)];
    return value.map((item, index) => readValue(item, kind[0], `${path}[${index}]`, violations));
  }
  /** @type {(type: string, why?: string) => unknown} */
  const wrong = (type, why = "") => {
    violations.push({ field: path, description: `Invalid value at '${path}' (${type}), ${why}${JSON.stringify(value).slice(0, MOST_OF_VALUE)}` });
    return undefined;
  };
  switch (kind) {
    case "any": return value;
    case "string": return typeof value === "string" ? value : wrong("TYPE_STRING");
    case "boolean": return typeof value === "boolean" ? value : wrong("TYPE_BOOL");
    // Google's parser takes a number in quotes.
    case "number": return typeof value !== "object" && typeof value !== "boolean" && Number.isFinite(Number(value)) ? Number(value) : wrong("TYPE_DOUBLE");
    case "bytes": return typeof value === "string" && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value) ? value : wrong("TYPE_BYTES", "Base64 decoding failed for ");
    case "Struct": return isObject(value) ? value : wrong("type.googleapis.com/google.protobuf.Struct");
    default:
  }
  if (!isObject(value)) return wrong(`type.googleapis.com/google.ai.generativelanguage.v1beta.${kind.replace(/[{}]/g, "")}`);
  if (!kind.startsWith("{")) return readFields(value, kind, path, violations);
  const inner = kind.slice(1, -1);
  return Object.fromEntries(Object.entries(value).map(([name, item], index) => [name, readValue(item, inner, `${path}[${index}].value`, violations)]));
}

/** @param {string} name */
function snake(name) {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
