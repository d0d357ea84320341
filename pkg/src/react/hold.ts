// Something that ends when nobody holds it any more.

export class Hold {
  #holders = 0;
  readonly #onFree: () => void;

  /** @param onFree may be called twice */
  constructor(onFree: () => void) {
    this.#onFree = onFree;
  }

  /** Made for an effect: returns how to let go. */
  readonly take = (): (() => void) => {
    this.#holders += 1;
    return () => {
      this.#holders -= 1;
      // A moment later: StrictMode takes every component out and puts it back at once, and may do so after the first click.
      queueMicrotask(() => { if (this.#holders === 0) this.#onFree(); });
    };
  };
}
