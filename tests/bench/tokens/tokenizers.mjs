// Counts texts with real tokenizers. Counts are kept, since most of a run's time goes into them.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { cache, npmFolder, wheels } from "./fetch.mjs";

/** A tokenizer as a file of Hugging Face's format says. */
function fromFile(name) {
  return async (texts) => {
    const { Tokenizer } = await import("@huggingface/tokenizers");
    const file = (part) => JSON.parse(readFileSync(join(npmFolder(`@lenml/tokenizer-${name}`), part), "utf8"));
    const tokenizer = new Tokenizer(file("tokenizer.json"), file("tokenizer_config.json"));
    return texts.map((text) => tokenizer.encode(text, { add_special_tokens: false }).ids.length);
  };
}

function fromOpenAi(load) {
  return async (texts) => {
    const { encode } = await load();
    return texts.map((text) => encode(text, { allowedSpecial: "all" }).length);
  };
}

function claude(place) {
  return (texts) => {
    const output = execFileSync("python3", [fileURLToPath(new URL("count_claude.py", import.meta.url))], {
      env: { ...process.env, PYTHONPATH: wheels },
      input: texts.map((text) => `${JSON.stringify(text)}\n`).join(""),
      maxBuffer: 1 << 28,
    });
    return output.toString().trim().split("\n").map((line) => JSON.parse(line)[place]);
  };
}

/** By the name of the family in `src/core/estimate/tokens.rs`. */
export const FAMILIES = {
  OpenAi: ["o200k", fromOpenAi(() => import("gpt-tokenizer/encoding/o200k_base"))],
  OpenAiOld: ["cl100k", fromOpenAi(() => import("gpt-tokenizer/encoding/cl100k_base"))],
  Claude: ["ctok 3.0", claude(0)],
  ClaudeNew: ["ctok 4.8", claude(1)],
  Gemini: ["Gemma 3", fromFile("gemma3")],
  Llama: ["Llama 3", fromFile("llama3")],
  LlamaOld: ["Llama 2", fromFile("llama2")],
  Mistral: ["Tekken", fromFile("mistral_nemo")],
  Qwen: ["Qwen 3", fromFile("qwen3")],
  DeepSeek: ["DeepSeek V3", fromFile("deepseek_v3")],
};

/** Tokenizers that no family is fitted to, to see what the row for unknown models is worth. */
export const STRANGERS = {
  Command: ["Command R+", fromFile("command_r_plus")],
  Gpt2: ["GPT-2", fromOpenAi(() => import("gpt-tokenizer/encoding/r50k_base"))],
};

const digest = (text) => createHash("sha256").update(text).digest("base64url").slice(0, 16);

/** Counts of all texts by all tokenizers, by name. */
export async function countAll(texts) {
  const folder = join(cache, "counts");
  mkdirSync(folder, { recursive: true });
  const digests = texts.map(digest);
  const counts = {};
  for (const [name, [title, count]] of Object.entries({ ...FAMILIES, ...STRANGERS })) {
    const path = join(folder, `${name}.json`);
    const known = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
    const missing = texts.filter((_, place) => known[digests[place]] === undefined);
    if (missing.length > 0) {
      console.error(`counting ${missing.length} texts with ${title}`);
      const found = await count(missing);
      missing.forEach((text, place) => (known[digest(text)] = found[place]));
      writeFileSync(path, JSON.stringify(known));
    }
    counts[name] = digests.map((one) => known[one]);
  }
  return counts;
}
