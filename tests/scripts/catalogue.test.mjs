import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { modelsIn, readPackages } from "../../scripts/catalogue-sources.mjs";
import { CATALOGUE_FILE, LARGEST_BROTLI, asModule, decimal, describeCatalogue, makeCatalogue, packCatalogue, packModel, packedIn } from "../../scripts/make-catalogue.mjs";
import { inRepository } from "../../scripts/repository.mjs";
import { whyNoSources } from "../../scripts/setup-catalogue.mjs";
import { filesInTar } from "../../scripts/tarball.mjs";
import { CATALOGUE_SOURCES } from "../../scripts/versions.mjs";

const committed = readFileSync(CATALOGUE_FILE, "utf8").replaceAll("\r\n", "\n");
const skip = whyNoSources() ?? false;

/** The lines of a packed catalogue, read without the code that wrote them. */
function modelsOf(packed) {
  let provider;
  const models = new Map();
  for (const line of packed.trimEnd().split("\n").slice(3)) {
    if (line.startsWith("=")) {
      provider = line.slice(1);
      continue;
    }
    const [id, name, letters = "", context = "", output = "", prices = ""] = line.split("|");
    assert.equal(models.has(`${provider} ${id}`), false, `${id} is there twice`);
    models.set(`${provider} ${id}`, { provider, id, name, letters, context, output, prices, line });
  }
  return models;
}

test("the committed catalogue is what its sources give", { skip }, async () => {
  assert.equal(committed, await makeCatalogue());
});

test("the catalogue is small enough to be fetched in passing, and holds some hundreds of models", () => {
  const { counts, brotli } = describeCatalogue(committed);
  assert.ok(brotli <= LARGEST_BROTLI, `${brotli} bytes brotli`);
  assert.ok(counts.gemini > 20 && counts.openrouter > 300, JSON.stringify(counts));
});

test("every model of the catalogue is well-formed", () => {
  const price = String.raw`\d+(\.\d{1,6})?`;
  const prices = new RegExp(`^(${price} ${price}( c${price})?( i${price})?( \\+)?( >[1-9]\\d* ${price} ${price}( c${price})?)?)?$`);
  for (const { provider, id, name, letters, context, output, prices: found, line } of modelsOf(packedIn(committed)).values()) {
    assert.match(provider, /^(gemini|openrouter|huggingface)$/, line);
    assert.match(id, provider === "gemini" ? /^[\w.-]+$/ : /^~?[\w.-]+\/[\w.:-]+$/, line);
    assert.match(name, /^\S(.*\S)?$/, line);
    assert.match(letters, /^(I?|V?)v?t?r?j?s?e?b?$/, line);
    assert.match(context, /^([1-9]\d*)?$/, line);
    assert.match(output, /^([1-9]\d*)?$/, line);
    assert.match(found, prices, line);
    assert.ok(!output || !context || Number(output) <= Number(context), `its answer is longer than its context: ${line}`);
  }
});

test("the catalogue says from which day and which packages it is, and the notice names them", () => {
  const [format, taken, from] = packedIn(committed).split("\n");
  assert.equal(format, "hkm-mesh catalogue 1");
  assert.match(taken, /^taken 20\d\d-[01]\d-[0-3]\d$/);
  const notice = readFileSync(inRepository("pkg", "NOTICE"), "utf8");
  for (const { name, version } of Object.values(CATALOGUE_SOURCES)) {
    assert.ok(from.includes(`${name} ${version}`), `${name} ${version} is not in: ${from}`);
    assert.ok(notice.includes(name), `pkg/NOTICE does not name ${name}`);
  }
});

test("every price is the one its source names, and none where the source knows none", { skip }, async () => {
  const packages = await readPackages();
  const models = modelsOf(packedIn(committed));
  const free = [];
  for (const [provider, list] of [["openrouter", packages.openrouter], ["gemini", packages.google]]) {
    for (const { id, type, cost } of list) {
      const model = models.get(`${provider} ${id}`);
      if (!model || type !== "chat" || model.letters.startsWith("I")) continue;
      const [input, output, ...rest] = model.prices.split(" ");
      if (cost.input === 0 && cost.output === 0) {
        if (model.prices) free.push(id);
        continue;
      }
      assert.deepEqual([Number(input), Number(output)], [cost.input, cost.output], id);
      assert.equal(Number(rest.find((word) => word.startsWith("c"))?.slice(1) ?? 0), cost.cacheRead, id);
      if (cost.tiers) assert.ok(rest.includes("+"), `${id} has tiers`);
    }
  }
  assert.ok(free.length > 5);
  for (const id of free) assert.match(id, /:free$|^gemma-/);
});

test("two sources that do not know of each other agree on Google's prices", { skip }, async () => {
  const { google, prices, taken } = await readPackages();
  const compared = google.filter(({ id, cost }) => {
    const found = prices.calcPrice({ input_tokens: 1 }, id, { providerId: "google", timestamp: new Date(taken) });
    if (!found || cost.input === 0 || /^deep-research/.test(id)) return false;
    const base = (price) => price.base ?? price;
    assert.deepEqual([base(found.model_price.input_mtok), base(found.model_price.output_mtok)], [cost.input, cost.output], id);
    return true;
  });
  assert.ok(compared.length >= 12, compared.map(({ id }) => id).join(" "));
});

test("the limits of a source that writes a number for what it does not know are left out", { skip }, () => {
  const models = modelsOf(packedIn(committed));
  assert.equal(models.get("openrouter openrouter/auto").output, "");
  assert.equal(models.get("openrouter openai/gpt-4").output, "4096");
});

const packages = (openrouter) => ({
  taken: "2026-11-10",
  google: [],
  huggingface: [],
  openrouter,
  prices: { calcPrice: () => ({ model: { prices: {} }, model_price: { input_mtok: 1, output_mtok: 2, output_image_mtok: 100 } }) },
  schemas: { OPENROUTER_COMBINED_TOOLS_AND_SCHEMA_MODELS: new Set(["a/b"]), OPENROUTER_VIDEO_MODELS: ["v/film"], OPENROUTER_VIDEO_MODEL_META: { "v/film": { name: "Film" } } },
});
const chat = (id, cost, more = {}) => ({ type: "chat", id, name: id, reasoning: false, input: ["text"], contextWindow: 1000, maxTokens: 100, cost: { cacheRead: 0, ...cost }, ...more });
const packedOpenRouter = (models) => modelsIn(packages(models)).filter(({ provider }) => provider === "openrouter").map(packModel);

test("an unknown price is left away, a free one is zero", () => {
  assert.deepEqual(packedOpenRouter([chat("a/b", { input: 0, output: 0 }), chat("a/c:free", { input: 0, output: 0 })]), [
    "a/b|a/b|tjs|1000|100",
    "a/c:free|a/c:free|ts|1000|100|0 0",
    "v/film|Film|V",
  ]);
});

test("of tiered prices and names that move the price is marked, and those of long prompts follow: the dearest, from the first step on", () => {
  const tiers = [{ inputTokensAbove: 500, input: 2, output: 4, cacheRead: 0.5 }];
  const steps = [...tiers, { inputTokensAbove: 900, input: 3, output: 3, cacheRead: 0 }];
  assert.deepEqual(packedOpenRouter([chat("a/c", { input: 1, output: 2, cacheRead: 0.25, tiers }), chat("~a/x-latest", { input: 1, output: 2 })]).slice(0, 2), [
    "a/c|a/c|ts|1000|100|1 2 c0.25 + >500 2 4 c0.5",
    "~a/x-latest|~a/x-latest|ts|1000|100|1 2 +",
  ]);
  assert.equal(packedOpenRouter([chat("a/c", { input: 1, output: 2, cacheRead: 0.25, tiers: steps })])[0], "a/c|a/c|ts|1000|100|1 2 c0.25 + >500 3 4");
});

test("what is not asked by a prompt is left out, and a picture has no price by the word", () => {
  const cost = { input: 1, output: 2 };
  const listed = [chat("a/c:batch", cost), chat("auto", cost), chat("a/d", cost, { type: "classifier" }), chat("a/p", cost, { input: ["text", "image"] })];
  const picture = { type: "image", id: "a/p", name: "  A:  P ", input: ["text", "image"], cost };
  assert.deepEqual(packedOpenRouter([...listed, picture]), ["a/p|A: P|Ie", "v/film|Film|V"]);
});

test("a model that cannot be written is refused by name", () => {
  const model = { id: "a/b", name: "A", type: "text", capabilities: [] };
  assert.throws(() => packModel({ ...model, name: "A|B" }), /a\/b cannot be written/);
  assert.throws(() => packModel({ ...model, name: "`" }), /cannot be written/);
  assert.throws(() => packModel({ ...model, capabilities: ["flying"] }), /flying/);
  assert.throws(() => packModel({ ...model, context: 0.5 }), /no number of tokens/);
  assert.throws(() => packModel({ ...model, price: { input: 1e-7, output: 1 } }), /no price/);
});

test("prices are written in full, without an exponent", () => {
  assert.deepEqual([0, 10, 0.1, 0.000001, 100, 0.083333].map(decimal), ["0", "10", "0.1", "0.000001", "100", "0.083333"]);
});

test("the order of the models does not depend on that of the sources", () => {
  const models = ["b", "a", "B"].map((id) => ({ provider: "openrouter", id, name: id, type: "text", capabilities: [] }));
  const packed = packCatalogue(models, { taken: "2026-11-10", from: "a test" });
  assert.equal(packed, packCatalogue(models.toReversed(), { taken: "2026-11-10", from: "a test" }));
  assert.equal(packedIn(asModule(packed)), packed);
  assert.match(packed, /=openrouter\nB\|B\na\|a\nb\|b\n$/);
});

test("a tarball is read with names of any length", () => {
  const entry = (name, content, type = "0") => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(content.length.toString(8).padStart(11, "0"), 124);
    header.write(type, 156);
    return Buffer.concat([header, Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)]);
  };
  const long = `package/${"x".repeat(120)}.json`;
  const tar = Buffer.concat([entry("package/a.txt", "hello"), entry("PaxHeader", `${long.length + 10} path=${long}\n`, "x"), entry("cut", "y".repeat(513)), entry("package/folder/", "", "5"), Buffer.alloc(1024)]);
  const files = filesInTar(tar);
  assert.deepEqual([...files.keys()], ["a.txt", long.slice("package/".length)]);
  assert.equal(files.get("a.txt").toString(), "hello");
  assert.equal(files.get(long.slice("package/".length)).length, 513);
});
