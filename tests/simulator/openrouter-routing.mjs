// @ts-check
/** Whether OpenRouter has an endpoint for a request: what the model can do, and what `provider` demands. */
import { isObject } from "./is-object.mjs";
import { findModel } from "./openrouter-models.mjs";
import { failure, noEndpoint } from "./openrouter-reply.mjs";

/**
 * @typedef {import("./openrouter-models.mjs").Complete} Complete
 * @typedef {import("./openrouter-models.mjs").Model} Model
 * @typedef {import("./plan.mjs").Reply} Reply
 * @typedef {{ model: Complete, online: boolean, ignored: string[] }} Route ignored: parameters that the model does not know
 */

/** Parameters that models may lack. A missing one is dropped in silence unless `require_parameters` is set. */
const OPTIONAL = ["temperature", "top_p", "top_k", "min_p", "top_a", "seed", "stop", "frequency_penalty", "presence_penalty", "repetition_penalty", "logit_bias",
  "logprobs", "top_logprobs", "response_format", "structured_outputs", "reasoning", "parallel_tool_calls"];

/**
 * @param {readonly Model[]} models
 * @param {string} name
 * @param {Record<string, unknown>} body
 * @param {{ images: boolean }} more
 * @returns {Route | { refused: Reply }}
 */
export function route(models, name, body, { images }) {
  const found = findModel(models, name);
  if (found === undefined) return { refused: noEndpoint("model_not_found", name) };
  const { model, online } = found;
  const modalities = modalitiesOf(body);
  if (!modalities.includes("image") && !model.output.includes("text")) return { refused: noEndpoint("wrong_endpoint", name) };
  if (!modalities.every((one) => model.output.includes(one))) return { refused: failure(404, `No endpoints found that support the requested output modalities: ${modalities.join(", ")}`) };
  if (images && !model.input.includes("image")) return { refused: failure(404, "No endpoints found that support image input") };
  const tool = functionTools(body)[0];
  if (tool !== undefined && !model.parameters.includes("tools")) {
    return { refused: failure(404, `No endpoints found that support tool use. Try disabling "${tool.function.name}".`) };
  }
  const { reasoning } = body;
  if (model.reasoning?.["mandatory"] === true && isObject(reasoning) && (reasoning["effort"] === "none" || reasoning["enabled"] === false)) {
    return { refused: failure(400, "Reasoning is mandatory for this endpoint and cannot be disabled.", { error_type: "invalid_request" }) };
  }
  const ignored = unknownParameters(body, model);
  const refused = refusal(name, model, body["provider"], ignored);
  return refused === undefined ? { model, online, ignored } : { refused };
}

/**
 * @param {Record<string, unknown>} body
 * @returns {string[]} what is to come out
 */
export function modalitiesOf(body) {
  return Array.isArray(body["modalities"]) ? body["modalities"].map(String) : ["text"];
}

/**
 * @param {Record<string, unknown>} body
 * @returns {import("./answer.mjs").Tool[]} without those that OpenRouter itself would run
 */
export function functionTools(body) {
  const tools = Array.isArray(body["tools"]) ? body["tools"] : [];
  return tools.filter((tool) => isObject(tool) && isObject(tool["function"]));
}

/**
 * @param {Record<string, unknown>} body
 * @param {Complete} model
 */
function unknownParameters(body, { parameters }) {
  const format = body["response_format"];
  const schema = isObject(format) && format["type"] === "json_schema";
  return OPTIONAL.filter((name) => {
    if (body[name] === undefined || body[name] === null) return false;
    if (name === "parallel_tool_calls") return !parameters.includes("tools");
    return !parameters.includes(name) || (name === "response_format" && schema && !parameters.includes("structured_outputs"));
  });
}

/**
 * @param {string} name
 * @param {Complete} model
 * @param {unknown} provider the request's preferences
 * @param {string[]} ignored
 * @returns {Reply | undefined}
 */
function refusal(name, model, provider, ignored) {
  if (!isObject(provider)) return undefined;
  const only = Array.isArray(provider["only"]) ? provider["only"].map((one) => String(one).toLowerCase()) : ["simulator"];
  const limits = isObject(provider["max_price"]) ? provider["max_price"] : {};
  const dear = ["prompt", "completion", "request"].some((kind) => {
    // The limit is per million tokens; the price is per token.
    const scale = kind === "request" ? 1 : 1_000_000;
    return limits[kind] !== undefined && Number(model.pricing[kind] ?? 0) * scale > Number(limits[kind]);
  });
  if (provider["data_collection"] === "deny" && model.trains) return noEndpoint("privacy_restricted", name, { excludedBy: "data_policy:training" });
  if (provider["zdr"] === true && !model.zeroRetention) return noEndpoint("privacy_restricted", name, { excludedBy: "data_policy:zdr" });
  if (provider["require_parameters"] === true && ignored.length > 0) return noEndpoint("constraint_filtered", name, { excludedBy: "require_parameters" });
  if (!only.includes("simulator")) return noEndpoint("constraint_filtered", name, { excludedBy: "allowed_providers" });
  if (dear) return noEndpoint("constraint_filtered", name, { excludedBy: "max_price" });
  return undefined;
}
