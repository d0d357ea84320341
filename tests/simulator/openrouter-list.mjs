// @ts-check
/** `GET /models`: filters and pages. Unasked, it only tells of models that can put out text. */
import { complete, listed } from "./openrouter-models.mjs";

/** @typedef {import("./openrouter-models.mjs").Model} Model */

const PAGE = 500;
const MOST_IN_PAGE = 1000;

/**
 * @param {readonly Model[]} models
 * @param {string} query
 * @param {string} address of the list, without a query
 * @returns {Record<string, unknown>}
 */
export function list(models, query, address) {
  const asked = new URLSearchParams(query);
  const wanted = models.filter((model) => matches(model, asked));
  const offset = natural(asked.get("offset"), 0);
  const limit = Math.min(natural(asked.get("limit"), PAGE), MOST_IN_PAGE);
  const end = offset + limit;
  const next = new URLSearchParams(asked);
  next.set("offset", String(end));
  return {
    data: wanted.slice(offset, end).map(listed),
    total_count: wanted.length,
    links: { next: end < wanted.length ? `${address}?${next}` : null },
  };
}

/**
 * @param {Model} model
 * @param {URLSearchParams} asked
 */
function matches(model, asked) {
  const { id, name, input, output, parameters, zeroRetention } = complete(model);
  const outputs = listOf(asked.get("output_modalities") ?? "text");
  if (!outputs.includes("all") && !outputs.some((modality) => output.includes(modality))) return false;
  if (!listOf(asked.get("input_modalities") ?? "").every((modality) => input.includes(modality))) return false;
  if (!listOf(asked.get("supported_parameters") ?? "").every((parameter) => parameters.includes(parameter))) return false;
  if (asked.get("zdr") === "true" && !zeroRetention) return false;
  return `${id} ${name}`.toLowerCase().includes((asked.get("q") ?? "").toLowerCase());
}

/** @param {string} text */
function listOf(text) {
  return text.split(",").filter((part) => part !== "");
}

/**
 * @param {string | null} text
 * @param {number} otherwise
 */
function natural(text, otherwise) {
  return text !== null && /^\d+$/.test(text) ? Number(text) : otherwise;
}
