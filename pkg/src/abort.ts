// The bridge from a caller's AbortSignal.
import { invalidRequest } from "./error.js";

export function checkSignal(signal: unknown): asserts signal is AbortSignal | undefined {
  if (signal === undefined || (typeof signal === "object" && signal !== null && "aborted" in signal && "addEventListener" in signal)) return;
  throw invalidRequest("`signal` is not an AbortSignal.");
}

/** Calls `onAbort` when it is aborted; returns how to stop listening. The caller looked at `aborted` before. */
export function onAborted(signal: AbortSignal | undefined, onAbort: (reason: unknown) => void): () => void {
  if (!signal) return () => undefined;
  const listener = () => { onAbort(signal.reason); };
  signal.addEventListener("abort", listener, { once: true });
  return () => { signal.removeEventListener("abort", listener); };
}

/** What `fetch` rejects with when nobody gave a reason. */
export function abortError(message = "The generation was cancelled."): DOMException {
  return new DOMException(message, "AbortError");
}
