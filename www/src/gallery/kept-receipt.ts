import type { Receipt } from "hkm-mesh";
import { placeNames } from "../models/model-facts";

/** What is kept of a receipt. How the model was chosen is not: it may tell of a thousand others. */
export type KeptReceipt = Pick<Receipt, "model" | "provider" | "locality" | "attempts" | "usage" | "cost" | "costKind" | "durationMs"> & Partial<Pick<Receipt, "cached">>;

const costKinds: Record<Receipt["costKind"], true> = { billed: true, computed: true, estimated: true, free: true, unknown: true };

export function keptReceipt({ model, provider, locality, attempts, usage, cost, costKind, durationMs }: Receipt): KeptReceipt {
  return { model, provider, locality, attempts, usage, cost, costKind, durationMs };
}

function isOneOf(names: object, value: unknown): boolean {
  return typeof value === "string" && Object.hasOwn(names, value);
}

/** Whether what an earlier visit kept of a receipt can be shown. */
export function isReceipt(value: unknown): value is KeptReceipt {
  if (typeof value !== "object" || value === null) return false;
  const { model, provider, locality, durationMs, cost, costKind } = value as Record<string, unknown>;
  if (typeof model !== "string" || typeof provider !== "string" || !isOneOf(placeNames, locality) || !isOneOf(costKinds, costKind)) return false;
  return Number.isFinite(durationMs) && (cost === null || Number.isFinite(cost));
}
