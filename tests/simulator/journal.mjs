// @ts-check
/** What the simulator was asked and how each request ended; a test asserts on it that cancelling stopped the work. */

/**
 * @typedef {"running" | "complete" | "aborted" | "reset" | "dropped"} Ending
 *   aborted: the client left; reset and dropped: a fault ended the connection
 * @typedef {object} Entry
 * @property {number} id
 * @property {number} at epoch milliseconds
 * @property {string} method
 * @property {string} path without the query
 * @property {string} query
 * @property {Record<string, string | string[] | undefined>} headers
 * @property {string} body
 * @property {unknown} json the parsed body, undefined when it is not JSON
 * @property {string} model empty when the request names none
 * @property {string[]} faults kinds that were applied
 * @property {number} status 0 until a head was sent
 * @property {number} tokensSent pieces of an answer (or steps of a download) that were written
 * @property {number} bytesSent body bytes that were written
 * @property {boolean} aborted
 * @property {string[]} leaks where keys were that must not be there
 * @property {Record<string, unknown>} notes what the protocol made of the request
 * @property {Ending} ended
 */

export class Journal {
  /** @type {Entry[]} */
  entries = [];
  #lastId = 0;
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /**
   * @param {import("node:http").IncomingMessage} request
   * @returns {Entry}
   */
  begin(request) {
    const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
    /** @type {Entry} */
    const entry = {
      id: ++this.#lastId,
      at: Date.now(),
      method: request.method ?? "GET",
      path,
      query,
      headers: { ...request.headers },
      body: "",
      json: undefined,
      model: "",
      faults: [],
      status: 0,
      tokensSent: 0,
      bytesSent: 0,
      aborted: false,
      leaks: [],
      notes: {},
      ended: "running",
    };
    this.entries.push(entry);
    return entry;
  }

  /** Tells those who wait that an entry moved on. */
  changed() {
    for (const listener of [...this.#listeners]) listener();
  }

  /**
   * @param {Entry} entry
   * @param {Ending} ending
   */
  end(entry, ending) {
    if (entry.ended !== "running") return;
    entry.ended = ending;
    entry.aborted = ending === "aborted";
    this.changed();
  }

  clear() {
    this.entries.length = 0;
  }

  /**
   * The first entry, past or future, that satisfies the predicate.
   * @param {(entry: Entry) => boolean} predicate
   * @param {{ timeoutMs?: number }} [options]
   * @returns {Promise<Entry>}
   */
  waitFor(predicate, { timeoutMs = 10_000 } = {}) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.entries.find(predicate);
        if (found === undefined) return;
        stop();
        resolve(found);
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`no such request within ${timeoutMs} ms; seen: ${JSON.stringify(this.entries.map(summary))}`));
      }, timeoutMs);
      const stop = () => {
        clearTimeout(timer);
        this.#listeners.delete(look);
      };
      this.#listeners.add(look);
      look();
    });
  }
}

/** @param {Entry} entry */
function summary({ id, method, path, model, tokensSent, ended }) {
  return { id, method, path, model, tokensSent, ended };
}
