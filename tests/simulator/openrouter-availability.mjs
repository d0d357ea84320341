// @ts-check
/** Why OpenRouter has no endpoint for a request: its codes, and the error that carries them. */

/**
 * @typedef {{ status: number, retryable: boolean, excludedBy?: string, message: string }} Cause
 * @typedef {keyof typeof CAUSES} Code
 */

const CAUSES = {
  model_not_found: { status: 400, retryable: false, message: "is not a valid model ID" },
  wrong_endpoint: { status: 400, retryable: false, message: "is not a model for this endpoint" },
  no_endpoints: { status: 404, retryable: false, message: "has no endpoints" },
  model_deprecated: { status: 404, retryable: false, message: "is no longer served" },
  model_unavailable_upstream: { status: 404, retryable: false, message: "is not served by its provider" },
  capacity_exhausted: { status: 429, retryable: true, message: "is at capacity everywhere" },
  temporarily_unavailable: { status: 503, retryable: true, message: "is temporarily unavailable" },
  region_restricted: { status: 403, retryable: false, excludedBy: "geo", message: "is not available in your region" },
  privacy_restricted: { status: 404, retryable: false, excludedBy: "data_policy:training", message: "has no endpoint that your privacy settings allow" },
  constraint_filtered: { status: 404, retryable: false, excludedBy: "require_parameters", message: "has no endpoint that meets the request" },
  free_variant_ended: { status: 404, retryable: false, message: "is no longer free" },
};

/** @type {Readonly<Record<Code, Cause>>} */
export const AVAILABILITY = Object.freeze(CAUSES);

const RETRY_AFTER_S = 40;

/**
 * @param {Code} code
 * @param {string} model
 * @param {{ message?: string, excludedBy?: string, fallbacks?: readonly string[] }} [more]
 * @returns {{ status: number, value: unknown }}
 */
export function unavailable(code, model, { message, excludedBy, fallbacks = [] } = {}) {
  const cause = AVAILABILITY[code];
  const excluded = excludedBy ?? cause.excludedBy;
  return {
    status: cause.status,
    value: {
      error: {
        message: message ?? `${model} ${cause.message}. (This is the OpenRouter simulator.)`,
        error_type: errorType(cause.status),
        http_status: cause.status,
        availability: {
          code,
          retryable: cause.retryable,
          ...(cause.retryable ? { retry_after: RETRY_AFTER_S } : {}),
          requested_models: [model],
          ...(excluded === undefined ? {} : { excluded_by: [excluded] }),
          ...(fallbacks.length === 0 ? {} : { fallback_models: fallbacks }),
          docs_url: `https://openrouter.ai/docs/errors#${code}`,
        },
        ...(cause.retryable ? { metadata: { previous_errors: [{ provider: "simulator", code, status: cause.status }] } } : {}),
      },
    },
  };
}

/** @param {number} status */
function errorType(status) {
  /** @type {Record<number, string>} */
  const types = { 400: "invalid_request", 403: "permission_denied", 429: "rate_limit_exceeded", 503: "provider_unavailable" };
  return types[status] ?? "not_found";
}
