// @ts-check
/** The models that a simulated OpenRouter routes to, as `/models` tells them: prices are texts, USD per token. */
import { splitModel } from "./faults.mjs";

/**
 * @typedef {object} Model
 * @property {string} id "author/name", perhaps with a variant: "author/name:free"
 * @property {string} [name]
 * @property {number | null} [contextLength]
 * @property {number | null} [maxCompletionTokens]
 * @property {string[]} [input] modalities
 * @property {string[]} [output] modalities
 * @property {Record<string, unknown>} [pricing] laid over the usual one
 * @property {string[]} [parameters] that it supports
 * @property {Record<string, unknown>} [reasoning]
 * @property {boolean} [trains] its only provider learns from what it is sent
 * @property {boolean} [zeroRetention] it has a provider that keeps nothing
 */

const SAMPLING = ["max_tokens", "temperature", "top_p", "stop", "seed", "frequency_penalty", "presence_penalty"];
const TOOLS = ["tools", "tool_choice"];
const SCHEMA = ["response_format", "structured_outputs"];
const REASONING = ["reasoning", "include_reasoning"];
const PRICING = { prompt: "0.00000015", completion: "0.0000006", request: "0", image: "0", web_search: "0.005", internal_reasoning: "0", input_cache_read: "0.000000075" };
const FREE = { prompt: "0", completion: "0", input_cache_read: "0", web_search: "0" };
const EFFORTS = { supported_efforts: ["high", "medium", "low"], default_effort: "medium", supports_max_tokens: true };

/** @type {readonly Model[]} */
export const defaultModels = Object.freeze([
  { id: "simulator/text" },
  { id: "simulator/text:free", name: "Simulator: Text (free)", pricing: FREE, trains: true, zeroRetention: false },
  {
    id: "simulator/reasoning", parameters: [...SAMPLING, ...TOOLS, ...SCHEMA, ...REASONING], contextLength: 200_000,
    pricing: { prompt: "0.00000125", completion: "0.00001", overrides: [{ min_prompt_tokens: 200_000, prompt: "0.0000025", completion: "0.000015" }] },
    reasoning: { ...EFFORTS, default_enabled: true, mandatory: false },
  },
  {
    id: "simulator/reasoning-always", parameters: [...SAMPLING, ...REASONING], pricing: { prompt: "0.00000055", completion: "0.00000219", discount: 0.1 },
    reasoning: { ...EFFORTS, default_enabled: true, mandatory: true },
  },
  { id: "simulator/vision", input: ["text", "image"], pricing: { prompt: "0.0000003", completion: "0.0000025", image: "0.0000003" } },
  // It says little of itself, and has neither tools nor schemas.
  { id: "simulator/plain", contextLength: null, maxCompletionTokens: null, parameters: SAMPLING, zeroRetention: false },
  { id: "simulator/short", contextLength: 4096, maxCompletionTokens: 1024, pricing: { prompt: "0.00000002", completion: "0.00000003" } },
  // A router: what it costs depends on whom it asks.
  { id: "simulator/auto", pricing: { prompt: "-1", completion: "-1" } },
  {
    id: "simulator/text-and-image", input: ["text", "image"], output: ["image", "text"], contextLength: 32_768, parameters: ["max_tokens", "temperature", "response_format"],
    pricing: { prompt: "0.0000003", completion: "0.0000025", image: "0.0000003", image_output: "0.00003" },
  },
  { id: "simulator/image", input: ["text", "image"], output: ["image"], contextLength: 32_768, parameters: [], pricing: { image_output: "0.00003" } },
  { id: "simulator/embedding", output: ["embeddings"], contextLength: 8192, parameters: [], pricing: { prompt: "0.00000002", completion: "0" } },
]);

/** Names that stand for another model: the answer tells which one it was. @type {Readonly<Record<string, string>>} */
const ALIASES = Object.freeze({ "~simulator/text-latest": "simulator/text", "simulator/auto": "simulator/text" });
/** Variants that are not models of their own. */
const VARIANTS = /:(nitro|floor|online|exacto|thinking|extended)$/;

/** @typedef {Required<Omit<Model, "reasoning">> & Pick<Model, "reasoning">} Complete */

/**
 * @param {Model} model
 * @returns {Complete}
 */
export function complete(model) {
  const [, slug = model.id] = model.id.split("/");
  return {
    name: `Simulator: ${slug.replaceAll("-", " ").replace(/^./, (letter) => letter.toUpperCase())}`,
    contextLength: 131_072,
    maxCompletionTokens: 16_384,
    input: ["text"],
    output: ["text"],
    parameters: [...SAMPLING, ...TOOLS, ...SCHEMA],
    trains: false,
    zeroRetention: true,
    ...model,
    pricing: { ...PRICING, ...model.pricing },
  };
}

/**
 * @param {import("./catalogue.mjs").Invented} invented
 * @returns {Model}
 */
export function fromInvented({ slug, maker, name, contextLength, price, vision, tools, schema, reasoning }) {
  const free = price === "free";
  return {
    id: `${maker}/${slug}${free ? ":free" : ""}`,
    name,
    contextLength,
    input: vision ? ["text", "image"] : ["text"],
    pricing: free ? FREE : price === "dynamic" ? { prompt: "-1", completion: "-1" } : { prompt: perToken(price.input), completion: perToken(price.output) },
    parameters: [...SAMPLING, ...(tools ? TOOLS : []), ...(schema ? SCHEMA : []), ...(reasoning ? REASONING : [])],
    ...(reasoning ? { reasoning: { ...EFFORTS, default_enabled: false, mandatory: false } } : {}),
    trains: free,
  };
}

/** @param {number} thousandths of a US dollar per million tokens */
function perToken(thousandths) {
  return `0.${String(thousandths).padStart(9, "0")}`.replace(/0+$/, "");
}

/**
 * @param {Model} model
 * @returns {Record<string, unknown>} as `/models` tells it
 */
export function listed(model) {
  const { id, name, contextLength, maxCompletionTokens, input, output, pricing, parameters, reasoning } = complete(model);
  return {
    id,
    canonical_slug: id,
    name,
    created: 1_767_225_600,
    description: "Simulated: no model answers here.",
    context_length: contextLength,
    architecture: { modality: `${input.join("+")}->${output.join("+")}`, input_modalities: input, output_modalities: output, tokenizer: "Other", instruct_type: null },
    pricing,
    top_provider: { context_length: contextLength, max_completion_tokens: maxCompletionTokens, is_moderated: false },
    per_request_limits: null,
    supported_parameters: parameters,
    default_parameters: {},
    ...(reasoning === undefined ? {} : { reasoning }),
    knowledge_cutoff: null,
    expiration_date: null,
  };
}

/**
 * A model by the name in a request: with faults in its tag, with variants, or by an alias. Only a tag of faults is
 * part of the name that the answer gives; variants and aliases are resolved.
 * @param {readonly Model[]} models
 * @param {string} name
 * @returns {{ model: Complete, online: boolean } | undefined}
 */
export function findModel(models, name) {
  const alias = ALIASES[name];
  if (alias !== undefined) return findModel(models, alias);
  const exact = models.find((model) => model.id === name);
  if (exact !== undefined) return { model: complete(exact), online: false };
  const { base, faults } = splitModel(name);
  if (faults.length > 0) {
    const found = findModel(models, base);
    return found && { ...found, model: found.model.id === base ? { ...found.model, id: name } : found.model };
  }
  const plain = name.replace(VARIANTS, "");
  const found = plain === name ? undefined : findModel(models, plain);
  return found && { ...found, online: found.online || name.endsWith(":online") };
}
