import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import type { Generation, VideoRequest, VideoResult } from "../types.js";
import { useMesh } from "./context.js";
import { type GenerationState, GenerationStore } from "./generation-store.js";

export interface UseVideo extends Pick<GenerationState, "progress" | "video" | "events" | "status" | "receipt" | "error"> {
  start: (request: VideoRequest) => Generation<VideoResult>;
  stop: () => void;
}

/** As `useImage`, for a video. */
export function useVideo(): UseVideo {
  const mesh = useMesh();
  const [store] = useState(() => new GenerationStore());
  const { progress, video, events, status, receipt, error } = useSyncExternalStore(store.subscribe, store.get, store.get);
  useEffect(() => store.hold(), [store]);
  const start = useCallback((request: VideoRequest) => store.start(mesh.video(request)), [mesh, store]);
  return { start, progress, video, events, status, receipt, error, stop: store.stop };
}
