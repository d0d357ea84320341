// Makes the built-in catalogue of models, pkg/src/generated/catalogue.ts, from the packages in `CATALOGUE_SOURCES`.
// The same sources give the same bytes. To refresh it: new versions and digests in scripts/versions.mjs, then
//   node scripts/make-catalogue.mjs
// The format is described where it is read: src/core/catalog/snapshot.rs.
import { readFileSync } from "node:fs";
import { writeWhole } from "./cache.mjs";
import { modelsIn, readPackages } from "./catalogue-sources.mjs";
import { inRepository } from "./repository.mjs";
import { fetchCatalogueSources } from "./setup-catalogue.mjs";
import { sizeOf } from "./sizes.mjs";
import { StepFailure, runWhenStartedAlone } from "./step.mjs";
import { CATALOGUE_SOURCES } from "./versions.mjs";

export const CATALOGUE_FILE = inRepository("pkg", "src", "generated", "catalogue.ts");
export const LARGEST_BROTLI = 15 * 1024;

const TYPE_LETTERS = { text: "", image: "I", video: "V" };
const CAPABILITY_LETTERS = { vision: "v", tools: "t", reasoning: "r", json: "j", search: "s", "image-edit": "e", embedding: "b" };

/** The packed catalogue. */
export function packCatalogue(models, { taken, from }) {
  const lines = ["hkm-mesh catalogue 1", `taken ${taken}`, `from ${from}`];
  let provider;
  for (const model of [...models].sort((a, b) => compare(a.provider, b.provider) || compare(a.id, b.id))) {
    if (model.provider !== provider) lines.push(`=${model.provider}`);
    provider = model.provider;
    lines.push(packModel(model));
  }
  return `${lines.join("\n")}\n`;
}

/** One line: id, name, type and capabilities, context, most output tokens, prices; what is missing at the end is left away. */
export function packModel({ id, name, type, capabilities, context, output, price }) {
  const letters = Object.keys(CAPABILITY_LETTERS).filter((word) => capabilities.includes(word)).map((word) => CAPABILITY_LETTERS[word]).join("");
  if (letters.length !== capabilities.length) throw new StepFailure(`${id} has a capability without a letter: ${capabilities.join(", ")}`);
  if (/[|`\\$\r\n]/.test(id + name)) throw new StepFailure(`${id} cannot be written: ${name}`);
  return [id, name, TYPE_LETTERS[type] + letters, count(context), count(output), packPrice(price)].join("|").replace(/\|+$/, "");
}

function packPrice(price) {
  if (!price) return "";
  const { input, output, cachedInput, image, varies, long } = price;
  const words = [decimal(input), decimal(output)];
  if (cachedInput !== undefined) words.push(`c${decimal(cachedInput)}`);
  if (image !== undefined) words.push(`i${decimal(image)}`);
  if (varies) words.push("+");
  if (long) {
    words.push(`>${count(long.above)}`, decimal(long.input), decimal(long.output));
    if (long.cachedInput !== undefined) words.push(`c${decimal(long.cachedInput)}`);
  }
  return words.join(" ");
}

function count(number) {
  if (number === undefined) return "";
  if (!Number.isSafeInteger(number) || number <= 0) throw new StepFailure(`${number} is no number of tokens`);
  return String(number);
}

/** A millionth of a dollar per million tokens is a whole pico-dollar per token: six digits are exact, more there are not. */
export function decimal(usd) {
  const text = usd.toFixed(6).replace(/\.?0+$/, "");
  if (!(usd >= 0) || Math.abs(Number(text) - usd) > 1e-12) throw new StepFailure(`${usd} is no price of whole pico-dollars per token`);
  return text;
}

function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}

/** As a module of its own, so that bundlers make a file of it that is fetched when it is first needed. */
export function asModule(packed) {
  return "// Written by scripts/make-catalogue.mjs from public catalogues of models; see NOTICE.\n\n"
    + "/** What was known of hosted models on the day it says. Prices in USD. Read by `src/core/catalog/snapshot.rs`. */\n"
    + `export const catalogue: string = \`${packed}\`;\n`;
}

/** The packed catalogue in a module that `asModule` wrote. */
export function packedIn(module) {
  return module.split("`")[3];
}

export async function makeCatalogue() {
  const packages = await readPackages();
  const from = Object.values(CATALOGUE_SOURCES).map(({ name, version }) => `${name} ${version}`).join(", ");
  return asModule(packCatalogue(modelsIn(packages), { taken: packages.taken, from }));
}

/** What was made: its models by provider, and its size. */
export function describeCatalogue(module) {
  const counts = {};
  let provider;
  for (const line of packedIn(module).split("\n").slice(3)) {
    if (line.startsWith("=")) provider = line.slice(1);
    else if (line) counts[provider] = (counts[provider] ?? 0) + 1;
  }
  return { counts, ...sizeOf(Buffer.from(module)) };
}

await runWhenStartedAlone(import.meta.url, async () => {
  await fetchCatalogueSources();
  const module = await makeCatalogue();
  const { counts, raw, brotli } = describeCatalogue(module);
  process.stdout.write(`${Object.entries(counts).map(([provider, models]) => `${models} ${provider}`).join(", ")}; ${raw} bytes, ${brotli} brotli\n`);
  if (brotli > LARGEST_BROTLI) throw new StepFailure(`the catalogue has ${brotli} bytes brotli, more than ${LARGEST_BROTLI}`);
  if (readFileSync(CATALOGUE_FILE, { encoding: "utf8", flag: "a+" }) === module) return;
  await writeWhole(CATALOGUE_FILE, module);
});
