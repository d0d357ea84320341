import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import type { Generation, ImageRequest, ImageResult } from "../types.js";
import { useMesh } from "./context.js";
import { type GenerationState, GenerationStore } from "./generation-store.js";

export interface UseImage extends Pick<GenerationState, "preview" | "progress" | "images" | "events" | "status" | "receipt" | "error"> {
  start: (request: ImageRequest) => Generation<ImageResult>;
  stop: () => void;
}

/** As `useGeneration`, for images. */
export function useImage(): UseImage {
  const mesh = useMesh();
  const [store] = useState(() => new GenerationStore());
  const { preview, progress, images, events, status, receipt, error } = useSyncExternalStore(store.subscribe, store.get, store.get);
  useEffect(() => store.hold(), [store]);
  const start = useCallback((request: ImageRequest) => store.start(mesh.image(request)), [mesh, store]);
  return { start, preview, progress, images, events, status, receipt, error, stop: store.stop };
}
