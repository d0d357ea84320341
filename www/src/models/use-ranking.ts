import type { Explanation, Reason } from "hkm-mesh";
import { useMemo } from "react";
import { useRoutePreview, type RoutePreview } from "../chat/use-route-preview";
import type { Place } from "./model-search";

/** How the mesh ranks the models for the question as it stands, whatever model is chosen now. */
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

export function useRanking(): Ranking {
  const preview = useRoutePreview({ pinned: false, explained: true });
  return useMemo(() => {
    const places = new Map(scoresOf(preview).map(({ model }, index) => [model, index]));
    const reasons = new Map(excludedOf(preview).map(({ model, reason }) => [model, reason]));
    return { place: (address) => places.get(address), exclusionOf: (address) => reasons.get(address) };
  }, [preview]);
}
