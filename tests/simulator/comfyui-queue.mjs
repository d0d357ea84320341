// @ts-check
/** ComfyUI's queue, one for all, and its history, both in memory only. */

/**
 * @typedef {object} Item a prompt that was accepted
 * @property {number} number the lowest is next
 * @property {string} id
 * @property {import("./comfyui-graph.mjs").Workflow} workflow
 * @property {Record<string, unknown>} extra
 * @property {string[]} outputs the nodes that are wanted
 * @property {readonly import("./faults.mjs").Fault[]} faults
 * @property {() => AbortSignal} [released] aborted when what is stalled may go on
 *
 * @typedef {object} Past
 * @property {unknown[]} prompt
 * @property {Record<string, unknown>} outputs by node
 * @property {{ status_str: string, completed: boolean, messages: unknown[] }} status
 * @property {Record<string, unknown>} meta by node
 */

/** The numbers of people's own prompts may be equal; then Python compares the ids. @type {(one: Item, other: Item) => boolean} */
const before = (one, other) => one.number < other.number || (one.number === other.number && one.id < other.id);

export class Queue {
  /** A binary heap, as Python keeps it: only its first element is in its place, and `/queue` shows it as it lies. @type {Item[]} */
  #heap = [];
  /** @type {Item | undefined} */
  #running;
  /** @type {Map<string, Past>} */
  #history = new Map();
  #changed;

  /** @param {() => void} changed called whenever it is longer or shorter */
  constructor(changed) {
    this.#changed = changed;
  }

  get remaining() {
    return this.#heap.length + (this.#running === undefined ? 0 : 1);
  }

  get running() {
    return this.#running;
  }

  get pending() {
    return this.#heap;
  }

  /** @param {Item} item */
  put(item) {
    this.#heap.push(item);
    this.#raise(this.#heap.length - 1);
    this.#changed();
  }

  /** @returns {Item | undefined} the next one, which now runs */
  take() {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink();
    }
    this.#running = first;
    this.#changed();
    return first;
  }

  /** @param {Past | undefined} past undefined: nobody will know of it */
  finish(past) {
    if (this.#running !== undefined && past !== undefined) this.#history.set(this.#running.id, past);
    this.#running = undefined;
    this.#changed();
  }

  /**
   * @param {string} id
   * @returns {boolean} whether it was still waiting
   */
  delete(id) {
    const rest = this.#heap.filter((item) => item.id !== id);
    if (rest.length === this.#heap.length) return false;
    this.#heap = [];
    for (const item of rest) {
      this.#heap.push(item);
      this.#raise(this.#heap.length - 1);
    }
    this.#changed();
    return true;
  }

  clear() {
    this.#heap = [];
    this.#changed();
  }

  /** As after a restart: nobody is told. */
  forget() {
    this.#heap = [];
    this.#running = undefined;
    this.#history.clear();
  }

  /** @returns {{ queue_running: unknown[], queue_pending: unknown[] }} */
  tell() {
    return { queue_running: this.#running === undefined ? [] : [asRow(this.#running)], queue_pending: this.#heap.map(asRow) };
  }

  /**
   * @param {string} [id] without: the whole history, or `most` of it from `offset` on
   * @param {{ most?: number, offset?: number }} [page]
   * @returns {Record<string, Past>}
   */
  history(id, { most, offset } = {}) {
    if (id !== undefined) {
      const past = this.#history.get(id);
      return past === undefined ? {} : { [id]: past };
    }
    const all = [...this.#history];
    const start = offset ?? (most === undefined ? 0 : Math.max(0, all.length - most));
    return Object.fromEntries(all.slice(start, most === undefined ? undefined : start + most));
  }

  clearHistory() {
    this.#history.clear();
  }

  /** @param {string} id */
  deleteHistory(id) {
    this.#history.delete(id);
  }

  /** @param {number} index */
  #raise(index) {
    for (let at = index; at > 0;) {
      const above = (at - 1) >> 1;
      if (!this.#swapIf(at, above)) return;
      at = above;
    }
  }

  #sink() {
    for (let at = 0; ;) {
      const [left, right] = [at * 2 + 1, at * 2 + 2];
      const [one, other] = [this.#heap[left], this.#heap[right]];
      const least = one !== undefined && other !== undefined && before(other, one) ? right : left;
      if (!this.#swapIf(least, at)) return;
      at = least;
    }
  }

  /**
   * @param {number} lower
   * @param {number} upper
   * @returns {boolean} whether the lower one had to come up
   */
  #swapIf(lower, upper) {
    const [one, other] = [this.#heap[lower], this.#heap[upper]];
    if (one === undefined || other === undefined || !before(one, other)) return false;
    this.#heap[upper] = one;
    this.#heap[lower] = other;
    return true;
  }
}

/**
 * @param {Item} item
 * @returns {[number, string, import("./comfyui-graph.mjs").Workflow, Record<string, unknown>, string[]]}
 */
export function asRow({ number, id, workflow, extra, outputs }) {
  return [number, id, workflow, extra, outputs];
}
