// @ts-check
/** OpenRouter's errors, and how it words what a fault wants said. Streams are framed as in `openai-reply.mjs`. */
import { findFault } from "./faults.mjs";
import { event, events, frameOrBody, wording as openAIWording } from "./openai-reply.mjs";
import { AVAILABILITY, unavailable } from "./openrouter-availability.mjs";
import { body, replacedAnywhere, retryAfter, withHeaders } from "./reply.mjs";

/**
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {import("./plan.mjs").Reply} Reply
 */

const DIED = "The simulated provider failed while it was generating";

/**
 * @param {number} status
 * @param {unknown} value
 * @returns {Reply}
 */
export function json(status, value) {
  return body(status, JSON.stringify(value), "application/json");
}

/**
 * @param {number} status
 * @param {string} message
 * @param {Record<string, unknown>} [metadata]
 * @returns {Reply}
 */
export function failure(status, message, metadata) {
  return json(status, { error: { message, code: status, ...(metadata === undefined ? {} : { metadata }) } });
}

/**
 * @param {import("./openrouter-availability.mjs").Code} code
 * @param {string} model
 * @param {Parameters<typeof unavailable>[2]} [more]
 * @returns {Reply}
 */
export function noEndpoint(code, model, more) {
  const { status, value } = unavailable(code, model, more);
  return json(status, value);
}

/**
 * @param {number} context tokens
 * @param {number} asked tokens
 */
export function overflow(context, asked) {
  return failure(400, `This endpoint's maximum context length is ${context} tokens. However, you requested about ${asked} tokens. Please reduce the length.`,
    { error_type: "context_length_exceeded" });
}

export function keyLimit() {
  return failure(403, "Key limit exceeded (total limit). Manage it using https://openrouter.ai/settings/keys", { error_type: "permission_denied" });
}

export function noCredits() {
  return failure(402, "Insufficient credits. Add more using https://openrouter.ai/settings/credits", { error_type: "payment_required" });
}

/**
 * The reply that a fault puts in the place of the real one.
 * @param {readonly Fault[]} faults
 * @param {string} model
 * @returns {Reply | undefined}
 */
export function replaced(faults, model) {
  const absent = faults.find(({ kind }) => kind.startsWith("availability-"));
  if (absent !== undefined) {
    const code = /** @type {keyof typeof AVAILABILITY} */ (absent.kind.slice("availability-".length).replaceAll("-", "_"));
    return noEndpoint(code, model, { message: absent.message, fallbacks: AVAILABILITY[code].retryable ? ["simulator/plain"] : [] });
  }
  const fault = findFault(faults, "error-400", "error-401", "error-402", "error-403", "error-403-limit", "error-403-moderation", "error-404", "error-429",
    "error-429-exposed", "error-429-bare", "error-500", "error-503", "error-context", "error-in-200");
  const message = fault?.message;
  switch (fault?.kind) {
    case "error-400": return failure(400, message ?? "The simulator was asked for a status 400", { error_type: "invalid_request" });
    case "error-401": return failure(401, message ?? "User not found.");
    case "error-402": return message === undefined ? noCredits() : failure(402, message);
    case "error-403": return failure(403, message ?? "A management key is required", { error_type: "permission_denied" });
    case "error-403-limit": return keyLimit();
    case "error-403-moderation": return failure(403, message ?? "The simulated moderation flagged the input", {
      reasons: ["violence"], flagged_input: "the simulator flags whatever it is asked", provider_name: "Simulator", model_slug: model, error_type: "content_policy_violation" });
    case "error-404": return failure(404, message ?? `No endpoints found for ${model}.`, { error_type: "not_found" });
    case "error-429":
    case "error-429-exposed": return limited(fault);
    case "error-429-bare": return failure(429, message ?? "Provider returned error", {
      raw: `${model} is temporarily rate-limited upstream.`, provider_name: "Simulator", provider_code: "rate_limit", error_type: "rate_limit_exceeded" });
    case "error-500": return failure(500, message ?? "Internal Server Error", { error_type: "server" });
    case "error-503": return failure(503, message ?? "No available model provider meets the routing requirements", { error_type: "provider_unavailable" });
    case "error-context": return overflow(4096, 5000);
    case "error-in-200": return json(200, { error: { message: message ?? DIED, code: 502, metadata: { provider_name: "Simulator", raw: "upstream" } }, user_id: "user_simulator" });
    default: return replacedAnywhere(faults, events([]));
  }
}

/**
 * OpenRouter's own limit, which names itself in headers; these too are not exposed unless Retry-After is.
 * @param {Fault} fault
 * @returns {Reply}
 */
function limited(fault) {
  const reply = failure(429, fault.message ?? "Rate limit exceeded: free-models-per-min.", {
    headers: { "X-RateLimit-Limit": "20", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1767225660000" }, error_type: "rate_limit_exceeded" });
  return withHeaders(reply, [["X-RateLimit-Limit", "20"], ["X-RateLimit-Remaining", "0"], ["X-RateLimit-Reset", "1767225660000"], ...retryAfter(fault)]);
}

/** @type {import("./plan.mjs").Wording} */
export const wording = {
  ...openAIWording,
  errorFrame: ({ kind, message = DIED }, chunked) => {
    const text = kind === "error-code-text";
    const error = { code: text ? "server_error" : 502, message, metadata: { error_type: "provider_unavailable" } };
    if (!chunked) return frameOrBody({ error }, chunked);
    const choices = text ? { choices: [] } : { choices: [{ index: 0, delta: { content: "" }, finish_reason: "error", native_finish_reason: "error" }] };
    return event({
      id: "gen-simulator-error", object: "chat.completion.chunk", created: 1_767_225_600, model: "simulator/text", provider: "Simulator", error,
      ...(kind === "error-no-choices" ? {} : choices),
    }, "finish").bytes;
  },
};
