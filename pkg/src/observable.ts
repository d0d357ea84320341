// Something that lives in the core, as a page can watch it.
import type { Observable } from "./types.js";

/** Reads lazily: a change costs nothing until someone asks. Both methods can be passed on their own. */
export class Watched<T> implements Observable<T> {
  #value: T;
  #isStale = false;
  /** Whether a change is on its way to the listeners. */
  #isComing = false;
  #toldAt = -Infinity;
  readonly #read: () => T | undefined;
  readonly #pauseMs: number;
  readonly #listeners = new Set<() => void>();

  /**
   * @param initial what it is until it was read
   * @param read what it is now, or undefined while there is no core; the last one known stays then
   * @param pauseMs how far changes are apart at least, for the listeners and for `get`
   */
  constructor(initial: T, read: () => T | undefined, pauseMs = 0) {
    this.#value = initial;
    this.#read = read;
    this.#pauseMs = pauseMs;
  }

  readonly get = (): T => {
    if (this.#isStale) {
      const value = this.#read();
      if (value !== undefined) {
        this.#isStale = false;
        this.#value = value;
      }
    }
    return this.#value;
  };

  readonly subscribe = (onChange: () => void): (() => void) => {
    // One subscription each, also where the same function subscribes twice.
    const listener = () => { onChange(); };
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  };

  /** Called from inside the core, so listeners hear of it a microtask later: they may call the core again. */
  changed(): void {
    const wait = this.#pauseMs === 0 ? 0 : this.#toldAt + this.#pauseMs - performance.now();
    if (wait <= 0) this.#isStale = true;
    if (this.#isComing) return;
    this.#isComing = true;
    if (wait <= 0) {
      queueMicrotask(this.#tell);
      return;
    }
    const timer: unknown = setTimeout(this.#tell, wait);
    // A program in Node need not live on for it; in a page it is a number.
    (timer as { unref?: () => void }).unref?.();
  }

  readonly #tell = (): void => {
    this.#isComing = false;
    this.#isStale = true;
    if (this.#pauseMs > 0) this.#toldAt = performance.now();
    for (const listener of [...this.#listeners]) notify(listener);
  };
}

/** One listener's error is reported as the page's own and keeps no other from hearing. */
function notify(listener: () => void): void {
  try {
    listener();
  } catch (thrown) {
    queueMicrotask(() => { throw thrown; });
  }
}
