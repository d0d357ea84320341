import type { Explanation, Reason } from "hkm-mesh";
import type { Place } from "./model-search";
import type { RoutePreview } from "./use-route";

/** How the mesh ranks the models for a request as it stands, whatever model is chosen now. */
export interface Ranking {
  place: Place;
  exclusionOf: (address: string) => Reason | undefined;
}

function scoresOf(preview: RoutePreview): Explanation["scores"] {
  return preview.kind === "chosen" ? (preview.explanation?.scores ?? []) : [];
}

function excludedOf(preview: RoutePreview): Explanation["excluded"] {
  if (preview.kind === "none") return preview.excluded;
  return preview.kind === "chosen" ? (preview.explanation?.excluded ?? []) : [];
}

export function rankingOf(preview: RoutePreview): Ranking {
  const places = new Map(scoresOf(preview).map(({ model }, index) => [model, index]));
  const reasons = new Map(excludedOf(preview).map(({ model, reason }) => [model, reason]));
  return { place: (address) => places.get(address), exclusionOf: (address) => reasons.get(address) };
}
