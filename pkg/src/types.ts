/// <reference lib="esnext.disposable" preserve="true" />
// The contract's types. What crosses from Rust comes from `generated/types.ts`; by hand stands only what Rust cannot
// know: blobs, promises, functions, and inputs that are wider than what crosses.
import type { MeshError } from "./error.js";
import type * as core from "./generated/types.js";
import type { PreviewMembers } from "./preview-types.js";
import type { Diagnosis } from "./remedies.js";

export type {
  Attempt,
  Decision,
  Explanation,
  Goal,
  Locality,
  Modality,
  ModelConfig,
  OpenRouterOptions,
  ProviderHealth,
  QueueEntry,
  Reason,
  Receipt,
  StorageState,
  Tool,
  ToolCall,
  Usage,
} from "./generated/types.js";

export type { Diagnosis } from "./remedies.js";

/** A built-in provider, or the name of one that was set up or registered. */
export type ModelProvider = "gemini" | "ollama" | "openrouter" | "comfyui" | (string & {});

/** `get()` returns the same reference until something changed, and both methods can be passed on their own: made for `useSyncExternalStore`. */
export interface Observable<T> {
  get: () => T;
  subscribe: (onChange: () => void) => () => void;
}

/** What a policy may say; its limits are absolute. */
export type Policy = core.Policy;

/** One provider's set-up. */
export interface ProviderOptions {
  /** Needed only for names other than the four built in. `openai`: any server with that API. */
  kind?: core.ProviderKind;
  /** An origin for Ollama and ComfyUI, else the API's root. */
  endpoint?: string;
  /** Stays in this page's memory; a function is asked each time a request leaves. */
  apiKey?: string | (() => string | Promise<string>);
  /** Loopback is `"device"` by itself; everything else counts as cloud until it is said. */
  locality?: core.Locality;
  headers?: Record<string, string>;
  /** For OpenRouter only: which of its hosts may answer, and under which name the app is shown there. */
  openrouter?: core.OpenRouterOptions;
  disabled?: boolean;
}

export interface CacheOptions {
  /** For how long an answer is as good as new; a day by default. */
  ttlMs?: number;
  /** How much may lie on the disk; 50,000,000 by default. */
  maxBytes?: number;
  /** For how long after that it is given once more while it is asked for anew; 0 by default. */
  staleWhileRevalidateMs?: number;
}

export interface MeshOptions {
  /** By name. Ollama and ComfyUI are looked for on this machine unless disabled. */
  providers?: Record<string, ProviderOptions>;
  /** For requests that bring none; `"balanced"` by default. */
  policy?: core.Goal | Policy;
  storage?: "indexeddb" | "memory";
  /** The database's name, `"hkm-mesh"` by default. Meshes of one name share one core. */
  name?: string;
  /** Answers are kept for a day, pictures and vectors for 90, 200 MB of them all, unless it is said otherwise. */
  cache?: CacheOptions | false;
  budget?: BudgetLimits;
  guard?: GuardOptions;
  limits?: { requestsPerMinute?: number; tokensPerMinute?: number; concurrency?: number };
  timeouts?: { connectMs?: number; firstTokenMs?: number; idleMs?: number; totalMs?: number };
  /** Where the WebAssembly comes from, if not from the package. A page loads it once: the first mesh that is used decides. */
  wasm?: URL | BufferSource | WebAssembly.Module;
}
/** The words a schema may be written with in place; without their names TypeScript would call each of them one too many. */
type SchemaKeywords = {
  readonly [keyword in
    | "$schema" | "$id" | "$ref" | "$defs" | "$comment" | "$anchor" | "$dynamicRef" | "$dynamicAnchor" | "definitions"
    | "title" | "description" | "default" | "examples" | "deprecated" | "readOnly" | "writeOnly" | "nullable"
    | "type" | "enum" | "const" | "format" | "multipleOf" | "maximum" | "exclusiveMaximum" | "minimum" | "exclusiveMinimum"
    | "maxLength" | "minLength" | "pattern" | "contentEncoding" | "contentMediaType" | "contentSchema"
    | "items" | "prefixItems" | "additionalItems" | "unevaluatedItems" | "contains" | "maxContains" | "minContains" | "maxItems" | "minItems" | "uniqueItems"
    | "properties" | "patternProperties" | "additionalProperties" | "unevaluatedProperties" | "propertyNames" | "required" | "maxProperties" | "minProperties"
    | "dependentRequired" | "dependentSchemas" | "dependencies" | "propertyOrdering"
    | "allOf" | "anyOf" | "oneOf" | "not" | "if" | "then" | "else"]?: unknown;
};

/** Preview. */
export interface BudgetLimits { perRequest?: number; perDay?: number; perMonth?: number; perSession?: number; perProvider?: Record<string, number>; onExhausted?: "local" | "refuse" }
/** Preview. */
export interface GuardOptions { pii?: "off" | "warn" | "stay-local" | "mask" | "block"; content?: "off" | "warn" | "block"; injection?: "off" | "warn" | "block" }

/** `data` is the file itself: a Blob, its bytes, Base64 or a data: URL. Nothing is fetched from an address. */
export type Content =
  | { type: "text"; text: string }
  | { type: "file"; mediaType: string; data: Blob | Uint8Array | string; name?: string };
export type Message =
  | { role: "system" | "user"; content: string | Content[] }
  | { role: "assistant"; content: string | Content[]; toolCalls?: core.ToolCall[]; opaque?: unknown }
  | { role: "tool"; toolCallId: string; content: string | Content[] };

interface Common {
  policy?: core.Goal | Policy;
  /** Pins a model: `"provider/id"`. */
  model?: string;
  /**
   * Whether an answer that is kept will do. By default it will, unless the request has tools, asks for a web search or states a
   * temperature above 0.5; `"use"` keeps those as well, `"refresh"` asks again and keeps, `"off"` does neither.
   */
  cache?: "use" | "refresh" | "off";
  signal?: AbortSignal;
  /** Used again while it runs, it joins what runs; afterwards it is refused. */
  id?: string;
}
/** A JSON Schema; `T` is what its values look like in TypeScript. */
export type JsonSchema<T = unknown> = object & { readonly __type?: T } & SchemaKeywords;
/** A request for text: exactly one of `prompt` and `messages`. */
export type TextRequest<T = unknown> = Common & ({ prompt: string; messages?: never } | { messages: Message[]; prompt?: never }) & {
  system?: string;
  /** For the prompt, or the last message of the user. A Blob without a type is looked into. */
  files?: (Blob | { mediaType: string; data: string | Uint8Array; name?: string })[];
  tools?: core.Tool[];
  toolChoice?: core.ToolChoice;
  /** What the answer must fit; the parsed answer is the result's `object`. */
  schema?: JsonSchema<T>;
  /** Whether the answer must rest on a web search. */
  search?: boolean;
  reasoning?: "off" | "low" | "medium" | "high";
  maxOutputTokens?: number;
  temperature?: number;
  topP?: number;
  stop?: string[];
  seed?: number;
};
export interface ImageRequest extends Common {
  prompt: string;
  negativePrompt?: string;
  /** An object is a ComfyUI workflow in the API format. */
  workflow?: "infographic" | "scientific" | "artistic" | object;
  aspectRatio?: "1:1" | "16:9" | "9:16" | "4:3" | "3:4";
  width?: number;
  height?: number;
  seed?: number;
  steps?: number;
  count?: number;
  /** Edit this image. */
  source?: Blob;
  /** Where to edit it: an image of the same form, white where anything may change, black where nothing may. */
  mask?: Blob;
}
export interface VideoRequest extends Common { prompt: string; aspectRatio?: "16:9" | "9:16"; seconds?: number; source?: Blob }

export type GenerationEvent =
  | Exclude<core.Event, { blob: unknown }>
  | { type: "preview"; blob: Blob }
  | { type: "image"; blob: Blob }
  | { type: "video"; blob: Blob };

/** Events for whoever iterates, a promise for whoever waits. Iterators that start late or twice replay from the beginning.
 *  Leaving the last `for await` early cancels, unless `result` was asked for. A cancelled generation rejects with the signal's reason. */
export interface Generation<R> extends AsyncIterable<GenerationEvent> {
  readonly id: string;
  readonly result: Promise<R>;
  cancel(reason?: unknown): void;
  toReadableStream(): ReadableStream<GenerationEvent>;
}
export interface TextGeneration<T = unknown> extends Generation<TextResult<T>> {
  readonly text: Promise<string>;
  /**
   * The answer's words as they come. It cannot take words back: if the answer begins again (`restart`), it fails with `truncated` after
   * what it gave. Who wants to show answers that may begin again iterates over the events; `onCut: "fail"` allows none.
   */
  readonly textStream: AsyncIterable<string>;
  /**
   * The object of a request with a `schema` as it grows: a new one each time, the whole and checked one last. It is made only
   * while someone iterates. After a `restart` it begins again. A mesh's own generations always have it.
   */
  readonly objectStream?: AsyncIterable<PartialObject<T>>;
}
/** Any of its parts may still be missing, and the last string may still grow. */
export type PartialObject<T> =
  T extends readonly (infer Item)[] ? PartialObject<Item>[]
  : T extends object ? { [Name in keyof T]?: PartialObject<T[Name]> }
  : T;
export interface TextResult<T = unknown> extends core.TextResult {
  /** The parsed answer, where the request had a `schema`. */
  object?: T;
}
/** An answer that was cut off because its page went away: reloaded, closed, killed. */
export interface PendingGeneration extends core.PendingGeneration {
  /** Forgets it. */
  discard(): Promise<void>;
}
export interface ImageResult { images: { blob: Blob; mediaType: string; seed?: number }[]; receipt: core.Receipt }
export interface VideoResult { video: Blob; mediaType: string; receipt: core.Receipt }

export interface Keys {
  /**
   * Kept in this page's memory, trimmed. With `persist` later visits find it, too: encrypted, and only while the provider is
   * at the same origin. Rejects with `storage` where nothing can be stored, and has changed nothing then.
   */
  set(provider: ModelProvider, key: string, options?: { persist?: boolean }): Promise<void>;
  /** Keys of earlier visits are known after `ready`. */
  has(provider: ModelProvider): boolean;
  /** Also what was remembered of it. */
  remove(provider: ModelProvider): Promise<void>;
  /** Asks the provider whether it takes this key, or without one the key it has. Nothing is set, and nothing costs. */
  check(provider: ModelProvider, key?: string): Promise<KeyCheck>;
}
/** `format` is what the key looks like, a hint and no verdict; `live` is what the provider said. */
export interface KeyCheck { format: "usual" | "unusual" | "empty"; live: "valid" | "invalid" | "unreachable" | "not-tried"; message: string }

export interface DiscoveryReport extends Omit<core.DiscoveryReport, "providers"> {
  providers: { provider: ModelProvider; ok: boolean; models: number; error?: MeshError }[];
}

/** What a provider written in JavaScript may say. A stream that ends without `finish` counts as cut. */
export type CustomProviderEvent =
  | Exclude<core.CustomEvent, { blob: unknown }>
  | Extract<GenerationEvent, { type: "preview" | "image" }>;
/** A provider written in JavaScript. */
export interface CustomProvider {
  name: string;
  locality: core.Locality;
  /** Change it when the same question would get another answer. With it answers are kept between visits, without it until the page is closed. */
  version?: string;
  models(): Promise<(Pick<core.ModelConfig, "id" | "type"> & Partial<core.ModelConfig>)[]>;
  generate?(request: TextRequest & { model: string }, signal: AbortSignal): AsyncIterable<CustomProviderEvent>;
  image?(request: ImageRequest & { model: string }, signal: AbortSignal): AsyncIterable<CustomProviderEvent>;
  embed?(texts: string[], model: string, signal: AbortSignal): Promise<Float32Array[]>;
}

/** One entrance to local and cloud models. */
export interface Mesh extends AsyncDisposable, PreviewMembers {
  /** The WebAssembly is loaded and the store open; calls made earlier wait for it. Stays rejected until a later call succeeds. */
  readonly ready: Promise<void>;
  /** Ends what this mesh runs. The last mesh of a name closes the shared core. */
  close(): Promise<void>;
  generate<T = unknown>(request: TextRequest<T>): TextGeneration<T>;
  image(request: ImageRequest): Generation<ImageResult>;
  video(request: VideoRequest): Generation<VideoResult>;
  /**
   * The vectors of these texts, in their order, all of one model. Equal texts are asked for once, in the provider's own batch calls; a text whose
   * vector is kept, or on its way to another call, not at all. `receipt.cached` says where they were kept if nothing had to be asked for.
   */
  embed(texts: string[], options?: { model?: string; policy?: core.Goal | Policy; cache?: core.CacheMode; signal?: AbortSignal }): Promise<{ vectors: Float32Array[]; receipt: core.Receipt }>;
  /** Answers that were cut off because their page went away and that no tab writes now, the newest first. They are kept for a week, 50 at most. */
  pending(): Promise<PendingGeneration[]>;
  /**
   * Goes on with such an answer: what was shown comes first, then the rest, under the policy that its request had. Its entry is gone when
   * it ends, however it does. Fails with `invalid-request` where there is no such answer, or another tab writes it.
   */
  resume<T = unknown>(id: string): TextGeneration<T>;
  /** Which model would answer, and why. Synchronous, without network or side effect; after `ready`. */
  route(request: TextRequest | ImageRequest | VideoRequest): core.Decision;
  /** Every candidate, every score, every exclusion. */
  explain(decision: core.Decision): core.Explanation;
  /** With `scan` also looks for servers on this machine by their usual ports: LM Studio, llama.cpp and others. */
  discover(options?: { providers?: ModelProvider[]; scan?: boolean; signal?: AbortSignal }): Promise<DiscoveryReport>;
  /** Downloads a model: `"ollama/llama3.2"`. */
  pull(model: string, options?: { signal?: AbortSignal; onProgress?(progress: core.PullProgress): void }): Promise<void>;
  /** Why a provider cannot be reached, and the exact remedy. */
  diagnose(provider: ModelProvider): Promise<Diagnosis>;
  /** Adds a provider written in JavaScript; returns how to take it out. */
  register(provider: CustomProvider): () => void;
  readonly models: Observable<readonly core.ModelConfig[]>;
  readonly health: Observable<readonly core.ProviderHealth[]>;
  /** What runs and what waits now. */
  readonly queue: Observable<readonly core.QueueEntry[]>;
  /** Whether what the mesh learns outlives the page, and if not, why. A fault is also told once as a `warning` of the next generation. */
  readonly storage: Observable<core.StorageState>;
  readonly keys: Keys;
}
