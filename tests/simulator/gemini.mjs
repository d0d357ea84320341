// @ts-check
/** A simulated Gemini, with the same faults on demand as the other simulators and some that only it has. */
import { inventModels, readCount } from "./catalogue.mjs";
import { checkCrossOrigin } from "./cross-origin.mjs";
import { findFault } from "./faults.mjs";
import { answer as generate } from "./gemini-content.mjs";
import { batchEmbedContents, countTokens, embedContent } from "./gemini-embed.mjs";
import { blockedKey, exhausted, foreignReferrer, invalidKey, noKey, replaced, unknownModel, wrongKindOfKey } from "./gemini-errors.mjs";
import { complete, defaultModels, findModel, fromInvented, list, listed } from "./gemini-models.mjs";
import { dressed, invalid, json, wording } from "./gemini-reply.mjs";
import { readBody, readGeneration } from "./gemini-request.mjs";
import { Videos } from "./gemini-video.mjs";
import { GEMINI_KEYS } from "./keys.mjs";
import { bare, page, withHeaders } from "./reply.mjs";
import { startSimulator } from "./simulator.mjs";

export { defaultModels } from "./gemini-models.mjs";
export { GEMINI_KEYS, GOOD_GEMINI_KEY } from "./keys.mjs";

/**
 * @typedef {import("./gemini-models.mjs").Complete} Complete
 * @typedef {import("./gemini-models.mjs").Model} Model
 * @typedef {import("./journal.mjs").Entry} Entry
 * @typedef {import("./plan.mjs").Reply} Reply
 * @typedef {import("./simulator.mjs").Exchange} Exchange
 *
 * @typedef {object} GeminiOptions
 * @property {readonly Model[]} [models]
 * @property {number} [catalogue] how many invented models are listed besides
 * @property {number} [videoPolls] how often a video is not done yet, default 2
 */

const PREFIX = "/v1beta";
const METHODS = ["generateContent", "streamGenerateContent", "countTokens", "embedContent", "batchEmbedContents", "predictLongRunning"];
/** What a list names among a model's methods stands for these. @type {Readonly<Record<string, string>>} */
const LISTED_AS = Object.freeze({ streamGenerateContent: "generateContent", batchEmbedContents: "embedContent" });

/** @type {import("./cross-origin.mjs").CrossOrigin} */
const CROSS_ORIGIN = {
  allowed: ["content-type", "x-goog-api-key", "x-goog-api-client", "authorization"],
  granted: 200,
  refused: 403,
  headers: (origin) => [["Access-Control-Allow-Origin", origin]],
};
/** @type {[string, string][]} Google's answers vary with these, asked by a page or not. */
const ALWAYS = ["Origin", "X-Origin", "Referer"].map((name) => ["Vary", name]);

/**
 * @param {GeminiOptions & import("./simulator.mjs").SimulatorOptions} [options]
 * @returns {Promise<import("./simulator.mjs").Simulator & { apiUrl: string, setModels: (models: readonly Model[]) => void, setCatalogue: (count: number) => void }>}
 *   apiUrl: the root of the API, as a client is told it
 */
export async function startGeminiSimulator(options = {}) {
  const { models: own = defaultModels, catalogue = 0 } = options;
  const videos = new Videos({ polls: options.videoPolls ?? 2 });
  let count = 0;
  let listedOwn = own;
  let invented = catalogue;
  const models = () => [...listedOwn, ...inventModels(invented).map(fromInvented)];

  const setModels = (/** @type {readonly Model[]} */ wanted) => {
    if (!Array.isArray(wanted) || wanted.some((model) => typeof model?.id !== "string" || model.id.includes("/"))) throw new Error('a model has an id without "models/"');
    listedOwn = wanted;
  };
  const setCatalogue = (/** @type {number} */ wanted) => {
    invented = readCount(wanted);
  };

  /** @type {(exchange: Exchange) => Reply} */
  const answer = (exchange) => {
    const { entry, faults } = exchange;
    // Google's imitation of OpenAI's API answers preflights as if no page might ask.
    if (findFault(faults, "cors-refused") || (entry.method === "OPTIONS" && entry.path.startsWith(`${PREFIX}/openai`))) return bare(403);
    const gate = checkCrossOrigin(entry, CROSS_ORIGIN);
    const { method } = target(entry);
    const streamed = method === "streamGenerateContent";
    const events = streamed && isEvents(entry);
    const reply = gate.reply ?? dressed(handle(exchange), { events, array: (streamed && !events) || findFault(faults, "error-array") !== undefined });
    return withHeaders(reply, [...gate.headers, ...ALWAYS]);
  };

  /** @type {(entry: Entry) => Reply | undefined} */
  const aboutVideo = ({ path, headers, query }) => {
    const root = `http://${headers["host"] ?? "localhost"}`;
    const [, operation] = new RegExp(`^${PREFIX}/(models/[^/]+/operations/[^/]+)$`).exec(path) ?? [];
    if (operation !== undefined) return videos.poll(decoded(operation), `${root}${PREFIX}`);
    const [, there, file] = new RegExp(`^(/download)?${PREFIX}/files/([^/:]+):download$`).exec(path) ?? [];
    return file === undefined ? undefined : videos.download(file, there !== undefined, `${root}/download${path}?${query}`);
  };

  /** @type {(exchange: Exchange) => Reply} */
  const handle = ({ entry, faults }) => {
    const { id, method } = target(entry);
    const refused = checkKey(entry) ?? replaced(faults, id, method);
    if (refused !== undefined) return refused;
    const video = entry.method === "GET" ? aboutVideo(entry) : undefined;
    if (video !== undefined) return video;
    const known = models();
    if (entry.method === "GET" && entry.path === `${PREFIX}/models`) return list(known, entry.query);
    if (entry.method === "GET" && method === "" && id !== "") {
      const model = findModel(known, id);
      return model === undefined ? unknownModel(id, "getModel") : json(200, listed({ ...model, id }));
    }
    if (entry.method !== "POST" || !METHODS.includes(method)) return page(404, "Error 404 (Not Found)", "The simulated Gemini has no such address.");
    const model = findModel(known, id);
    if (model === undefined || !complete(model).methods.includes(LISTED_AS[method] ?? method)) return unknownModel(id, method);
    // The free tier has no pictures at all.
    if (keyOf(entry) === "AIzaSimulatorFree" && (!id.includes("flash") || complete(model).image !== undefined)) return exhausted("zero", id);
    if (method === "predictLongRunning") return videos.start(entry.json, id, faults);
    if (method === "countTokens") return countTokens(entry.json);
    if (method === "embedContent") return embedContent(entry.json, model);
    if (method === "batchEmbedContents") return batchEmbedContents(entry.json, model);

    const read = readBody(entry.json, "GenerateContentRequest");
    if ("refused" in read) return read.refused;
    const generation = readGeneration(read.value, model);
    if ("refused" in generation) return generation.refused;
    return generate({ generation, model, faults, id: `simulator-${++count}` }, { streamed: method === "streamGenerateContent", events: isEvents(entry) });
  };

  const simulator = await startSimulator({
    provider: "gemini",
    keyHeader: "x-goog-api-key",
    modelOf: (entry) => target(entry).id,
    answer,
    wording,
    controls: {
      models: (body) => setModels(/** @type {{ models: Model[] }} */ (body).models),
      catalogue: (body) => setCatalogue(/** @type {{ count: number }} */ (body).count),
    },
    reset: () => {
      listedOwn = own;
      invented = catalogue;
      count = 0;
      videos.clear();
    },
  }, options);
  return { ...simulator, apiUrl: `${simulator.url}${PREFIX}`, setModels, setCatalogue };
}

/**
 * "/v1beta/models/ID:METHOD"; an id may hold colons, as faults' tags do.
 * @param {Entry} entry
 * @returns {{ id: string, method: string }} both empty for other paths
 */
function target({ path, method: verb }) {
  const [, encoded = ""] = new RegExp(`^${PREFIX}/models/([^/]+)$`).exec(path) ?? [];
  const text = decoded(encoded);
  if (verb !== "POST") return { id: text, method: "" };
  const at = text.lastIndexOf(":");
  return at < 0 ? { id: text, method: "" } : { id: text.slice(0, at), method: text.slice(at + 1) };
}

/** @param {string} encoded a path that is no text is no model's */
function decoded(encoded) {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/** @param {Entry} entry */
function isEvents({ query }) {
  return new URLSearchParams(query).get("alt") === "sse";
}

/** @param {Entry} entry */
function keyOf({ headers }) {
  const key = headers["x-goog-api-key"];
  return typeof key === "string" ? key : "";
}

/**
 * @param {Entry} entry
 * @returns {Reply | undefined}
 */
function checkKey(entry) {
  // Google would take it. Here it is what a test looks for: an address is kept in histories and logs.
  if (new URLSearchParams(entry.query).has("key")) return invalid("The simulator refuses a key in the URL: send it in the header x-goog-api-key.");
  const key = keyOf(entry);
  if (key === "") return noKey();
  switch (Object.hasOwn(GEMINI_KEYS, key) ? GEMINI_KEYS[key] : undefined) {
    case undefined: return invalidKey();
    case "wrong-type": return wrongKindOfKey();
    case "blocked": return blockedKey();
    case "referrer": return foreignReferrer(String(entry.headers["referer"] ?? "<empty>"));
    default: return undefined;
  }
}
