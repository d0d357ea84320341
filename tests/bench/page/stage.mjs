// What the runner calls in the page. Cases are loaded as modules of their own, so that none of them waits for another.

/** For work that comes after the answer: records that are written, callbacks that are left. */
const AFTERMATH_MS = 20;

const prepared = new Map();
const expected = new Map();
let last;

async function textOf(url) {
  if (!expected.has(url)) expected.set(url, await (await fetch(url)).text());
  return expected.get(url);
}

globalThis.bench = {
  /** @returns {Promise<string | undefined>} why this build cannot do it */
  async prepare({ key, module, name, at }) {
    const { cases } = await import(/* @vite-ignore */ module);
    const run = await cases[name]({ ...at, origin: globalThis.location.origin });
    if (run.missing) return run.missing;
    prepared.set(key, run);
    return undefined;
  },

  /** @returns {Promise<number>} milliseconds until the answer was whole */
  async run(key) {
    const started = performance.now();
    last = await prepared.get(key)();
    const wallMs = performance.now() - started;
    await new Promise((resolve) => { setTimeout(resolve, AFTERMATH_MS); });
    return wallMs;
  },

  /** Calls it once and gives what it gave. */
  ask(key) {
    return prepared.get(key)();
  },

  /** Calls it so often in a row. @returns what the last call gave */
  repeat({ key, times }) {
    return prepared.get(key)(times);
  },

  /** The price of being asked at all. */
  async nothing() {
    await new Promise((resolve) => { setTimeout(resolve, AFTERMATH_MS); });
    return 0;
  },

  /** @returns {Promise<string | undefined>} what is wrong with the last answer */
  async verify(url) {
    const text = await textOf(url);
    if (typeof last === "number") return last > text.length ? undefined : `only ${last} bytes came`;
    if (last === text) return undefined;
    let same = 0;
    while (same < text.length && last[same] === text[same]) same += 1;
    return `the text differs from character ${same} of ${text.length} on; ${last.length} characters came`;
  },
};
