// The boundary to the WebAssembly (src/api): what Rust calls and what it offers. The glue that wasm-bindgen writes is
// assigned to `Glue` in load.ts, so that the compiler notices when both sides drift apart.
import type {
  BatchItemData, BatchReport, CacheStats, Decision, DiagnosisData, DiscoveryReport, Event, Explanation, GenerationMetrics, ImageRequest, ImageResult, MeshErrorData, ModelConfig,
  PendingGeneration, PerformanceReport, ProviderHealth, PullProgress, QueueEntry, Receipt, StorageState, TextResult, TimePoint, VideoResult,
} from "./generated/types.js";
import type { PictureSieve } from "./picture-sieve.js";
import type { KeyCheck, TextRequest } from "./types.js";

/** Vectors, in the order of the texts. */
export interface Embedding { vectors: Float32Array[]; receipt: Receipt }

/** What came of trying a key; what the key looks like is not Rust's to say, which never sees it. */
export type LiveCheck = Pick<KeyCheck, "live" | "message">;

/** What settles a request. Exactly one of value and error is defined. */
export type Settled = TextResult | ImageResult | VideoResult | Embedding | BatchReport | LiveCheck | DiscoveryReport | DiagnosisData | CacheStats | PendingGeneration[] | number | null | undefined;

/** What Rust calls. It may be in the middle of its own work: nothing here calls the page's code or the core at once. */
export interface Host {
  /** Only text deltas; lengths in UTF-16 units. */
  text(id: string, text: string, lengths: Uint32Array): void;
  /** Everything else, in order. */
  events(id: string, events: Event[]): void;
  /** One request of a batch ended. */
  item(id: string, item: BatchItemData): void;
  progress(id: string, progress: PullProgress): void;
  settle(id: string, value: Settled, error: MeshErrorData | undefined): void;
  changed(watched: "models" | "health" | "queue" | "storage" | "metrics"): void;
  /** Look what there is around the page, and tell it to `surveyed`. */
  survey(id: string): void;
  invokeGenerate(transport: number, provider: string, request: TextRequest & { model: string }): void;
  invokeImage(transport: number, provider: string, request: ImageRequest): void;
  invokeEmbed(transport: number, provider: string, model: string, texts: string[]): void;
  invokeModels(transport: number, provider: string): void;
  /** Transports of custom providers only. */
  abort(transport: number): void;
  /**
   * Asked where the bytes leave; never kept in Rust.
   * @param name a provider's, or `check:` and the id of the request that tries a key
   */
  key(name: string): string | Promise<string> | undefined;
  /** The Base64 of a file, asked for where the bytes leave. */
  file(handle: number): Promise<string>;
  /** A file itself. */
  wholeFile(handle: number): Promise<Blob>;
  /** Takes pictures out of the body of an answer. */
  sieve(): PictureSieve;
  /** A blob that Rust knows by this handle. */
  keepBlob(handle: number, blob: Blob): void;
  /** The blob of this handle, while it is held. */
  blob(handle: number): Blob | undefined;
  /** Holds a blob, under the handle that comes back. */
  holdBlob(blob: Blob): number;
  /** Nobody will ask for these blobs any more. */
  dropBlobs(handles: Uint32Array): void;
}

/** What Rust offers. Objects go in as JSON bytes and come out as plain objects. */
export interface Core {
  open(): Promise<unknown>;
  generate(id: string, request: Uint8Array): void;
  image(id: string, request: Uint8Array): void;
  video(id: string, request: Uint8Array): void;
  embed(id: string, request: Uint8Array): void;
  /**
   * @param places where each stands in the caller's list
   * @param requests the JSON of each
   * @param concurrency how many may run at once; 0: as many as providers bear
   * @param isKept whether a batch of the same id goes on where this one was cut off
   */
  batch(id: string, places: Uint32Array, requests: Uint8Array[], concurrency: number, isKept: boolean): void;
  cancelItem(id: string, index: number): void;
  /** Nothing is settled but the report of a batch. */
  cancel(id: string): void;
  pending(id: string): void;
  /** @param id of the answer that was cut off */
  resume(id: string): void;
  discard(id: string, entry: string): void;
  discover(id: string, options: Uint8Array): void;
  pull(id: string, model: string): void;
  diagnose(id: string, provider: string): void;
  surveyed(id: string, circumstances: Uint8Array): void;
  register(id: string, provider: string, locality: string, version: string | undefined): void;
  unregister(id: string, provider: string): void;
  /**
   * @param isOwn no other tab has it: what comes of it is not told to them
   * @param isNew it is another than before; not where it was there before this core, or another tab gave it
   */
  keyChanged(provider: string, present: boolean, isOwn: boolean, isNew: boolean): void;
  /** @param isTrial the key is asked for by `check:` and the id, not by the provider's name */
  checkKey(id: string, provider: string, isTrial: boolean): void;
  online(isOnline: boolean): void;
  /** Until it is told that somebody looks at the page, nobody is looked for unasked. */
  visible(isVisible: boolean): void;
  /** Where random numbers begin: pauses of different tabs should differ. */
  seed(seed: number): void;
  customModels(transport: number, models: Uint8Array): void;
  customEvents(transport: number, events: Uint8Array): void;
  /** All vectors in one array, and the length of each. */
  customVectors(transport: number, values: Float32Array, lengths: Uint32Array): void;
  customEnd(transport: number): void;
  customFailed(transport: number, error: Uint8Array): void;
  route(request: Uint8Array): Decision;
  routeImage(request: Uint8Array): Decision;
  routeVideo(request: Uint8Array): Decision;
  explain(decision: Uint8Array): Explanation;
  models(): ModelConfig[];
  health(): ProviderHealth[];
  queue(): QueueEntry[];
  storage(): StorageState;
  /** @param offsetMinutes how far the page's clock is ahead of UTC */
  report(range: Uint8Array, offsetMinutes: number): PerformanceReport;
  /** @param offsetMinutes as in `report` */
  timeline(options: Uint8Array, offsetMinutes: number): TimePoint[];
  recent(limit: number): GenerationMetrics[];
  /** @param isJson for another browser; else comma-separated values */
  exportMetrics(isJson: boolean, range: Uint8Array): string;
  importMetrics(id: string, json: Uint8Array): void;
  clearMetrics(id: string): void;
  cacheStats(id: string): void;
  pruneCache(id: string): void;
  deleteCached(id: string, key: string): void;
  clearCache(id: string): void;
  /** Whether the built-in catalogue of models would be of use. */
  wantsSnapshot(): boolean;
  snapshot(bytes: Uint8Array): void;
  /** The page is about to be left: what fails in the next moments is no server's fault. */
  leaving(): void;
  /** The page is put aside: nothing stays open that other tabs would have to wait for. It works on when it is asked again. */
  rest(): void;
  /** The page is back as it was: what other tabs said meanwhile was not heard. */
  wake(): void;
  close(): void;
  free(): void;
}

/** What the page's code may give for the WebAssembly. */
export type WasmSource = URL | BufferSource | WebAssembly.Module;

export interface Glue {
  default(from: { module_or_path: BufferSource | WebAssembly.Module | Response | Promise<Response> }): Promise<unknown>;
  /** @param callback hears the place of a panic, never its words; it has to call `renew` before it returns */
  onPanic(callback: (location: string) => void): void;
  /** Gives up an instance that trapped without a panic; `renew` has to follow at once. */
  abandon(): void;
  /** Replaces an instance that panicked or was given up by a new one. */
  renew(): void;
  Core: new (options: Uint8Array, host: Host, database: string | undefined) => Core;
}
