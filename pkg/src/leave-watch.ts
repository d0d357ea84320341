/**
 * Hears that the page is about to be left. Browsers cut off what it fetches a moment before they tell it that it is gone, and
 * what fails then is no server's fault.
 */
export class LeaveWatch {
  readonly #onLeaving: () => void;
  #isOn = false;

  constructor(onLeaving: () => void) {
    this.#onLeaving = onLeaving;
  }

  /** Only while something runs: a page that listens to `beforeunload` is not put aside whole by every browser. */
  watch(isWanted: boolean): void {
    if (isWanted === this.#isOn || typeof addEventListener !== "function") return;
    this.#isOn = isWanted;
    if (isWanted) addEventListener("beforeunload", this.#onLeaving);
    else removeEventListener("beforeunload", this.#onLeaving);
  }
}
