// @ts-check
/** Gemini's refusals: what a bad key gets, and what faults put in the place of the real answer. */
import { findFault } from "./faults.mjs";
import { detail, DIED, failure, invalid } from "./gemini-reply.mjs";
import { replacedAnywhere } from "./reply.mjs";

/**
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {import("./plan.mjs").Reply} Reply
 */

const DOMAIN = { domain: "googleapis.com", metadata: { service: "generativelanguage.googleapis.com" } };
const QUOTA = "You exceeded your current quota, please check your plan and billing details.";

export function noKey() {
  return failure(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.");
}

export function invalidKey() {
  const message = "API key not valid. Please pass a valid API key.";
  return invalid(message, [detail("ErrorInfo", { reason: "API_KEY_INVALID", ...DOMAIN }), detail("LocalizedMessage", { locale: "en-US", message })]);
}

export function wrongKindOfKey() {
  return failure(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", [detail("ErrorInfo", { reason: "ACCESS_TOKEN_TYPE_UNSUPPORTED", ...DOMAIN })]);
}

export function blockedKey() {
  return failure(403, "PERMISSION_DENIED", "The simulated key was blocked. Please use another API key.");
}

/** @param {string} referrer */
export function foreignReferrer(referrer) {
  return failure(403, "PERMISSION_DENIED", `Requests from referer ${referrer} are blocked.`, [detail("ErrorInfo", { reason: "API_KEY_HTTP_REFERRER_BLOCKED", ...DOMAIN })]);
}

/**
 * @param {string} id
 * @param {string} method
 */
export function unknownModel(id, method) {
  const message = `models/${id} is not found for API version v1beta, or is not supported for ${method}. Call ListModels to see the list of available models and their supported methods.`;
  return failure(404, "NOT_FOUND", message, [detail("DebugInfo", { detail: "[ORIGINAL ERROR] generic::not_found: the simulator has no such model" })]);
}

/**
 * @param {"minute" | "day" | "zero"} quota
 * @param {string} model
 * @returns {Reply}
 */
export function exhausted(quota, model) {
  const period = quota === "minute" ? "PerMinute" : "PerDay";
  const seconds = quota === "minute" ? "26.1" : "3.002899243";
  const limit = { minute: "10", day: "50", zero: "0" }[quota];
  const metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests";
  // Google's details come in any order.
  return failure(429, "RESOURCE_EXHAUSTED", `${QUOTA}\n* Quota exceeded for metric: ${metric}, limit: ${limit}\nPlease retry in ${seconds}s.`, [
    detail("QuotaFailure", {
      violations: [{ quotaMetric: metric, quotaId: `GenerateRequests${period}PerProjectPerModel-FreeTier`, quotaDimensions: { location: "global", model }, quotaValue: limit }],
    }),
    detail("Help", { links: [{ description: "Learn more about Gemini API quotas", url: "https://ai.google.dev/gemini-api/docs/rate-limits" }] }),
    detail("RetryInfo", { retryDelay: `${seconds}s` }),
  ]);
}

/**
 * The reply that a fault puts in the place of the real one.
 * @param {readonly Fault[]} faults
 * @param {string} model
 * @param {string} method
 * @returns {Reply | undefined}
 */
export function replaced(faults, model, method) {
  const fault = findFault(faults, "error-400", "error-400-region", "error-401", "error-403", "error-403-referrer", "error-404", "error-429", "error-429-day",
    "error-429-zero", "error-429-bare", "error-500", "error-503", "error-504", "error-array", "error-key", "error-context", "error-in-200");
  const message = fault?.message;
  switch (fault?.kind) {
    case "error-400": return invalid(message ?? "Request contains an invalid argument.");
    case "error-400-region": return failure(400, "FAILED_PRECONDITION", message ?? "User location is not supported for the API use without a billing account linked.");
    case "error-key": return invalidKey();
    case "error-401": return wrongKindOfKey();
    case "error-403": return blockedKey();
    case "error-403-referrer": return foreignReferrer("<empty>");
    case "error-404": return unknownModel(model, method);
    case "error-429": return exhausted("minute", model);
    case "error-429-day": return exhausted("day", model);
    case "error-429-zero": return exhausted("zero", model);
    case "error-429-bare": return failure(429, "RESOURCE_EXHAUSTED", message ?? "Resource has been exhausted (e.g. check quota).");
    case "error-500": return failure(500, "INTERNAL", message ?? "An internal error has occurred.");
    case "error-503":
    case "error-array": return failure(503, "UNAVAILABLE", message ?? DIED);
    case "error-504": return failure(504, "DEADLINE_EXCEEDED", message ?? "The deadline expired before the simulator was ready.");
    case "error-context": return invalid(message ?? "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).");
    // No status of its own: the error comes as the only content of a 200.
    case "error-in-200": return { ...failure(503, "UNAVAILABLE", message ?? DIED), status: 200 };
    default: return replacedAnywhere(faults, { status: 200, headers: [["Content-Type", "text/event-stream"]], frames: [], chunked: true });
  }
}
