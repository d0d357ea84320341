// @ts-check
/** A model serves so many requests at once (Ollama's default: one); the others wait without a byte. */

/** @typedef {{ leave: () => void }} Place */

export class Queue {
  #parallel;
  #most;
  /** @type {Map<string, { running: number, waiting: (() => void)[] }>} */
  #lines = new Map();

  /** @param {{ parallel: number, most: number }} options parallel: at once for each model; most: waiting, all models together */
  constructor({ parallel, most }) {
    this.#parallel = parallel;
    this.#most = most;
  }

  /**
   * @param {string} model
   * @param {AbortSignal} gone
   * @returns {Promise<Place | "full">}
   */
  async enter(model, gone) {
    const line = this.#lines.get(model) ?? { running: 0, waiting: [] };
    this.#lines.set(model, line);
    const leave = once(() => {
      line.running -= 1;
      line.waiting.shift()?.();
    });
    if (line.running < this.#parallel) {
      line.running += 1;
      return { leave };
    }
    const waiting = [...this.#lines.values()].reduce((sum, { waiting: { length } }) => sum + length, 0);
    if (waiting >= this.#most) return "full";
    const entered = await new Promise((resolve) => {
      const go = () => {
        gone.removeEventListener("abort", abandon);
        resolve(true);
      };
      const abandon = () => {
        line.waiting.splice(line.waiting.indexOf(go), 1);
        resolve(false);
      };
      line.waiting.push(go);
      gone.addEventListener("abort", abandon, { once: true });
      if (gone.aborted) abandon();
    });
    if (!entered) return { leave: () => {} };
    line.running += 1;
    return { leave };
  }
}

/** @param {() => void} action */
function once(action) {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
