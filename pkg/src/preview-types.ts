// Preview: these may still move. None is built yet; each member rejects or throws `unsupported` with its name.
import type { MeshError } from "./error.js";
import type { ErrorCode, Modality, ModelConfig } from "./generated/types.js";
import type { BudgetLimits, ModelProvider, Observable, TextGeneration, TextRequest, TextResult } from "./types.js";

export interface BatchItem { index: number; result?: TextResult; error?: MeshError; done: number; total: number; remainingMs?: number }
export interface BatchReport { id: string; requests: number; calls: number; fromCache: number; duplicates: number; failed: number; cost: number; durationMs: number }
export interface CacheStats { entries: number; bytes: number; memoryHits: number; diskHits: number; misses: number; hitRate: number; savedCost: number; savedMs: number }
export interface GenerationMetrics {
  modelId: string; provider: ModelProvider; duration: number; success: boolean; cost?: number; tokens?: number;
  type: Modality; at: number; firstTokenMs?: number; error?: ErrorCode; cached: boolean; isLocal: boolean;
}
export interface Range { from?: number; to?: number }
export interface Summary {
  requests: number; successRate: number; p50Ms: number; p95Ms: number; p99Ms: number; firstTokenP50Ms?: number; tokensPerSecond?: number;
  tokens: number; cost: number; saved: number; cached: number; errors: Record<string, number>;
}
export interface PerformanceReport {
  from: number; to: number; total: Summary; byModel: Record<string, Summary>; byProvider: Record<string, Summary>; byType: Record<string, Summary>;
  trend: { requests: number; successRate: number; p50Ms: number; cost: number };
  costs: { spent: number; savedByLocal: number; savedByCache: number };
  usage: { byHour: number[]; byGoal: Record<string, number> };
  quality: { feedback?: number };
  anomalies: Anomaly[];
}
export interface TimePoint { at: number; key?: string; requests: number; failures: number; p50Ms: number; p95Ms: number; cost: number; tokens: number }
export interface Anomaly { kind: "latency" | "errors" | "cost" | "tokens" | "rate"; model?: string; sinceAt: number; factor: number; message: string }
export interface Metrics extends Observable<PerformanceReport> {
  report(range?: Range): PerformanceReport;
  timeline(options?: Range & { stepMs?: number; by?: "model" | "provider" | "type" }): TimePoint[];
  recent(limit?: number): GenerationMetrics[];
  export(format: "json" | "csv" | "otlp", range?: Range): string;
  import(json: string): Promise<number>;
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
export interface Cache { stats(): Promise<CacheStats>; clear(): Promise<void>; prune(): Promise<number>; delete(key: string): Promise<boolean> }

/** The mesh's members that are planned; each says `unsupported` until it is built. */
export interface PreviewMembers {
  batch(requests: TextRequest[], options?: { id?: string; concurrency?: number; signal?: AbortSignal }): AsyncIterable<BatchItem> & { report: Promise<BatchReport>; cancel(): void };
  /** Generations that a reload cut off. */
  pending(): Promise<{ id: string; text: string; model: string; at: number }[]>;
  resume(id: string): TextGeneration;
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
