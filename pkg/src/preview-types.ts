// Preview: these may still move. Only `batch`, `cache` and `metrics` are built; each other member rejects or throws `unsupported` with its name.
import type { MeshError } from "./error.js";
import type { BatchReport, CacheStats, GenerationMetrics, ModelConfig, PerformanceReport, Range, TimePoint, TimelineOptions } from "./generated/types.js";
import type { BudgetLimits, Observable, TextRequest, TextResult } from "./types.js";

/** How one request of a batch ended, in the order in which they end. Exactly one of `result` and `error` is there. */
export interface BatchItem {
  /** Its place in the list. */
  index: number;
  result?: TextResult;
  /** Of one that was cancelled: an `AbortError`, or the reason that the caller gave. */
  error?: MeshError | DOMException;
  /** How many have ended, this one included, and how many there are. */
  done: number; total: number;
  /** By what was measured in this batch; absent while too little was. */
  remainingMs?: number;
}
export interface BatchOptions {
  /**
   * Under which what is done is kept in the database: the same list with the same id goes on where it was cut off, after a reload or in another
   * tab. What was done comes at once, without a call. A week after its last answer, and beyond twenty batches, it is forgotten.
   */
  id?: string;
  /** How many may run at once; else as many as providers bear. */
  concurrency?: number;
  signal?: AbortSignal;
}
/** Who starts to iterate late loses nothing. Leaving the last `for await` early cancels, unless `report` was asked for. */
export interface Batch extends AsyncIterable<BatchItem> {
  readonly id: string;
  /** What it took, once all have ended or it was cancelled. */
  readonly report: Promise<BatchReport>;
  /** Stops what runs and begins nothing more; what is not finished becomes items with an error. */
  cancel(reason?: unknown): void;
}
/** Numbers, names of models and codes: never a word of what was asked or said, and no key. All of it after `ready`. */
export interface Metrics extends Observable<PerformanceReport> {
  /** What happened in a range, the last 30 days by default. `get()` gives the same, made anew at most once a second. */
  report(range?: Range): PerformanceReport;
  timeline(options?: TimelineOptions): TimePoint[];
  /** Single generations, the newest first: 50 by default, and the last 200 at most. */
  recent(limit?: number): GenerationMetrics[];
  /** `json` is for `import`, `csv` for spreadsheets; `otlp` is not built yet. */
  export(format: "json" | "csv" | "otlp", range?: Range): string;
  /** Takes in what another browser exported, or this one before it forgot; resolves when it is stored, with how many generations are new. The same twice adds nothing. */
  import(json: string): Promise<number>;
  /** Forgets everything; resolves when that is stored. */
  clear(): Promise<void>;
}
export interface BudgetStatus {
  periods: { name: "day" | "month" | "session"; limit?: number; spent: number; reserved: number; resetsAt?: number }[];
  exhausted: boolean; alert?: 50 | 80 | 100; forecastMonth?: number;
}
export interface Budget extends Observable<BudgetStatus> { limits(): BudgetLimits; set(limits: BudgetLimits): Promise<void> }
/** Positions are UTF-16 units, as JavaScript counts. */
export interface Finding { type: string; start: number; end: number; score: number; why?: string }
export interface MaskVault { readonly size: number }
export interface Guard { scan(text: string): Finding[]; mask(text: string): { text: string; vault: MaskVault }; unmask(text: string, vault: MaskVault): string }
export interface EnhancedTemplate {
  id: string; name: string;
  settings: { complexityLevel: string; visualStyle: string; language: string; textModel: ModelConfig | null; imageModel: ModelConfig | null; privacyMode: boolean; costOptimization: boolean };
  performance: { avgGenerationTime: number; avgCost: number; successRate: number };
}
export interface Templates {
  list(): EnhancedTemplate[];
  get(id: string): EnhancedTemplate | undefined;
  save(template: EnhancedTemplate): Promise<void>;
  remove(id: string): Promise<void>;
  import(json: string): Promise<{ added: number; skipped: { name: string; reason: string }[] }>;
  export(): string;
}
/** Answers that are kept in this browser, and vectors. */
export interface Cache {
  /** What is kept, and what it was good for since the page was opened. */
  stats(): Promise<CacheStats>;
  /** Forgets everything, also what batches with an `id` have done; resolves when it is gone, and rejects with `storage` where the browser does not do it. */
  clear(): Promise<void>;
  /** Forgets what expired or has no room; resolves with how many answers that were. It happens by itself as well. */
  prune(): Promise<number>;
  /** Forgets one answer by its receipt's `cacheKey`. Whether it was there. */
  delete(key: string): Promise<boolean>;
}

/** The mesh's members that are planned; each says `unsupported` until it is built. */
export interface PreviewMembers {
  /** Many requests in one call: the same question is asked once, one failure does not fail the rest, and persons go first. */
  batch(requests: readonly TextRequest[], options?: BatchOptions): Batch;
  readonly cache: Cache;
  readonly metrics: Metrics;
  readonly budget: Budget;
  readonly guard: Guard;
  readonly templates: Templates;
  /** 0 to 1; teaches the router. */
  feedback(generationId: string, score: number): void;
  /** Everything kept, without keys. */
  exportAll(): Promise<Blob>;
  erase(): Promise<void>;
}
