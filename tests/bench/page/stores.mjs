// Ours and what it is compared with, each over a database of its own: bytes under a name. A write is over when it is committed.
// None is closed: who opens anew has a new page.
import { Dexie } from "dexie";
import { createStore, get, set, setMany } from "idb-keyval";
import localforage from "localforage";
import { compiledBench } from "./variant.mjs";

const over = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => { resolve(request.result); };
  request.onerror = () => { reject(request.error); };
});

const committed = (transaction) => new Promise((resolve, reject) => {
  transaction.oncomplete = () => { resolve(); };
  transaction.onabort = () => { reject(transaction.error); };
});

/** As an author writes it who knows the database well: one transaction for all. */
class Raw {
  #database;

  async open(name) {
    const opening = globalThis.indexedDB.open(name, 1);
    opening.onupgradeneeded = () => { opening.result.createObjectStore("answers"); };
    this.#database = await over(opening);
  }

  #begin(mode) {
    const transaction = this.#database.transaction("answers", mode);
    return { transaction, store: transaction.objectStore("answers") };
  }

  async put(name, bytes) {
    const { transaction, store } = this.#begin("readwrite");
    store.put(bytes, name);
    await committed(transaction);
  }

  get(name) {
    return over(this.#begin("readonly").store.get(name));
  }

  async putAll(pairs) {
    const { transaction, store } = this.#begin("readwrite");
    for (const [name, bytes] of pairs) store.put(bytes, name);
    transaction.commit();
    await committed(transaction);
  }

  async getAll(names) {
    const { transaction, store } = this.#begin("readonly");
    const requests = names.map((name) => store.get(name));
    transaction.commit();
    await committed(transaction);
    return requests.map(({ result }) => result);
  }
}

/** The store of the package, compiled as the package is. */
export async function ours() {
  return (await compiledBench()).BenchStore;
}

class Ours {
  #store;

  async open(name) {
    this.#store = new (await ours())(name);
  }

  put(name, bytes) {
    return this.#store.save(name, bytes);
  }

  /** Into Rust, where it is used. */
  get(name) {
    return this.#store.load(name);
  }

  read(name) {
    return this.#store.content(name);
  }
}

class IdbKeyval {
  #store;

  open(name) {
    this.#store = createStore(name, "answers");
  }

  put(name, bytes) {
    return set(name, bytes, this.#store);
  }

  get(name) {
    return get(name, this.#store);
  }

  putAll(pairs) {
    return setMany(pairs, this.#store);
  }
}

class Localforage {
  #store;

  open(name) {
    this.#store = localforage.createInstance({ name, storeName: "answers", driver: localforage.INDEXEDDB });
  }

  put(name, bytes) {
    return this.#store.setItem(name, bytes);
  }

  get(name) {
    return this.#store.getItem(name);
  }
}

class OfDexie {
  #table;

  open(name) {
    const database = new Dexie(name);
    database.version(1).stores({ answers: "" });
    this.#table = database.table("answers");
  }

  put(name, bytes) {
    return this.#table.put(bytes, name);
  }

  get(name) {
    return this.#table.get(name);
  }

  putAll(pairs) {
    return this.#table.bulkPut(pairs.map(([, bytes]) => bytes), pairs.map(([name]) => name));
  }
}

export const STORES = { ours: Ours, raw: Raw, "idb-keyval": IdbKeyval, localforage: Localforage, dexie: OfDexie };
