// @ts-check
/** A simulated OpenRouter, with the same faults on demand as the other simulators and some that only it has. */
import { inventModels, readCount } from "./catalogue.mjs";
import { checkCrossOrigin, strangeHeaders } from "./cross-origin.mjs";
import { findFault } from "./faults.mjs";
import { isObject } from "./is-object.mjs";
import { OPENROUTER_KEYS } from "./keys.mjs";
import { embeddings } from "./openai-embeddings.mjs";
import { Generations, tellCredits, tellKey } from "./openrouter-account.mjs";
import { completion, costOf } from "./openrouter-completion.mjs";
import { list } from "./openrouter-list.mjs";
import { defaultModels, findModel, fromInvented } from "./openrouter-models.mjs";
import { failure, json, noEndpoint, replaced, wording } from "./openrouter-reply.mjs";
import { SignIn } from "./openrouter-sign-in.mjs";
import { bare, withHeaders } from "./reply.mjs";
import { startSimulator } from "./simulator.mjs";

export { defaultModels } from "./openrouter-models.mjs";
export { GOOD_OPENROUTER_KEY, OPENROUTER_KEYS } from "./keys.mjs";

/**
 * @typedef {import("./keys.mjs").OpenRouterAccount} Account
 * @typedef {import("./openrouter-models.mjs").Model} Model
 * @typedef {import("./plan.mjs").Reply} Reply
 * @typedef {import("./simulator.mjs").Exchange} Exchange
 * @typedef {(exchange: Exchange, key: string, account: Account) => Reply} Handler
 *
 * @typedef {object} OpenRouterOptions
 * @property {readonly Model[]} [models]
 * @property {number} [catalogue] how many invented models are listed besides
 * @property {() => number} [now] epoch milliseconds: codes of the sign-in grow old
 *
 * @typedef {object} Server what the endpoints share
 * @property {readonly Model[]} models
 * @property {Generations} generations
 * @property {() => string} nextId
 */

const PREFIX = "/api/v1";

/** @type {import("./cross-origin.mjs").CrossOrigin} */
const CROSS_ORIGIN = {
  allowed: ["authorization", "content-type", "http-referer", "x-title", "x-openrouter-title", "x-openrouter-categories", "x-openrouter-metadata"],
  granted: 204,
  refused: 400,
  headers: () => [["Access-Control-Allow-Origin", "*"]],
};

/**
 * @param {OpenRouterOptions & import("./simulator.mjs").SimulatorOptions} [options]
 * @returns {Promise<import("./simulator.mjs").Simulator & { apiUrl: string, setModels: (models: readonly Model[]) => void, setCatalogue: (count: number) => void }>}
 *   apiUrl: the root of the API, as a client is told it
 */
export async function startOpenRouterSimulator(options = {}) {
  const { models: own = defaultModels, catalogue = 0, now = Date.now } = options;
  /** @type {Map<string, Account>} */
  const accounts = new Map();
  const signIn = new SignIn({ now, welcome: (key) => accounts.set(key, { name: "signed in", limit: null, usage: 0, credit: true, management: false, enabled: true }) });
  let count = 0;
  /** @type {Server} */
  const server = { models: [], generations: new Generations(), nextId: () => `gen-1767225600-simulator${++count}` };

  let listedOwn = own;
  let invented = catalogue;
  const arrange = () => {
    server.models = [...listedOwn, ...inventModels(invented).map(fromInvented)];
  };
  const setModels = (/** @type {readonly Model[]} */ wanted) => {
    if (!Array.isArray(wanted) || wanted.some((model) => !/^~?[^/]+\/.+/.test(model?.id ?? ""))) throw new Error('a model has an id "author/name"');
    listedOwn = wanted;
    arrange();
  };
  const setCatalogue = (/** @type {number} */ wanted) => {
    invented = readCount(wanted);
    arrange();
  };
  const reset = () => {
    listedOwn = own;
    invented = catalogue;
    arrange();
    count = 0;
    server.generations.clear();
    signIn.clear();
    accounts.clear();
    for (const [key, account] of Object.entries(OPENROUTER_KEYS)) accounts.set(key, { ...account });
  };
  reset();

  const open = openRoutes(server, signIn);
  const locked = lockedRoutes(server);

  /** @type {(exchange: Exchange) => Reply} */
  const answer = (exchange) => {
    const { entry, faults } = exchange;
    if (findFault(faults, "cors-refused")) return bare(403);
    const gate = checkCrossOrigin(entry, CROSS_ORIGIN);
    return withHeaders(gate.reply ?? handle(exchange), gate.headers);
  };

  /** @type {(exchange: Exchange) => Reply} */
  const handle = (exchange) => {
    const { entry, faults } = exchange;
    const strange = strangeHeaders(entry, CROSS_ORIGIN.allowed);
    if (strange.length > 0) return failure(400, `The simulator refuses headers that no preflight would let through: ${strange.join(", ")}`);
    const methods = open[entry.path] ?? locked[entry.path];
    if (methods === undefined) return failure(404, "Not Found");
    const handler = methods[entry.method];
    if (handler === undefined) return failure(405, "Method Not Allowed");
    if (open[entry.path] !== undefined) return replaced(faults, entry.model) ?? handler(exchange, "", /** @type {Account} */ ({}));

    const [scheme, key = ""] = String(entry.headers["authorization"] ?? "").split(" ", 2);
    if (scheme?.toLowerCase() !== "bearer" || key === "") return failure(401, "Missing Authentication header");
    const account = accounts.get(key);
    if (account === undefined || !account.enabled) return failure(401, "User not found.");
    // A chat request may go on to another model when the first one fails: it looks at faults by itself.
    const instead = entry.path.endsWith("/chat/completions") ? undefined : replaced(faults, entry.model);
    return instead ?? handler(exchange, key, account);
  };

  const simulator = await startSimulator({
    provider: "openrouter",
    keyHeader: "authorization",
    // A request may name only a list, whose first one is then asked first.
    modelOf: ({ json: body }) => (isObject(body) ? String([body["model"] ?? [], body["models"] ?? []].flat()[0] ?? "") : ""),
    answer,
    wording,
    controls: {
      models: (body) => setModels(/** @type {{ models: Model[] }} */ (body).models),
      catalogue: (body) => setCatalogue(/** @type {{ count: number }} */ (body).count),
    },
    reset,
  }, options);
  return { ...simulator, apiUrl: `${simulator.url}${PREFIX}`, setModels, setCatalogue };
}

/**
 * What needs no key.
 * @param {Server} server
 * @param {SignIn} signIn
 * @returns {Record<string, Record<string, Handler>>}
 */
function openRoutes(server, signIn) {
  /** @type {(query?: Record<string, string>) => Handler} */
  const models = (more = {}) => ({ entry }) => {
    const query = new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(entry.query)), ...more });
    return json(200, list(server.models, String(query), `http://${entry.headers["host"] ?? "localhost"}${entry.path}`));
  };
  return {
    "/auth": { GET: ({ entry }) => signIn.page(entry.query) },
    [`${PREFIX}/auth/keys`]: { POST: ({ entry }) => signIn.exchange(entry.json) },
    [`${PREFIX}/models`]: { GET: models() },
    [`${PREFIX}/models/count`]: { GET: ({ entry }) => json(200, { data: { count: list(server.models, entry.query, "")["total_count"] } }) },
    [`${PREFIX}/embeddings/models`]: { GET: models({ output_modalities: "embeddings" }) },
  };
}

/**
 * What needs a key.
 * @param {Server} server
 * @returns {Record<string, Record<string, Handler>>}
 */
function lockedRoutes(server) {
  return {
    [`${PREFIX}/key`]: { GET: (_, key, account) => tellKey(key, account) },
    [`${PREFIX}/credits`]: { GET: (_, __, account) => tellCredits(account) },
    [`${PREFIX}/generation`]: { GET: ({ entry }) => server.generations.tell(entry.query) },
    [`${PREFIX}/chat/completions`]: { POST: (exchange, _, account) => completion(server, exchange, account) },
    [`${PREFIX}/embeddings`]: { POST: ({ entry }) => embed(server, entry.json, entry.model) },
  };
}

/**
 * The vectors come in another order than the texts: only `index` tells which is whose.
 * @param {Server} server
 * @param {unknown} body
 * @param {string} name
 * @returns {Reply}
 */
function embed(server, body, name) {
  const model = findModel(server.models, name)?.model;
  if (model === undefined) return noEndpoint("model_not_found", name);
  if (!model.output.includes("embeddings")) return noEndpoint("wrong_endpoint", name);
  const made = isObject(body) ? embeddings(body) : undefined;
  if (made === undefined) return failure(400, '"input" must be a string or an array of strings', { error_type: "invalid_request" });
  const cost = costOf(model, { promptTokens: made.tokens, completionTokens: 0, search: false }).prompt;
  return json(200, { object: "list", data: made.data.reverse(), model: model.id, usage: { prompt_tokens: made.tokens, total_tokens: made.tokens, cost } });
}
