// What the packages of `CATALOGUE_SOURCES` say of each model, in the mesh's own words. What they do not know is left out;
// above all a price: they write 0 for "not known".
import { filesInTarball } from "./tarball.mjs";
import { tarballOf } from "./setup-catalogue.mjs";
import { CATALOGUE_SOURCES } from "./versions.mjs";

/**
 * @typedef {object} Price USD per million tokens; `image`: USD per picture
 * @property {number} input
 * @property {number} output
 * @property {number} [cachedInput]
 * @property {number} [image]
 * @property {{ above: number, input: number, output: number, cachedInput?: number }} [long] of requests with a longer prompt
 * @property {boolean} [varies] it may be another: a source names dearer ones for long prompts, larger pictures or a later
 *   date, or the name moves from model to model
 *
 * @typedef {object} Model
 * @property {"gemini" | "openrouter" | "huggingface"} provider
 * @property {string} id as the provider writes it
 * @property {string} name
 * @property {"text" | "image" | "video"} type
 * @property {string[]} capabilities
 * @property {number} [context]
 * @property {number} [output]
 * @property {Price} [price]
 */

// The source writes this where OpenRouter's list gives no limit; of these models it is the true one.
const LIMIT_NOT_GIVEN = 4096;
const LIMITED_TO_IT = new Set(["openai/gpt-3.5-turbo-16k", "openai/gpt-4", "openai/gpt-4o-2024-05-13"]);

// Not to be asked by a plain text request: agents of another API, a model that only steers a computer.
const NOT_FOR_CHAT = /^deep-research-|-computer-use-/;

/**
 * Gemini's models that the first source leaves out. Prices are looked up; the limits are Google's model cards'. A
 * picture of the size 1K is 1120 tokens for each of them (Google's model cards and price list), larger ones are more.
 */
const PICTURE_TOKENS = 1120;
const GEMINI_PICTURES = [
  { id: "gemini-3-pro-image", name: "Gemini 3 Pro Image (Nano Banana Pro)", context: 65_536, output: 32_768, varies: true },
  { id: "gemini-3.1-flash-image", name: "Gemini 3.1 Flash Image (Nano Banana 2)", context: 131_072, output: 32_768, varies: true },
  { id: "gemini-3.1-flash-lite-image", name: "Gemini 3.1 Flash Lite Image (Nano Banana 2 Lite)", context: 65_536, output: 4096 },
];
const GEMINI_EMBEDDINGS = [
  { id: "gemini-embedding-001", name: "Gemini Embedding 001", context: 2048 },
  { id: "gemini-embedding-2", name: "Gemini Embedding 2", context: 8192 },
];

/** What the three packages hold, as they hold it. */
export async function readPackages() {
  const [models, prices, schemas] = [CATALOGUE_SOURCES.models, CATALOGUE_SOURCES.prices, CATALOGUE_SOURCES.schemas].map((source) => filesInTarball(tarballOf(source)));
  const listed = (name) => Object.values(JSON.parse(models.get(`dist/providers/data/${name}.json`))).flatMap((group) => Object.values(group));
  return {
    taken: JSON.parse(models.get("dist/providers/data/.manifest.json")).generatedAt.slice(0, 10),
    openrouter: listed("openrouter"),
    google: listed("google"),
    huggingface: listed("huggingface"),
    prices: await moduleOf(prices.get("dist/index.js")),
    schemas: await moduleOf(schemas.get("dist/esm/model-meta.js")),
  };
}

/** A module that imports nothing. */
function moduleOf(source) {
  return import(`data:text/javascript;base64,${source.toString("base64")}`);
}

/** @returns {Model[]} */
export function modelsIn(packages) {
  const google = googlePrices(packages);
  const openrouter = openRouterModels(packages);
  return [...geminiTexts(packages, google), ...geminiPictures(google), ...geminiEmbeddings(google), ...openrouter, ...openModels(packages, openrouter)];
}

/**
 * Google's own prices by model id, as the second source has them on the day of the catalogue.
 * @returns {(id: string) => { input: number, output?: number, picture?: number, varies: boolean } | undefined}
 */
export function googlePrices({ prices, taken }) {
  return (id) => {
    const found = prices.calcPrice({ input_tokens: 1 }, id, { providerId: "google", timestamp: new Date(taken) });
    if (!found) return undefined;
    const { input_mtok: input, output_mtok: output, output_image_mtok: picture } = found.model_price;
    const dated = Array.isArray(found.model.prices);
    return { input: base(input), output: base(output), picture: base(picture), varies: dated || isTiered(input) || isTiered(output) };
  };
}

const isTiered = (price) => typeof price === "object";
const base = (price) => (isTiered(price) ? price.base : price);

function geminiTexts({ google }, priceOf) {
  return google.filter(({ id, type }) => type === "chat" && !NOT_FOR_CHAT.test(id)).map((model) => ({
    ...facts("gemini", model),
    // Every Gemini takes a response schema and Google Search beside its tools; the Gemma models do not.
    capabilities: [...talents(model), ...(model.id.startsWith("gemini-") ? ["json", "search"] : [])],
    price: geminiPrice(model, priceOf(model.id)),
  }));
}

/** The Gemma models have no paid tier at Google: there, and only there, nothing is a price. */
function geminiPrice(model, google) {
  if (model.id.startsWith("gemma-")) return { input: 0, output: 0 };
  const price = tokenPrice(model);
  return price && (google?.varies ? { ...price, varies: true } : price);
}

function geminiPictures(priceOf) {
  return GEMINI_PICTURES.map(({ varies = false, ...model }) => {
    const { input, output, picture } = priceOf(model.id);
    return { provider: "gemini", type: "image", ...model, capabilities: ["image-edit"], price: { input, output, image: picture * PICTURE_TOKENS / 1e6, varies } };
  });
}

function geminiEmbeddings(priceOf) {
  return GEMINI_EMBEDDINGS.map((model) => {
    const { input } = priceOf(model.id);
    return { provider: "gemini", type: "text", ...model, capabilities: ["embedding"], price: { input, output: 0 } };
  });
}

function openRouterModels({ openrouter, schemas }) {
  const found = new Map();
  for (const model of openrouter) {
    // Batches answer within a day; classifiers answer no prompt; what has no vendor is the source's own.
    if (model.id.endsWith(":batch") || model.type === "classifier" || !model.id.includes("/")) continue;
    // Listed twice: what makes pictures too. The routers stay what they are first of all.
    if (found.has(model.id) && (model.type !== "image" || model.id.startsWith("openrouter/"))) continue;
    found.set(model.id, model.type === "image" ? openRouterPicture(model) : openRouterText(model, schemas));
  }
  for (const id of schemas.OPENROUTER_VIDEO_MODELS) {
    if (!found.has(id)) found.set(id, { provider: "openrouter", id, name: schemas.OPENROUTER_VIDEO_MODEL_META[id].name, type: "video", capabilities: [] });
  }
  return [...found.values()];
}

function openRouterText(model, schemas) {
  const schema = schemas.OPENROUTER_COMBINED_TOOLS_AND_SCHEMA_MODELS.has(model.id) ? ["json"] : [];
  const output = model.maxTokens === LIMIT_NOT_GIVEN && !LIMITED_TO_IT.has(model.id) ? undefined : model.maxTokens;
  return {
    ...facts("openrouter", model),
    output,
    // OpenRouter's web plugin searches for any model.
    capabilities: [...talents(model), ...schema, "search"],
    price: model.id.endsWith(":free") ? { input: 0, output: 0 } : tokenPrice(model),
  };
}

/** OpenRouter's list has no price per picture, and its price per token is that of the words beside the picture. */
function openRouterPicture(model) {
  return { ...facts("openrouter", model), type: "image", capabilities: model.input.includes("image") ? ["image-edit"] : [] };
}

/** Open models that only others host: no provider of the mesh, but a model of that name at hand is known by them. */
function openModels({ huggingface }, listed) {
  const nameOf = (id) => id.slice(id.indexOf("/") + 1).toLowerCase();
  const known = new Set(listed.map(({ id }) => nameOf(id)));
  return huggingface
    .filter(({ id, type }) => type === "chat" && !known.has(nameOf(id)))
    .map((model) => ({ ...facts("huggingface", model), output: undefined, capabilities: talents(model) }));
}

function facts(provider, { id, name, contextWindow, maxTokens }) {
  return { provider, id, name: name.replace(/\s+/g, " ").trim(), type: "text", context: contextWindow, output: maxTokens };
}

/** The source lists only models that call tools. */
function talents({ input, reasoning }) {
  return [...(input.includes("image") ? ["vision"] : []), "tools", ...(reasoning ? ["reasoning"] : [])];
}

/** @returns {Price | undefined} nothing where both are 0: that is how the source writes "not known" */
function tokenPrice({ id, cost: { input, output, cacheRead, tiers } }) {
  if (!input && !output) return undefined;
  const varies = tiers !== undefined || id.endsWith("-latest");
  return { input, output, ...(cacheRead > 0 && { cachedInput: cacheRead }), ...(varies && { varies }), ...(tiers && { long: longPrice(tiers) }) };
}

/** Where there are several steps, the dearest from the first on: nothing is to cost more than was reckoned. */
function longPrice(tiers) {
  const dearest = (name) => Math.max(...tiers.map((tier) => tier[name]));
  const above = Math.min(...tiers.map(({ inputTokensAbove }) => inputTokensAbove));
  return { above, input: dearest("input"), output: dearest("output"), ...(tiers.every(({ cacheRead }) => cacheRead > 0) && { cachedInput: dearest("cacheRead") }) };
}
