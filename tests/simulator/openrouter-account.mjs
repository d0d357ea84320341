// @ts-check
/** What OpenRouter tells of a key, of the account behind it, and of a generation after the fact. */
import { failure, json } from "./openrouter-reply.mjs";

/**
 * @typedef {import("./keys.mjs").OpenRouterAccount} Account
 * @typedef {import("./plan.mjs").Reply} Reply
 *
 * @typedef {object} Generation
 * @property {string} id
 * @property {string} model
 * @property {number} cost USD
 * @property {number} promptTokens
 * @property {number} completionTokens
 * @property {number} reasoningTokens
 * @property {boolean} streamed
 * @property {boolean} cancelled
 * @property {string} finish
 */

/**
 * `GET /key`
 * @param {string} key
 * @param {Account} account
 * @returns {Reply}
 */
export function tellKey(key, { limit, usage, credit, management }) {
  return json(200, {
    data: {
      label: `${key.slice(0, 12)}...${key.slice(-3)}`,
      limit,
      limit_remaining: limit === null ? null : Math.max(0, Math.round((limit - usage) * 1e12) / 1e12),
      limit_reset: limit === null ? null : "monthly",
      include_byok_in_limit: false,
      usage, usage_daily: usage, usage_weekly: usage, usage_monthly: usage,
      byok_usage: 0, byok_usage_daily: 0, byok_usage_weekly: 0, byok_usage_monthly: 0,
      is_free_tier: !credit,
      is_management_key: management,
      is_provisioning_key: management,
      expires_at: null,
      creator_user_id: "user_simulator",
      rate_limit: { requests: -1, interval: "10s", note: "This field is deprecated." },
    },
  });
}

/**
 * `GET /credits`: not for the keys that applications have.
 * @param {Account} account
 * @returns {Reply}
 */
export function tellCredits({ management, usage }) {
  if (!management) return failure(403, "Only management keys can fetch credits", { error_type: "permission_denied" });
  return json(200, { data: { total_credits: 100, total_usage: usage } });
}

/** Generations that can be looked up; each is not there yet when it is first asked for. */
export class Generations {
  /** @type {Map<string, { generation: Generation, asked: boolean }>} */
  #known = new Map();

  /** @param {Generation} generation */
  add(generation) {
    this.#known.set(generation.id, { generation, asked: false });
  }

  clear() {
    this.#known.clear();
  }

  /**
   * `GET /generation?id=`
   * @param {string} query
   * @returns {Reply}
   */
  tell(query) {
    const id = new URLSearchParams(query).get("id") ?? "";
    const known = this.#known.get(id);
    if (known === undefined || !known.asked) {
      if (known !== undefined) known.asked = true;
      return failure(404, `Generation ${id} not found`);
    }
    const { model, cost, promptTokens, completionTokens, reasoningTokens, streamed, cancelled, finish } = known.generation;
    return json(200, {
      data: {
        id, model, streamed, cancelled,
        total_cost: cost, usage: cost, upstream_inference_cost: null, is_byok: false,
        tokens_prompt: promptTokens, tokens_completion: completionTokens,
        native_tokens_prompt: promptTokens, native_tokens_completion: completionTokens, native_tokens_reasoning: reasoningTokens,
        finish_reason: cancelled ? null : finish, native_finish_reason: cancelled ? null : finish,
        provider_name: "Simulator", latency: 120, generation_time: 20 * completionTokens, created_at: "2026-01-01T00:00:00.000Z",
      },
    });
  }
}
