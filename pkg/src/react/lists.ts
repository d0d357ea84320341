// The mesh's lists as a component watches them.
import { useState, useSyncExternalStore } from "react";
import type { PerformanceReport } from "../generated/types.js";
import { EMPTY_REPORT } from "../metrics.js";
import type { ModelConfig, Observable, ProviderHealth, QueueEntry } from "../types.js";
import { useMesh } from "./context.js";

/** Which models: every field that is given has to match, or a function decides. */
export type ModelFilter =
  | ((model: ModelConfig) => boolean)
  | (Partial<Pick<ModelConfig, "provider" | "type" | "locality" | "quality" | "isLocal" | "isAvailable">> & { capability?: string });

const NONE: readonly never[] = [];
const none = (): readonly never[] => NONE;

function useList<T>(list: Observable<readonly T[]>): readonly T[] {
  return useSyncExternalStore(list.subscribe, list.get, none);
}

/** The models that are known. The same array until the outcome of the filter changes. */
export function useModels(filter?: ModelFilter): readonly ModelConfig[] {
  const { models } = useMesh();
  const [last] = useState(() => new LastFiltered());
  return useSyncExternalStore(models.subscribe, () => last.of(models.get(), filter), none);
}

export function useHealth(): readonly ProviderHealth[] {
  return useList(useMesh().health);
}

/** What runs and what waits now. */
export function useQueue(): readonly QueueEntry[] {
  return useList(useMesh().queue);
}

/** The report of the last 30 days: the same object until something was measured, and another one at most about once a second. */
export function useMetrics(): PerformanceReport {
  const { metrics } = useMesh();
  return useSyncExternalStore(metrics.subscribe, metrics.get, emptyReport);
}
const emptyReport = (): PerformanceReport => EMPTY_REPORT;

/** A filter is often written inline and is a new function each time: what counts is whether it picks other models. */
class LastFiltered {
  #picked: readonly ModelConfig[] = NONE;

  of(models: readonly ModelConfig[], filter: ModelFilter | undefined): readonly ModelConfig[] {
    const picked = filter === undefined ? models : models.filter((model) => matches(model, filter));
    const isSame = picked.length === this.#picked.length && picked.every((model, index) => model === this.#picked[index]);
    if (!isSame) this.#picked = picked;
    return this.#picked;
  }
}

function matches(model: ModelConfig, filter: ModelFilter): boolean {
  if (typeof filter === "function") return filter(model);
  const { capability, ...fields } = filter;
  if (capability !== undefined && !model.capabilities.includes(capability)) return false;
  return (Object.keys(fields) as (keyof typeof fields)[]).every((field) => fields[field] === undefined || fields[field] === model[field]);
}
