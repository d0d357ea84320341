// State that changes thousands of times a second and is shown once a frame.

/** A page in the background gets no frames; its title or a sound may still depend on the state. */
const HIDDEN_MS = 250;

export class FrameStore<S> {
  #shown: S;
  #make: (() => S) | undefined;
  #cancelScheduled: (() => void) | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(initial: S) {
    this.#shown = initial;
  }

  /** What is shown. Bound, as `useSyncExternalStore` takes it. */
  readonly get = (): S => this.#shown;

  readonly subscribe = (onChange: () => void): (() => void) => {
    this.#listeners.add(onChange);
    return () => { this.#listeners.delete(onChange); };
  };

  /** Shows at the next frame what `make` gives then. */
  showSoon(make: () => S): void {
    this.#make = make;
    this.#cancelScheduled ??= schedule(() => { this.#showMade(); });
  }

  /** Shows this at once, instead of whatever was to be shown soon. */
  showNow(state: S): void {
    this.#cancelScheduled?.();
    this.#cancelScheduled = undefined;
    this.#make = undefined;
    this.#shown = state;
    for (const listener of [...this.#listeners]) listener();
  }

  #showMade(): void {
    if (this.#make) this.showNow(this.#make());
  }
}

/** @returns how to cancel it */
function schedule(run: () => void): () => void {
  if (typeof requestAnimationFrame !== "function" || document.visibilityState === "hidden") {
    const timer = setTimeout(run, HIDDEN_MS);
    return () => { clearTimeout(timer); };
  }
  const frame = requestAnimationFrame(run);
  // Hidden while it waits: the frame would come when the page is shown again.
  document.addEventListener("visibilitychange", run);
  return () => {
    cancelAnimationFrame(frame);
    document.removeEventListener("visibilitychange", run);
  };
}
