/// <reference lib="esnext.disposable" />
// The stable part of the public contract, transcribed. It may be added to, not changed: `checks.ts` assigns every type to
// the package's own and back.
/** Synchronous and inert until first use: make it at module scope, like a query client. Same `name`, same shared core. */
export declare function createMesh(options?: MeshOptions): Mesh;
export interface Mesh extends AsyncDisposable {
  readonly ready: Promise<void>;                         // wasm loaded, store opened; calls made earlier wait for it
  close(): Promise<void>;

  generate<T = unknown>(request: TextRequest<T>): TextGeneration<T>;
  image(request: ImageRequest): Generation<ImageResult>;
  video(request: VideoRequest): Generation<VideoResult>;
  embed(texts: string[], options?: { model?: string; policy?: Goal | Policy; signal?: AbortSignal }): Promise<{ vectors: Float32Array[]; receipt: Receipt }>;
  route(request: TextRequest | ImageRequest | VideoRequest): Decision;    // synchronous, no network, no side effect; after `ready`
  explain(decision: Decision): Explanation;                               // every candidate, every score, every exclusion

  discover(options?: { providers?: ModelProvider[]; signal?: AbortSignal }): Promise<DiscoveryReport>;
  pull(model: string, options?: { signal?: AbortSignal; onProgress?(progress: { completedBytes: number; totalBytes: number; status: string }): void }): Promise<void>;
  diagnose(provider: ModelProvider): Promise<Diagnosis>;                  // why it can't be reached, and the exact remedy
  register(provider: CustomProvider): () => void;                         // a provider written in JavaScript; returns how to take it out

  readonly models: Observable<readonly ModelConfig[]>;
  readonly health: Observable<readonly ProviderHealth[]>;
  readonly queue: Observable<readonly QueueEntry[]>;                      // what runs and what waits now
  readonly keys: Keys;
}
export declare const Mesh: { open(options?: MeshOptions): Promise<Mesh> };        // createMesh, then `ready`
/** `get()` returns the same reference until something changed: made for `useSyncExternalStore`. */
export interface Observable<T> { get(): T; subscribe(onChange: () => void): () => void }

export type ModelProvider = "gemini" | "ollama" | "openrouter" | "comfyui" | (string & {});   // or a custom provider's name
export type Modality = "text" | "image" | "video";
export type Locality = "page" | "device" | "network" | "cloud";           // runs in this page; on this machine; on a machine the user named; elsewhere
export interface ModelConfig {
  id: string;                                            // the provider's own model name, e.g. "llama3.3:70b"; addressed as "ollama/llama3.3:70b"
  name: string; provider: ModelProvider; type: Modality;
  capabilities: string[];                                // "vision" "tools" "reasoning" "json" "search" "image-edit" "embedding" …
  costPerToken?: number;                                 // blended; exact prices in `price`
  quality: "low" | "medium" | "high"; isLocal: boolean; isAvailable: boolean;     // isLocal: locality "page" or "device"
  locality?: Locality; contextLength?: number; warm?: boolean; sizeBytes?: number;
  price?: { input: number; output: number; cachedInput?: number; reasoning?: number; image?: number; request?: number };   // per token / image / request; absent = unknown, 0 = free
}

export interface MeshOptions {
  providers?: Record<string, ProviderOptions>;           // ollama and comfyui are looked for on localhost unless disabled
  policy?: Goal | Policy;                                // default "balanced"
  storage?: "indexeddb" | "memory"; name?: string;       // database name, default "hkm-mesh"
  cache?: { ttlMs?: number; maxBytes?: number; staleWhileRevalidateMs?: number } | false;
  budget?: BudgetLimits; guard?: GuardOptions;           // preview
  limits?: { requestsPerMinute?: number; tokensPerMinute?: number; concurrency?: number };
  timeouts?: { connectMs?: number; firstTokenMs?: number; idleMs?: number; totalMs?: number };
  wasm?: URL | BufferSource | WebAssembly.Module;
}
export interface ProviderOptions {
  kind?: "gemini" | "ollama" | "openrouter" | "comfyui" | "openai";       // needed only for names other than the four; "openai": any server with that API
  endpoint?: string;                                     // an origin for ollama and comfyui, else the API's root; a missing or doubled version segment is forgiven
  apiKey?: string | (() => string | Promise<string>);
  locality?: Locality;                                   // loopback is "device" by itself, all else must be said
  headers?: Record<string, string>; disabled?: boolean;
}

export type Goal = "privacy" | "cost" | "quality" | "speed" | "balanced";
export interface Policy {
  goal?: Goal;
  stayWithin?: "page" | "device" | "network";            // absolute; the goal "privacy" means stayWithin "device" for whatever the guard finds sensitive
  maxCost?: number; maxFirstTokenMs?: number; maxTotalMs?: number; minQuality?: "low" | "medium" | "high";
  allow?: string[]; deny?: string[]; prefer?: string[];  // providers or models
  fallback?: boolean | string[];                         // default true: the router's own chain
  onCut?: "continue" | "restart" | "fail";               // when a model dies after text was shown; default "continue"
  hedge?: boolean | { afterMs?: number };                // start a second model when the first is late
  context?: "error" | "trim";                            // when the messages do not fit; default "error" unless another model has room
}

export interface Common { policy?: Goal | Policy; model?: string /* pins */; cache?: "use" | "refresh" | "off"; signal?: AbortSignal; id?: string }
export type TextRequest<T = unknown> = Common & ({ prompt: string; messages?: never } | { messages: Message[]; prompt?: never }) & {
  system?: string;
  files?: (Blob | { mediaType: string; data: string | Uint8Array; name?: string })[];
  tools?: Tool[]; toolChoice?: "auto" | "none" | "required" | { name: string };
  schema?: JsonSchema<T>;                                // JSON Schema for structured output
  search?: boolean;                                      // answer grounded in web search, with citations
  reasoning?: "off" | "low" | "medium" | "high";
  maxOutputTokens?: number; temperature?: number; topP?: number; stop?: string[]; seed?: number;
};
export type JsonSchema<T = unknown> = object & { readonly __type?: T };
export interface ImageRequest extends Common {
  prompt: string; negativePrompt?: string;
  workflow?: "infographic" | "scientific" | "artistic" | object;          // an object is a ComfyUI workflow in the API format
  aspectRatio?: "1:1" | "16:9" | "9:16" | "4:3" | "3:4"; width?: number; height?: number;
  seed?: number; steps?: number; count?: number; source?: Blob;           // source: edit this image
}
export interface VideoRequest extends Common { prompt: string; aspectRatio?: "16:9" | "9:16"; seconds?: number; source?: Blob }

/** Events for whoever iterates, a promise for whoever waits. Iterators that start late or twice replay from the beginning.
 *  `result` is never an "unhandled rejection" for someone who only iterates. Leaving the last `for await` early cancels,
 *  unless `result` was asked for. A cancelled generation rejects with the signal's reason, as fetch does. */
export interface Generation<R> extends AsyncIterable<GenerationEvent> {
  readonly id: string; readonly result: Promise<R>;
  cancel(reason?: unknown): void;                        // aborts every request in flight, at the server too where it can be
  toReadableStream(): ReadableStream<GenerationEvent>;
}
export interface TextGeneration<T = unknown> extends Generation<TextResult<T>> { readonly text: Promise<string>; readonly textStream: AsyncIterable<string> }
export interface Reason { code: string; message: string; params?: Record<string, string | number> }   // message in plain English; code and params to translate by
export type GenerationEvent =
  | { type: "route"; decision: Decision }
  | { type: "attempt"; model: string; attempt: number }
  | { type: "text-delta"; text: string } | { type: "reasoning-delta"; text: string }
  | { type: "tool-call-delta"; id: string; name: string; inputDelta: string } | { type: "tool-call"; id: string; name: string; input: unknown }
  | { type: "source"; title: string; url: string }
  | { type: "queue"; position: number } | { type: "progress"; value: number; max: number; node?: string }
  | { type: "preview"; blob: Blob } | { type: "image"; blob: Blob } | { type: "video"; blob: Blob }
  | { type: "warning"; reason: Reason }
  | { type: "fallback"; from: string; to: string; reason: Reason }
  | { type: "restart"; reason: Reason }                  // throw away what was shown: the answer begins again
  | { type: "finish"; receipt: Receipt };
export interface Usage { inputTokens: number; outputTokens: number; cachedInputTokens?: number; reasoningTokens?: number; estimated: boolean }  // input includes cached, output includes reasoning; each token is charged once
export interface Attempt { model: string; startedAt: number; durationMs: number; firstTokenMs?: number; outcome: Reason }
export interface Receipt {
  id: string; model: string; provider: ModelProvider; locality: Locality; isLocal: boolean;
  cached: false | "memory" | "disk"; finish: "stop" | "length" | "tool-calls" | "content-filter";
  attempts: Attempt[]; usage: Usage;
  cost: number | null; costKind: "billed" | "computed" | "estimated" | "free" | "unknown"; saved: number;      // saved: against the policy's best cloud model
  durationMs: number; firstTokenMs?: number; tokensPerSecond?: number; decision: Decision; cacheKey?: string; masked?: number;
}
export interface TextResult<T = unknown> { text: string; reasoning?: string; toolCalls: ToolCall[]; object?: T; sources: { title: string; url: string }[]; receipt: Receipt }
export interface ImageResult { images: { blob: Blob; mediaType: string; seed?: number }[]; receipt: Receipt }
export interface VideoResult { video: Blob; mediaType: string; receipt: Receipt }

/** Plain data. */
export interface Decision {
  chosen: ModelConfig; chain: string[];                  // chain[0] is chosen, the rest the fallbacks in order, each "provider/id"
  goal: Goal; why: Reason; difficulty: number; sensitive: boolean;        // difficulty 0..1
  estimate: { cost: number | null; firstTokenMs: number; totalMs: number; inputTokens: number; outputTokens: number };
}
export interface Explanation { scores: { model: string; total: number; quality: number; cost: number; speed: number; locality: number }[]; excluded: { model: string; reason: Reason }[] }

export declare class MeshError extends Error {
  readonly code: "no-model" | "no-key" | "invalid-key" | "invalid-request" | "unreachable" | "blocked-by-browser" | "permission" | "offline" | "rate-limited" | "quota" | "budget"
    | "blocked-content" | "blocked-private" | "context-length" | "model-missing" | "out-of-memory" | "unsupported" | "bad-output" | "timeout" | "server" | "protocol" | "truncated"
    | "storage" | "closed" | "internal" | "all-failed";
  readonly isRetryable: boolean; readonly hint?: string; readonly provider?: ModelProvider; readonly model?: string; readonly status?: number;
  readonly retryAfterMs?: number; readonly attempts?: Attempt[]; readonly errors?: MeshError[];         // errors: one per attempt of "all-failed"
  readonly partial?: { text: string; toolCalls: ToolCall[] }; readonly receipt?: Receipt; readonly excluded?: Explanation["excluded"];   // what was shown, what it cost, why no model fits
  toJSON(): object; static isInstance(value: unknown): value is MeshError;                               // by brand: true also across workers and two copies
}
export type Content = { type: "text"; text: string } | { type: "file"; mediaType: string; data: Blob | Uint8Array | string; name?: string };
export type Message = { role: "system" | "user"; content: string | Content[] } | { role: "assistant"; content: string | Content[]; toolCalls?: ToolCall[]; opaque?: unknown }
  | { role: "tool"; toolCallId: string; content: string | Content[] };    // `opaque` carries what a provider wants back (thought signatures)
export interface Tool { name: string; description?: string; inputSchema: object }
export interface ToolCall { id: string; name: string; input: unknown; opaque?: unknown }
export interface Keys { set(provider: ModelProvider, key: string, options?: { persist?: boolean }): Promise<void>; has(provider: ModelProvider): boolean;
  remove(provider: ModelProvider): Promise<void>; check(provider: ModelProvider, key?: string): Promise<KeyCheck> }
export interface KeyCheck { format: "usual" | "unusual" | "empty"; live: "valid" | "invalid" | "unreachable" | "not-tried"; message: string }
export interface ProviderHealth { provider: ModelProvider; state: "up" | "degraded" | "down" | "unknown"; sinceAt: number; reason?: Reason; retryAt?: number; models: { model: string; state: "closed" | "half-open" | "open"; successRate: number }[] }
export interface DiscoveryReport { providers: { provider: ModelProvider; ok: boolean; models: number; error?: MeshError }[]; added: number; removed: number }
export interface Diagnosis { provider: ModelProvider; ok: boolean; causes: { code: string; likelihood: "certain" | "likely" | "possible"; message: string; remedies: { platform: "windows" | "macos" | "linux" | "any"; text: string; command?: string }[] }[];
  evidence: { probe: string; outcome: string }[] }
export interface QueueEntry { id: string; type: Modality; model?: string; state: "waiting" | "running"; position?: number; sinceAt: number }
export interface CustomProvider { name: string; locality: Locality; models(): Promise<(Pick<ModelConfig, "id" | "type"> & Partial<ModelConfig>)[]>;
  generate?(request: TextRequest & { model: string }, signal: AbortSignal): AsyncIterable<CustomProviderEvent>;
  image?(request: ImageRequest & { model: string }, signal: AbortSignal): AsyncIterable<CustomProviderEvent>; embed?(texts: string[], model: string, signal: AbortSignal): Promise<Float32Array[]> }
export type CustomProviderEvent = Extract<GenerationEvent, { type: "text-delta" | "reasoning-delta" | "tool-call" | "source" | "progress" | "preview" | "image" }>
  | { type: "usage"; usage: Omit<Usage, "estimated"> } | { type: "finish"; reason: Receipt["finish"] };

// Options whose shape is preview.
export interface BudgetLimits { perRequest?: number; perDay?: number; perMonth?: number; perSession?: number; perProvider?: Record<string, number>; onExhausted?: "local" | "refuse" }
export interface GuardOptions { pii?: "off" | "warn" | "stay-local" | "mask" | "block"; content?: "off" | "warn" | "block"; injection?: "off" | "warn" | "block" }

// Preview, as far as it is built.
export interface GenerationMetrics { modelId: string; provider: ModelProvider; duration: number; success: boolean; cost?: number; tokens?: number;
  type: Modality; at: number; firstTokenMs?: number; error?: MeshError["code"]; cached: boolean; isLocal: boolean }
export interface Range { from?: number; to?: number }
export interface Summary { requests: number; successRate: number; p50Ms: number; p95Ms: number; p99Ms: number; firstTokenP50Ms?: number; tokensPerSecond?: number; tokens: number; cost: number; saved: number; cached: number; errors: Record<string, number> }
export interface PerformanceReport { from: number; to: number; total: Summary; byModel: Record<string, Summary>; byProvider: Record<string, Summary>; byType: Record<string, Summary>;
  trend: { requests: number; successRate: number; p50Ms: number; cost: number }; costs: { spent: number; savedByLocal: number; savedByCache: number };
  usage: { byHour: number[]; byGoal: Record<string, number> }; quality: { feedback?: number }; anomalies: Anomaly[] }
export interface Metrics extends Observable<PerformanceReport> { report(range?: Range): PerformanceReport; timeline(options?: Range & { stepMs?: number; by?: "model" | "provider" | "type" }): TimePoint[];
  recent(limit?: number): GenerationMetrics[]; export(format: "json" | "csv" | "otlp", range?: Range): string; import(json: string): Promise<number>; clear(): Promise<void> }
export interface TimePoint { at: number; key?: string; requests: number; failures: number; p50Ms: number; p95Ms: number; cost: number; tokens: number }
export interface Anomaly { kind: "latency" | "errors" | "cost" | "tokens" | "rate"; model?: string; sinceAt: number; factor: number; message: string }
