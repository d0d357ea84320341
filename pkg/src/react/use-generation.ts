import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import type { PartialObject, TextGeneration, TextRequest } from "../types.js";
import { useMesh } from "./context.js";
import { type GenerationState, GenerationStore } from "./generation-store.js";

export interface UseGeneration<T = unknown> extends Pick<GenerationState, "text" | "reasoning" | "events" | "status" | "receipt" | "error"> {
  /** The answer to a request with a `schema`: what there is of it while it streams, whole and checked when it is `ready`. */
  object: PartialObject<T> | undefined;
  /** Starts a generation and cancels the one before. A failure is in `error`; the generation's own `result` need not be awaited. */
  start: (request: TextRequest<T>) => TextGeneration<T>;
  /** Goes on with an answer that a reload cut off, by its id (see `usePending`), as `start` does with a new one. */
  resume: (id: string) => TextGeneration<T>;
  /** Cancels and keeps what was said. */
  stop: () => void;
}

/** One generation at a time, shown once a frame. It is cancelled when the component leaves. */
export function useGeneration<T = unknown>(): UseGeneration<T> {
  const mesh = useMesh();
  const [store] = useState(() => new GenerationStore());
  const { text, reasoning, object, events, status, receipt, error } = useSyncExternalStore(store.subscribe, store.get, store.get);
  useEffect(() => store.hold(), [store]);
  const start = useCallback((request: TextRequest<T>) => store.start(mesh.generate(request), request.schema !== undefined), [mesh, store]);
  const resume = useCallback((id: string) => store.start(mesh.resume<T>(id)), [mesh, store]);
  return { start, resume, text, reasoning, object: object as PartialObject<T> | undefined, events, status, receipt, error, stop: store.stop };
}
