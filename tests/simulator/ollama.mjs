// @ts-check
/**
 * A simulated Ollama: the native API of version 0.33, with faults on demand. It is a simulator and says so in every
 * text it makes. Recordings of a real server, in `../fixtures/ollama`, are what its tests compare it with.
 */
import { checkHost, checkOrigin, DEFAULT_ORIGINS, route } from "./ollama-gate.mjs";
import { embedding } from "./ollama-embed.mjs";
import { findFault } from "./faults.mjs";
import { generation } from "./ollama-generation.mjs";
import { stamps } from "./go-encoding.mjs";
import { defaultModels, Models } from "./ollama-models.mjs";
import { pull } from "./ollama-pull.mjs";
import { Queue } from "./ollama-queue.mjs";
import { failure, json, replaced, text, wording } from "./ollama-reply.mjs";
import { readObject } from "./ollama-request.mjs";
import { bare, withHeaders } from "./reply.mjs";
import { startSimulator } from "./simulator.mjs";

export { cloudModel, defaultModels } from "./ollama-models.mjs";
export { FAULTS } from "./faults.mjs";

/**
 * @typedef {import("./ollama-models.mjs").Model} Model
 * @typedef {import("./ollama-gate.mjs").Methods} Methods
 *
 * @typedef {object} Origins
 * @property {string[]} [allow] like OLLAMA_ORIGINS: added to those that are always allowed
 * @property {boolean} [defaults] false: only `allow` counts, so that a page on localhost can meet a refusal
 *
 * @typedef {object} OllamaOptions
 * @property {readonly Model[]} [models]
 * @property {string} [version]
 * @property {boolean} [old] a server from before `capabilities`, `/api/status` and ids of tool calls
 * @property {Origins} [origins]
 * @property {number} [defaultContext] num_ctx where a request names none, default 4096
 * @property {number} [loadMs] silence while a model loads, default 0
 * @property {number} [parallel] requests at once for each model, default without limit (the real default is 1)
 * @property {number} [maxQueue] requests that may wait, default 512
 * @property {() => number} [now] epoch milliseconds
 *
 * @typedef {object} Server what the endpoints share
 * @property {Models} models
 * @property {Queue} queue
 * @property {Map<string, number>} partialPulls
 * @property {boolean} old
 * @property {number} defaultContext
 * @property {number} loadMs
 * @property {() => number} now
 * @property {() => string} instant
 * @property {() => string} callId
 */

/**
 * @param {OllamaOptions & import("./simulator.mjs").SimulatorOptions} [options]
 * @returns {Promise<import("./simulator.mjs").Simulator & { setOrigins: (origins: Origins) => void, setModels: (models: readonly Model[]) => void }>}
 */
export async function startOllamaSimulator(options = {}) {
  const { models: installed = defaultModels, version = "0.33.0", old = false, now = Date.now } = options;
  let calls = 0;
  /** @type {Server} */
  const server = {
    models: new Models(installed, { old }),
    queue: new Queue({ parallel: options.parallel ?? Infinity, most: options.maxQueue ?? 512 }),
    partialPulls: new Map(),
    old,
    defaultContext: options.defaultContext ?? 4096,
    loadMs: options.loadMs ?? 0,
    now,
    instant: stamps(now),
    callId: () => `call_${(++calls * 2_654_435_761).toString(36).padStart(8, "0").slice(-8)}`,
  };
  const routes = routesOf(server, version);
  let origins = allowed(options.origins);

  const setOrigins = (/** @type {Origins} */ wanted) => {
    origins = allowed(wanted);
  };
  const setModels = (/** @type {readonly Model[]} */ wanted) => {
    for (const model of wanted) {
      if (typeof model?.name !== "string" || !Array.isArray(model.capabilities)) throw new Error("a model has a name and capabilities");
    }
    server.models.replace(wanted);
  };

  const simulator = await startSimulator({
    provider: "ollama",
    answer: async (exchange) => {
      const { entry, faults } = exchange;
      if (findFault(faults, "cors-refused")) return bare(403);
      const routed = route(entry, routes);
      const origin = checkOrigin(entry, origins);
      const refused = origin.reply ?? checkHost(entry);
      const reply = refused ?? replaced(faults, entry.model) ?? (await routed.handler?.(exchange)) ?? routed.reply;
      return withHeaders(reply, [...origin.headers, ...routed.headers]);
    },
    wording,
    controls: {
      origins: (body) => setOrigins(/** @type {Origins} */ (body)),
      models: (body) => setModels(/** @type {{ models: Model[] }} */ (body).models),
    },
    reset: () => {
      server.models.replace(installed);
      server.partialPulls.clear();
      origins = allowed(options.origins);
    },
  }, options);
  return { ...simulator, setOrigins, setModels };
}

/** @param {Origins} [origins] */
function allowed({ allow = [], defaults = true } = {}) {
  return [...allow, ...(defaults ? DEFAULT_ORIGINS : [])];
}

/**
 * @param {Server} server
 * @param {string} version
 * @returns {Record<string, Methods>}
 */
function routesOf(server, version) {
  const root = () => text(200, "Ollama is running");
  const versionOf = () => json(200, { version });
  const tags = () => json(200, server.models.list());
  return {
    "/": { HEAD: root, GET: root },
    "/api/version": { HEAD: versionOf, GET: versionOf },
    ...(server.old ? {} : { "/api/status": { GET: () => json(200, { cloud: { disabled: false, source: "none" } }) } }),
    "/api/tags": { HEAD: tags, GET: tags },
    "/api/show": { POST: show(server) },
    "/api/ps": { GET: () => json(200, server.models.running(server.now())) },
    "/api/chat": { POST: generation(server, "chat") },
    "/api/generate": { POST: generation(server, "generate") },
    "/api/embed": { POST: embedding(server) },
    "/api/pull": { POST: pull(server) },
  };
}

/**
 * @param {Server} server
 * @returns {import("./ollama-gate.mjs").Handler}
 */
function show(server) {
  return ({ entry }) => {
    const read = readObject(entry.body, "ShowRequest", { model: "string", name: "string" });
    if ("error" in read) return failure(400, read.error);
    const name = String(read.value["model"] || read.value["name"] || "");
    if (name === "") return failure(400, "model is required");
    const model = server.models.find(name);
    // Unlike the other endpoints, this one names the tag that it looked for.
    return model === undefined ? failure(404, `model '${name.includes(":") ? name : `${name}:latest`}' not found`) : json(200, server.models.show(model));
  };
}
