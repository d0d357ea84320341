// @ts-check
/** `:countTokens`, `:embedContent` and `:batchEmbedContents` */
import { embed } from "./answer.mjs";
import { invalid, json } from "./gemini-reply.mjs";
import { complainOfContents, contentsOf, countParts, readBody } from "./gemini-request.mjs";

/**
 * @typedef {import("./gemini-models.mjs").Complete} Model
 * @typedef {import("./plan.mjs").Reply} Reply
 */

const DIMENSIONS = 3072;
const MOST_IN_BATCH = 100;
const TASKS = ["RETRIEVAL_QUERY", "RETRIEVAL_DOCUMENT", "SEMANTIC_SIMILARITY", "CLASSIFICATION", "CLUSTERING", "QUESTION_ANSWERING", "FACT_VERIFICATION", "CODE_RETRIEVAL_QUERY"];

/**
 * @param {unknown} body
 * @returns {Reply}
 */
export function countTokens(body) {
  const read = readBody(body, "CountTokensRequest");
  if ("refused" in read) return read.refused;
  const { contents, generateContentRequest: inner } = read.value;
  if (contents !== undefined && inner !== undefined) return invalid("Only one of contents and generate_content_request may be set.");
  const value = /** @type {Record<string, any>} */ (inner ?? read.value);
  const wrong = complainOfContents(contentsOf(value));
  if (wrong !== undefined) return invalid(wrong);
  const parts = [...contentsOf(value).flatMap((content) => content.parts), ...(value["systemInstruction"]?.parts ?? [])];
  const { text, image } = countParts(parts);
  return json(200, {
    totalTokens: text + image,
    promptTokensDetails: [{ modality: "TEXT", tokenCount: text }, ...(image > 0 ? [{ modality: "IMAGE", tokenCount: image }] : [])],
  });
}

/**
 * @param {unknown} body
 * @param {Model} model
 * @returns {Reply}
 */
export function embedContent(body, model) {
  const read = readBody(body, "EmbedContentRequest");
  if ("refused" in read) return read.refused;
  const made = vectorOf(read.value, model, "EmbedContentRequest", false);
  return typeof made === "string" ? invalid(made) : json(200, { embedding: made });
}

/**
 * @param {unknown} body
 * @param {Model} model
 * @returns {Reply}
 */
export function batchEmbedContents(body, model) {
  const read = readBody(body, "BatchEmbedContentsRequest");
  if ("refused" in read) return read.refused;
  const requests = /** @type {Record<string, unknown>[]} */ (read.value["requests"] ?? []);
  if (requests.length > MOST_IN_BATCH) return invalid("* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch\n");
  const made = requests.map((request, index) => vectorOf(request, model, `BatchEmbedContentsRequest.requests[${index}]`, true));
  const wrong = made.find((one) => typeof one === "string");
  return wrong === undefined ? json(200, { embeddings: made }) : invalid(String(wrong));
}

/**
 * A shortened vector is the beginning of the whole one, and so no longer of length one.
 * @param {Record<string, any>} request
 * @param {Model} model
 * @param {string} place
 * @param {boolean} named the request must repeat its model
 * @returns {{ values: number[] } | string} a string: a complaint
 */
function vectorOf({ model: name, content, taskType, outputDimensionality: wanted = DIMENSIONS }, model, place, named) {
  if (name === undefined ? named : name !== `models/${model.id}`) return `* ${place}.model: unexpected model name format, or not the model of the URL\n`;
  const parts = content?.parts ?? [];
  if (parts.length === 0) return `* ${place}.content: content is not specified\n`;
  if (taskType !== undefined && !TASKS.includes(taskType)) return `Invalid value at 'task_type' (TaskType), ${JSON.stringify(taskType)}`;
  if (wanted < 1 || wanted > DIMENSIONS) return `* ${place}.output_dimensionality: must be between 1 and ${DIMENSIONS}\n`;
  const text = parts.map((/** @type {{ text?: string }} */ part) => part.text ?? "").join("\n");
  return { values: embed(text, DIMENSIONS).slice(0, wanted) };
}
