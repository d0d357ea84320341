// @ts-check
/** The models of a simulated Gemini, and its list of them, which always takes two pages. */
import { splitModel } from "./faults.mjs";
import { invalid, json } from "./gemini-reply.mjs";

/**
 * @typedef {object} Model
 * @property {string} id without "models/"
 * @property {string} [displayName]
 * @property {string[]} [methods]
 * @property {boolean} [thinking]
 * @property {boolean} [alwaysThinks] a budget of zero is refused
 * @property {"png" | "jpeg"} [image] it makes pictures, usually of this kind
 * @property {number} [inputTokenLimit]
 * @property {number} [outputTokenLimit]
 *
 * @typedef {Required<Omit<Model, "image">> & Pick<Model, "image"> & { third: boolean }} Complete third: of Gemini's third generation
 */

const GENERATION = ["generateContent", "countTokens", "createCachedContent", "batchGenerateContent"];
const EMBEDDING = ["embedContent", "countTextTokens", "countTokens", "asyncBatchEmbedContent"];

/** @type {readonly Model[]} */
export const defaultModels = Object.freeze([
  { id: "gemini-simulator-flash" },
  { id: "gemini-simulator-flash-thinking", thinking: true },
  { id: "gemini-simulator-pro", thinking: true, alwaysThinks: true },
  { id: "gemini-3-simulator-flash", thinking: true },
  { id: "gemini-simulator-flash-image", image: "png", inputTokenLimit: 32_768, outputTokenLimit: 32_768 },
  { id: "gemini-3-simulator-pro-image", image: "jpeg", thinking: true, alwaysThinks: true, inputTokenLimit: 65_536, outputTokenLimit: 32_768 },
  { id: "veo-simulator-generate", methods: ["predictLongRunning"], inputTokenLimit: 480, outputTokenLimit: 8192 },
  { id: "gemini-simulator-embedding", methods: EMBEDDING, inputTokenLimit: 2048, outputTokenLimit: 1 },
]);

const PAGE = 50;
const MOST_IN_PAGE = 1000;

/**
 * @param {import("./catalogue.mjs").Invented} invented
 * @returns {Model}
 */
export function fromInvented({ slug, maker, name, contextLength, reasoning }) {
  return { id: `gemini-${maker}-${slug}`, displayName: name, thinking: reasoning, inputTokenLimit: contextLength ?? 1_048_576 };
}

/**
 * @param {Model} model
 * @returns {Complete}
 */
export function complete(model) {
  return {
    displayName: `Simulator: ${model.id.replace(/^gemini-/, "").replaceAll("-", " ")}`,
    methods: GENERATION,
    thinking: false,
    alwaysThinks: false,
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    ...model,
    third: model.id.startsWith("gemini-3"),
  };
}

/**
 * @param {Model} model
 */
export function listed(model) {
  const { id, displayName, methods, thinking, inputTokenLimit, outputTokenLimit, third } = complete(model);
  const sampling = methods.includes("generateContent") ? { temperature: 1, topP: 0.95, topK: 64, maxTemperature: 2 } : {};
  return {
    name: `models/${id}`,
    version: third ? "3.0" : "001",
    displayName,
    description: "Simulated: no model answers here.",
    inputTokenLimit,
    outputTokenLimit,
    supportedGenerationMethods: methods,
    ...sampling,
    // A model that does not think does not say so.
    ...(thinking ? { thinking } : {}),
  };
}

/**
 * A model by its id, perhaps with faults in its tag.
 * @param {readonly Model[]} models
 * @param {string} id
 * @returns {Complete | undefined}
 */
export function findModel(models, id) {
  const exact = models.find((model) => model.id === id);
  if (exact !== undefined) return complete(exact);
  const { base, faults } = splitModel(id);
  return faults.length > 0 ? findModel(models, base) : undefined;
}

/**
 * `GET /models`: a page never holds more than half of them, so that a client which does not turn pages is found out.
 * @param {readonly Model[]} models
 * @param {string} query
 */
export function list(models, query) {
  const asked = new URLSearchParams(query);
  const token = asked.get("pageToken");
  const start = token === null ? 0 : Number(/^simulator-(\d+)$/.exec(token)?.[1] ?? Number.NaN);
  if (Number.isNaN(start)) return invalid("Page token is not valid.");
  const wanted = Number(asked.get("pageSize") ?? PAGE);
  if (!Number.isInteger(wanted) || wanted < 0) return invalid("Page size is not valid.");
  const size = Math.max(1, Math.min(wanted === 0 ? PAGE : wanted, MOST_IN_PAGE, Math.ceil(models.length / 2)));
  const end = start + size;
  return json(200, { models: models.slice(start, end).map(listed), ...(end < models.length ? { nextPageToken: `simulator-${end}` } : {}) });
}
