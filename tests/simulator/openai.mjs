// @ts-check
/** A simulated OpenAI-compatible server in the manner of llama.cpp's, with the same faults on demand as the simulated Ollama. */
import { findFault } from "./faults.mjs";
import { isObject } from "./is-object.mjs";
import { completion } from "./openai-completion.mjs";
import { embeddings } from "./openai-embeddings.mjs";
import { failure, json, replaced, wording } from "./openai-reply.mjs";
import { bare, withHeaders } from "./reply.mjs";
import { startSimulator } from "./simulator.mjs";

/**
 * @typedef {import("./plan.mjs").Reply} Reply
 * @typedef {import("./simulator.mjs").Exchange} Exchange
 *
 * @typedef {object} OpenAIOptions
 * @property {string[]} [models] ids that are listed; unless `strictModels`, any other name is answered too, as llama.cpp does
 * @property {boolean} [strictModels] 404 for a model that is not listed
 * @property {string} [apiKey] without it as a bearer token: 401
 * @property {string} [prefix] path before `/v1`, for example `/api`
 * @property {number} [mostAtOnce] so many completions are answered at once, others with 429
 */

/**
 * @param {OpenAIOptions & import("./simulator.mjs").SimulatorOptions} [options]
 * @returns {Promise<import("./simulator.mjs").Simulator>}
 */
export async function startOpenAISimulator(options = {}) {
  const { models = ["simulator", "simulator-thinking"], strictModels = false, apiKey, prefix = "", mostAtOnce = Infinity } = options;
  let count = 0;
  let running = 0;

  /** @type {Record<string, Record<string, (exchange: Exchange) => Reply>>} */
  const routes = {
    "/health": { GET: () => json(200, { status: "ok" }) },
    "/v1/health": { GET: () => json(200, { status: "ok" }) },
    "/models": { GET: () => json(200, list(models)) },
    "/v1/models": { GET: () => json(200, list(models)) },
    "/v1/chat/completions": { POST: complete },
    "/v1/embeddings": { POST: ({ entry }) => embed(entry.json) },
  };

  /** @type {(exchange: Exchange) => Reply} */
  function complete({ entry, faults }) {
    if (running >= mostAtOnce) return failure(429, "Too many requests at once", "rate_limit_error");
    running += 1;
    const reply = completion(entry, faults, `chatcmpl-simulator${++count}`);
    return {
      ...reply,
      settled: (ended) => {
        running -= 1;
        reply.settled?.(ended);
      },
    };
  }

  /** @type {(exchange: Exchange) => Reply} */
  const answer = (exchange) => {
    const { entry, faults } = exchange;
    if (findFault(faults, "cors-refused")) return bare(403);
    const cors = crossOrigin(entry);
    if (entry.method === "OPTIONS") return withHeaders(bare(200), [["Content-Type", "text/html; charset=utf-8"], ...cors]);
    const path = entry.path.startsWith(prefix) ? entry.path.slice(prefix.length) : "";
    const reply = check(path) ?? routes[path]?.[entry.method]?.(exchange) ?? failure(404, "File Not Found", "not_found_error");
    return withHeaders(reply, cors);

    /**
     * @param {string} path
     * @returns {Reply | undefined}
     */
    function check(path) {
      const open = path === "/health" || path === "/v1/health" || path === "/models" || path === "/v1/models";
      if (apiKey !== undefined && !open && entry.headers["authorization"] !== `Bearer ${apiKey}`) return failure(401, "Invalid API Key", "authentication_error");
      if (strictModels && entry.model !== "" && !models.includes(entry.model.split(":", 1)[0] ?? "")) {
        return failure(404, `model '${entry.model}' not found`, "not_found_error");
      }
      return replaced(faults);
    }
  };
  return startSimulator({ provider: "openai", answer, wording, reset: () => {} }, options);
}

/**
 * Any origin is welcome, as at llama.cpp's server.
 * @param {import("./journal.mjs").Entry} entry
 * @returns {[string, string][]}
 */
function crossOrigin({ headers: { origin }, method }) {
  if (typeof origin !== "string") return [];
  /** @type {[string, string][]} */
  const allow = [["Access-Control-Allow-Origin", origin]];
  if (method !== "OPTIONS") return allow;
  return [...allow, ["Access-Control-Allow-Credentials", "true"], ["Access-Control-Allow-Methods", "GET, POST"], ["Access-Control-Allow-Headers", "*"]];
}

/** @param {string[]} models */
function list(models) {
  return {
    object: "list",
    data: models.map((id) => ({
      id,
      object: "model",
      created: 1_767_225_600,
      owned_by: "simulator",
      meta: { vocab_type: 2, n_vocab: 49_152, n_ctx_train: 8192, n_embd: 576, n_params: 134_515_008, size: 96_578_688 },
    })),
  };
}

/**
 * @param {unknown} asked
 * @returns {Reply}
 */
function embed(asked) {
  const made = embeddings(asked);
  if (made === undefined) return failure(400, '"input" must be a string or an array of strings');
  const model = isObject(asked) ? asked["model"] : undefined;
  return json(200, { object: "list", model, data: made.data, usage: { prompt_tokens: made.tokens, total_tokens: made.tokens } });
}
