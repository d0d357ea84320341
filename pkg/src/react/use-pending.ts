import { useEffect, useState } from "react";
import type { PendingGeneration } from "../types.js";
import { useMesh } from "./context.js";

const NONE: readonly PendingGeneration[] = [];

/**
 * Answers that a reload, a closed or a killed tab cut off, looked for once when the component appears. One goes from the list when it
 * is gone on with (`useGeneration().resume`) or discarded. Where nothing can be read the list stays empty.
 */
export function usePending(): readonly PendingGeneration[] {
  const mesh = useMesh();
  const [pending, setPending] = useState(NONE);
  useEffect(() => {
    let isHere = true;
    const leaveOut = (ids: ReadonlySet<string>) => {
      if (isHere) setPending((known) => (known.some(({ id }) => ids.has(id)) ? known.filter(({ id }) => !ids.has(id)) : known));
    };
    const unsubscribe = mesh.queue.subscribe(() => { leaveOut(new Set(mesh.queue.get().map(({ id }) => id))); });
    mesh.pending().then((found) => {
      if (!isHere) return;
      setPending(found.map((entry) => ({ ...entry, discard: async () => { await entry.discard(); leaveOut(new Set([entry.id])); } })));
    }, () => undefined);
    return () => {
      isHere = false;
      unsubscribe();
      setPending(NONE);
    };
  }, [mesh]);
  return pending;
}
