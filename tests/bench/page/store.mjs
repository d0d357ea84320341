// What the benchmark does with stores, and with what is in memory. Each gives the milliseconds that it took.
import { KeyStore } from "hkm-mesh/dist/key-store.js";
import { LRUCache } from "lru-cache";
import { nameOf, recordOf, requestOf, textOf } from "./records.mjs";
import { STORES, ours } from "./stores.mjs";

/** Filling goes in steps of so many. */
const STEP = 1_000;

/** In memory, some fewer than fit. */
const IN_MEMORY = 1_000;

const opened = new Map();

async function storeOf({ who, database }) {
  const name = `bench-${who}-${database}`;
  if (!opened.has(name)) {
    const store = new STORES[who]();
    await store.open(name);
    opened.set(name, store);
  }
  return opened.get(name);
}

async function timed(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function pairsOf(from, count) {
  return Array.from({ length: count }, (_, place) => [nameOf(from + place), recordOf(from + place)]);
}

/** Entries from all over the database, other ones each time. */
function drawer(entries) {
  let turn = 0;
  return (count) => Array.from({ length: count }, () => nameOf((turn += 7_919) % entries));
}

function need(is, what) {
  if (!is) throw new Error(what);
}

async function needSame(store, number) {
  const [found, wanted] = [await (store.read ?? store.get).call(store, nameOf(number)), recordOf(number)];
  need(found?.length === wanted.length && wanted.every((byte, place) => found[place] === byte), `entry ${number} is not what was stored`);
}

/** Puts that nobody waits for, until the last is committed. */
async function puts({ isTogether, from, ...at }) {
  const store = await storeOf(at);
  let next = from;
  return async (count) => {
    const pairs = pairsOf(next, count);
    const ms = await timed(() => (isTogether ? store.putAll(pairs) : Promise.all(pairs.map(([name, bytes]) => store.put(name, bytes)))));
    await needSame(store, next);
    await needSame(store, next + count - 1);
    next += count;
    return ms;
  };
}

/** Gets that nobody waits for, until the last is there. */
async function gets({ isTogether, entries, ...at }) {
  const store = await storeOf(at);
  const draw = drawer(entries);
  return async (count) => {
    const names = draw(count);
    let found;
    const ms = await timed(async () => { found = await (isTogether ? store.getAll(names) : Promise.all(names.map((name) => store.get(name)))); });
    need(found.every(Boolean), "an entry is missing");
    return ms;
  };
}

/** One get after the other. */
async function awaited({ entries, ...at }) {
  const store = await storeOf(at);
  const draw = drawer(entries);
  return async (count) => {
    const names = draw(count);
    return timed(async () => { for (const name of names) need(await store.get(name), "an entry is missing"); });
  };
}

/**
 * Opens in a page that did not before, and gets one. Every page loads the module and calls it once, also where it is not
 * needed; with `looksForKeys` it is looked meanwhile, as in a mesh, whether keys are remembered.
 * @returns how long the opening and the get took, and how long all of it together
 */
async function opening({ entries, looksForKeys, ...at }) {
  return async (turn) => {
    const name = nameOf((turn * 7_919) % entries);
    const began = performance.now();
    const keys = looksForKeys ? new KeyStore("bench", () => undefined).load(() => "") : undefined;
    const inMemory = new (await ours())();
    need((await inMemory.load(name)) === undefined, "a memory that is empty has an entry");
    const loaded = performance.now();
    const found = await (await storeOf(at)).get(name);
    const ended = performance.now();
    need(found, "an entry is missing");
    await keys;
    return { openingMs: ended - loaded, wholeMs: ended - began };
  };
}

async function fill({ entries, ...at }) {
  const store = await storeOf(at);
  return async () => {
    for (let from = 0; from < entries; from += STEP) {
      const pairs = pairsOf(from, Math.min(STEP, entries - from));
      await (store.putAll ? store.putAll(pairs) : Promise.all(pairs.map(([name, bytes]) => store.put(name, bytes))));
    }
    await needSame(store, entries - 1);
    return 0;
  };
}

/** What is in memory: by its key, its text given to JavaScript; and within Rust, from the written request on. */
const memory = {
  async ours() {
    const store = new (await ours())("bench-memory");
    const names = Array.from({ length: IN_MEMORY }, (_, number) => store.remember(recordOf(number)));
    need(names.every((name, number) => store.recall(name) === textOf(number)), "an answer in memory is not what was kept");
    return (times) => timed(() => { for (let time = 0; time < times; time += 1) store.recall(names[time % IN_MEMORY]); });
  },
  async within() {
    const store = new (await ours())("bench-memory");
    for (let number = 0; number < IN_MEMORY; number += 1) store.remember(recordOf(number));
    const request = requestOf(IN_MEMORY / 2);
    return (times) => timed(() => { need(store.hits(request, times) === times, "an answer in memory was not found"); });
  },
  async lru() {
    const cache = new LRUCache({ maxSize: 4_000_000, sizeCalculation: (text) => text.length });
    const names = Array.from({ length: IN_MEMORY }, (_, number) => nameOf(number));
    names.forEach((name, number) => { cache.set(name, textOf(number)); });
    return (times) => timed(() => { for (let time = 0; time < times; time += 1) need(cache.get(names[time % IN_MEMORY]), "an answer in memory was not found"); });
  },
};

export const cases = { fill, opening, gets, awaited, puts, hits: ({ how }) => memory[how]() };
