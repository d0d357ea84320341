/// <reference lib="esnext.disposable" preserve="true" />
export { MeshError, type MeshErrorInit } from "./error.js";
export { catalogueDate } from "./load-catalogue.js";
export { Mesh, createMesh } from "./mesh.js";
export type {
  Attempt, BudgetLimits, CacheOptions, Content, CustomProvider, CustomProviderEvent, Decision, Diagnosis, DiscoveryReport, Explanation, Generation,
  GenerationEvent, Goal, GuardOptions, ImageRequest, ImageResult, JsonSchema, KeyCheck, Keys, Locality, MeshOptions, Message, Modality,
  ModelConfig, ModelProvider, Observable, OpenRouterOptions, PartialObject, PendingGeneration, Policy, ProviderHealth, ProviderOptions, QueueEntry, Reason, Receipt, StorageState, TextGeneration,
  TextRequest, TextResult, Tool, ToolCall, Usage, VideoRequest, VideoResult,
} from "./types.js";
export type {
  Batch, BatchItem, BatchOptions, Budget, BudgetStatus, Cache, EnhancedTemplate, Finding, Guard, MaskVault, Metrics, Templates,
} from "./preview-types.js";
export type { Anomaly, BatchReport, CacheStats, GenerationMetrics, PerformanceReport, Range, Summary, TimePoint, TimelineOptions } from "./generated/types.js";
