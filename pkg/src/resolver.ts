// A promise that is settled from outside.
export interface PromiseWithResolver<R> { promise: Promise<R>; resolve(value: R): void; reject(error: unknown): void }

export function withResolver<R>(): PromiseWithResolver<R> {
  let resolve!: (value: R) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<R>((onResolve, onReject) => { resolve = onResolve; reject = onReject; });
  // Counts as handled: who also iterates hears of the failure there. A `then` on it still reports as usual.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
