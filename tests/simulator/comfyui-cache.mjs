// @ts-check
/** What ComfyUI remembers of the last prompt: a node whose inputs are the same is not worked on again. */
export class Cache {
  /** What the nodes put out, by signature. @type {Map<string, unknown>} */
  #results = new Map();

  /**
   * Only what the new prompt has too is kept.
   * @param {Readonly<Record<string, string>>} signatures by node
   * @returns {Set<string>} the nodes that need not be worked on
   */
  begin(signatures) {
    const wanted = new Set(Object.values(signatures));
    for (const signature of this.#results.keys()) {
      if (!wanted.has(signature)) this.#results.delete(signature);
    }
    return new Set(Object.keys(signatures).filter((node) => this.#results.has(signatures[node] ?? "")));
  }

  /**
   * @param {string} signature
   * @param {unknown} output undefined for a node that puts out nothing
   */
  add(signature, output) {
    this.#results.set(signature, output);
  }

  /** @param {string} signature */
  output(signature) {
    return this.#results.get(signature);
  }

  clear() {
    this.#results.clear();
  }
}
