// Something that lives in the core, as a page can watch it.
import type { Observable } from "./types.js";

/** Reads lazily: a change costs nothing until someone asks. Both methods can be passed on their own. */
export class Watched<T> implements Observable<T> {
  #value: T;
  #isStale = false;
  #isTold = true;
  readonly #read: () => T | undefined;
  readonly #listeners = new Set<() => void>();

  /**
   * @param first what it is before there is a core
   * @param read what it is now, or undefined while there is no core; the last one known stays then
   */
  constructor(first: T, read: () => T | undefined) {
    this.#value = first;
    this.#read = read;
  }

  readonly get = (): T => {
    if (this.#isStale) {
      const value = this.#read();
      if (value) {
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
    this.#isStale = true;
    if (!this.#isTold) return;
    this.#isTold = false;
    queueMicrotask(() => {
      this.#isTold = true;
      for (const listener of [...this.#listeners]) notify(listener);
    });
  }
}

/** One listener's error is reported as the page's own and keeps no other from hearing. */
function notify(listener: () => void): void {
  try {
    listener();
  } catch (thrown) {
    queueMicrotask(() => { throw thrown; });
  }
}
