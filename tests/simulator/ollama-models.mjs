// @ts-check
/** The models a simulated Ollama has: what is installed, what is loaded, and what the server says of them. */
import { createHash } from "node:crypto";
import { instant } from "./go-encoding.mjs";
import { splitModel } from "./faults.mjs";

/**
 * @typedef {object} Model
 * @property {string} name with its tag
 * @property {string[]} capabilities
 * @property {number} [size] bytes
 * @property {string} [digest]
 * @property {string} [modifiedAt]
 * @property {string} [parent]
 * @property {string} [family]
 * @property {string} [parameterSize]
 * @property {string} [quantization]
 * @property {number} [contextLength] what the model could take
 * @property {number} [embeddingLength]
 * @property {string} [remoteHost] set for a model that runs in the cloud
 * @property {string} [remoteModel]
 */

/** @type {readonly Model[]} */
export const defaultModels = Object.freeze([
  { name: "simulator:latest", capabilities: ["completion"], size: 98_362_745, modifiedAt: "2026-08-20T14:02:11.5+02:00" },
  { name: "simulator-tools:latest", capabilities: ["completion", "tools"], size: 2_019_393_189, parameterSize: "3.2B" },
  { name: "simulator-thinking:latest", capabilities: ["completion", "tools", "thinking"], size: 5_225_388_164, parameterSize: "8.2B", family: "qwen3", contextLength: 40_960 },
  { name: "simulator-vision:latest", capabilities: ["completion", "vision"], size: 3_338_801_804, parameterSize: "4.3B" },
  { name: "simulator-embed:latest", capabilities: ["embedding"], size: 274_302_450, parameterSize: "137M", contextLength: 2048, embeddingLength: 32 },
]);

/** A model whose prompts leave the machine: "local only" must never choose it. */
export const cloudModel = Object.freeze({
  name: "simulator-cloud:latest",
  capabilities: ["completion", "tools"],
  size: 384,
  remoteHost: "https://ollama.com:443",
  remoteModel: "simulator",
});

const FIVE_MINUTES = 300_000;

export class Models {
  /** @type {Model[]} */
  #installed;
  /** @type {Map<string, { expiresAt: number, context: number }>} */
  #loaded = new Map();
  #old;

  /**
   * @param {readonly Model[]} installed
   * @param {{ old: boolean }} options old: a server from before `capabilities` were listed
   */
  constructor(installed, { old }) {
    this.#installed = [...installed];
    this.#old = old;
  }

  /**
   * An installed model by its name; with a tag that names faults, the model of that name without the tag will do.
   * @param {string} name
   * @returns {Model | undefined}
   */
  find(name) {
    const { base, faults } = splitModel(name);
    const exact = this.#named(name);
    if (exact !== undefined || faults.length === 0) return exact;
    const found = this.#named(base);
    return found && { ...found, name };
  }

  /**
   * @param {string} name
   * @returns {Model | undefined}
   */
  #named(name) {
    const wanted = withTag(name).toLowerCase();
    return this.#installed.find((model) => model.name.toLowerCase() === wanted);
  }

  /** @param {string} name */
  isListed(name) {
    return this.#installed.some((model) => model.name === withTag(name));
  }

  /** @param {readonly Model[]} models */
  replace(models) {
    this.#installed = [...models];
    this.#loaded.clear();
  }

  /** @param {Model} model */
  install(model) {
    if (!this.isListed(model.name)) this.#installed.unshift(model);
  }

  /**
   * @param {string} name
   * @param {{ keepAliveMs?: number, context: number, now: number }} options
   */
  load(name, { keepAliveMs = FIVE_MINUTES, context, now }) {
    if (keepAliveMs === 0) this.#loaded.delete(withTag(name));
    else this.#loaded.set(withTag(name), { expiresAt: now + keepAliveMs, context });
  }

  /**
   * The context a model has now; undefined when it is not loaded.
   * @param {string} name
   * @param {number} now
   */
  loadedContext(name, now) {
    const loaded = this.#loaded.get(withTag(name));
    return loaded === undefined || loaded.expiresAt <= now ? undefined : loaded.context;
  }

  /** `GET /api/tags` */
  list() {
    return { models: this.#installed.map((model) => this.#listed(model)) };
  }

  /** @param {Model} model */
  #listed(model) {
    const { name, modifiedAt, size, digest, capabilities, remoteHost, remoteModel } = complete(model);
    const { details, lengths } = describe(model);
    return {
      name,
      model: name,
      remote_model: remoteModel,
      remote_host: remoteHost,
      modified_at: modifiedAt,
      size,
      digest,
      details: this.#old ? details : { ...details, ...lengths },
      capabilities: this.#old ? undefined : capabilities,
    };
  }

  /**
   * `GET /api/ps`
   * @param {number} now
   */
  running(now) {
    const models = [...this.#loaded].filter(([, { expiresAt }]) => expiresAt > now).sort(([, a], [, b]) => b.expiresAt - a.expiresAt);
    return {
      models: models.flatMap(([name, { expiresAt, context }]) => {
        const model = this.find(name);
        if (model === undefined) return [];
        const { size, digest } = complete(model);
        const { details } = describe(model);
        // "For ever" is three centuries in Go.
        const expires = Number.isFinite(expiresAt) ? instant(expiresAt) : "2318-01-01T00:00:00Z";
        return [{ name, model: name, size, digest, details, expires_at: expires, size_vram: size, context_length: this.#old ? undefined : context }];
      }),
    };
  }

  /**
   * `POST /api/show`
   * @param {Model} model
   */
  show(model) {
    const { modifiedAt, capabilities, remoteHost, remoteModel } = complete(model);
    const { details, lengths } = describe(model);
    const template = "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n";
    return {
      modelfile: `# Modelfile generated by the Ollama simulator\n\nFROM ${model.name}\nTEMPLATE "${template}"\nPARAMETER stop <|im_end|>\n`,
      parameters: 'stop                           "<|im_start|>"\nstop                           "<|im_end|>"',
      template,
      details,
      remote_model: remoteModel,
      remote_host: remoteHost,
      model_info: modelInfo(details.family, lengths),
      tensors: remoteHost === undefined ? tensors(lengths.embedding_length) : undefined,
      capabilities: this.#old ? undefined : capabilities,
      modified_at: modifiedAt,
    };
  }
}

/**
 * @param {string} name
 * @returns {string}
 */
export function withTag(name) {
  return name.slice(name.lastIndexOf("/") + 1).includes(":") ? name : `${name}:latest`;
}

/**
 * @param {Model} model
 */
function complete(model) {
  return {
    modifiedAt: "2026-08-01T10:00:00.98765432Z",
    size: 98_362_745,
    digest: createHash("sha256").update(model.name).digest("hex"),
    ...model,
  };
}

/**
 * The lengths are apart: only the list of models has them among the details.
 * @param {Model} model
 */
function describe({ parent = "", family = "llama", parameterSize = "134.52M", quantization = "Q4_K_M", contextLength = 8192, embeddingLength = 576 }) {
  return {
    details: {
      parent_model: parent,
      format: "gguf",
      family,
      families: [family],
      parameter_size: parameterSize,
      quantization_level: quantization,
    },
    lengths: { context_length: contextLength, embedding_length: embeddingLength },
  };
}

/**
 * The keys that a real server sends, with arrays withheld as null.
 * @param {string} family
 * @param {{ context_length: number, embedding_length: number }} lengths
 */
function modelInfo(family, lengths) {
  return {
    "general.architecture": family,
    "general.basename": "simulator",
    "general.file_type": 3,
    "general.finetune": "none",
    "general.languages": null,
    "general.license": "none",
    "general.organization": "simulator",
    "general.parameter_count": 134_515_008,
    "general.quantization_version": 2,
    "general.size_label": "135M",
    "general.type": "model",
    [`${family}.attention.head_count`]: 9,
    [`${family}.attention.head_count_kv`]: 3,
    [`${family}.attention.layer_norm_rms_epsilon`]: 0.00001,
    [`${family}.block_count`]: 30,
    [`${family}.context_length`]: lengths.context_length,
    [`${family}.embedding_length`]: lengths.embedding_length,
    [`${family}.feed_forward_length`]: 1536,
    [`${family}.rope.dimension_count`]: 64,
    [`${family}.rope.freq_base`]: 100_000,
    [`${family}.vocab_size`]: 49_152,
    "tokenizer.ggml.add_bos_token": false,
    "tokenizer.ggml.add_space_prefix": false,
    "tokenizer.ggml.bos_token_id": 1,
    "tokenizer.ggml.eos_token_id": 2,
    "tokenizer.ggml.merges": null,
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.padding_token_id": 2,
    "tokenizer.ggml.pre": "simulator",
    "tokenizer.ggml.token_type": null,
    "tokenizer.ggml.tokens": null,
    "tokenizer.ggml.unknown_token_id": 0,
  };
}

/**
 * A real answer lists some hundred tensors, unasked: clients meet a body of 20 KB.
 * @param {number} embedding
 */
function tensors(embedding) {
  const parts = ["attn_k", "attn_norm", "attn_output", "attn_q", "attn_v", "ffn_down", "ffn_gate", "ffn_norm", "ffn_up"];
  const blocks = Array.from({ length: 30 }, (_, block) => parts.map((part) => `blk.${block}.${part}.weight`)).flat();
  return [
    { name: "token_embd.weight", type: "Q8_0", shape: [embedding, 49_152] },
    ...blocks.map((name) => (name.includes("norm") ? { name, type: "F32", shape: [embedding] } : { name, type: "Q4_1", shape: [embedding, embedding] })),
    { name: "output_norm.weight", type: "F32", shape: [embedding] },
  ];
}
