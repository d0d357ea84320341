// For tests: what another tab, another version of this package or a browser in trouble does to the same database.
/* global indexedDB, IDBDatabase, IDBTransaction, IDBFactory, IDBOpenDBRequest, IDBObjectStore */
const ending = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

export async function openRaw(name, version) {
  const request = indexedDB.open(name, version);
  request.onupgradeneeded = () => {
    const stores = request.result.objectStoreNames;
    for (const shelf of ["records", "journal"]) if (!stores.contains(shelf)) request.result.createObjectStore(shelf);
  };
  return await ending(request);
}

export async function openEmpty(name, version) {
  const database = await ending(indexedDB.open(name, version));
  database.close();
}

export async function putRaw(name, key, value) {
  const database = await ending(indexedDB.open(name));
  await ending(database.transaction("records", "readwrite").objectStore("records").put(value, key));
  database.close();
}

export async function getRaw(name, shelf, key) {
  const database = await ending(indexedDB.open(name));
  const value = await ending(database.transaction(shelf).objectStore(shelf).get(key));
  database.close();
  return value;
}

export async function versionOf(name) {
  const database = await ending(indexedDB.open(name));
  const { version } = database;
  database.close();
  return version;
}

export async function deleteRaw(name) { await ending(indexedDB.deleteDatabase(name)); }

// Never resolves while a connection stays open that ignores `versionchange`.
export function startDeleting(name) { indexedDB.deleteDatabase(name); }

// Databases as each released version made them, with something on every shelf. Entries are only ever added.
const bytesOf = (text) => ({ format: 1, bytes: new TextEncoder().encode(text) });
const fill = (database, version) => {
  const records = database.createObjectStore("records");
  for (const name of ["catalogue", "health", "settings", ...(version > 1 ? ["metrics"] : [])]) records.put(bytesOf(`${name} of ${version}`), name);
};
const fillWithAnswers = (database, version) => {
  fill(database, version);
  database.createObjectStore("answers").put(bytesOf(`answer of ${version}`), "0123456789abcdef0123456789abcdef");
  database.createObjectStore("uses").put(bytesOf("[11,1700000000000,1700000000000]"), "0123456789abcdef0123456789abcdef");
};
const fillWithPages = (database, version) => {
  fillWithAnswers(database, version);
  database.createObjectStore("journal").put(bytesOf(`a page of ${version}`), "1 a 0000000000");
};
const museum = {
  1: (database) => { fill(database, 1); },
  2: (database) => { fillWithAnswers(database, 2); },
  3: (database) => { fillWithPages(database, 3); },
  4: (database) => {
    fillWithPages(database, 4);
    database.createObjectStore("batches").put(bytesOf("an end of 4"), "1 b 1700000000000 0000000000");
  },
};

export async function makeVersion(name, version) {
  const make = museum[version];
  if (!make) throw new Error(`Say here how version ${version} makes its database.`);
  const request = indexedDB.open(name, version);
  request.onupgradeneeded = () => make(request.result);
  (await ending(request)).close();
}

/** Replaces properties of an object; returns how to put them back. */
function replace(target, replacements) {
  const before = Object.keys(replacements).map((name) => [name, Object.getOwnPropertyDescriptor(target, name)]);
  for (const [name, descriptor] of Object.entries(replacements)) Object.defineProperty(target, name, { configurable: true, ...descriptor });
  return () => { for (const [name, descriptor] of before) Object.defineProperty(target, name, descriptor); };
}

export function countTransactions() {
  let count = 0;
  const { transaction } = IDBDatabase.prototype;
  const mend = replace(IDBDatabase.prototype, { transaction: { value(...given) { count += 1; return transaction.apply(this, given); } } });
  return () => { mend(); return count; };
}

// "abort", "quota" and "unreadable" end every transaction otherwise than in a commit; with "never" its end is not heard.
export function spoilTransactions(how) {
  if (how === "never") return replace(IDBTransaction.prototype, { oncomplete: { set() {} } });
  const names = { quota: "QuotaExceededError", unreadable: "NotReadableError" };
  const aborting = { commit: { value() { this.abort(); } } };
  if (how === "abort") return replace(IDBTransaction.prototype, aborting);
  const error = new DOMException("", names[how]);
  return replace(IDBTransaction.prototype, { ...aborting, error: { get: () => error } });
}

export function spoilOpening(how) {
  if (how === "missing") return replace(globalThis, { indexedDB: { value: undefined } });
  if (how === "refused") return replace(IDBFactory.prototype, { open: { value() { throw new DOMException("denied", "SecurityError"); } } });
  // A request whose end comes as the browser's own error event.
  const failed = (name) => {
    const request = Object.create(IDBOpenDBRequest.prototype);
    const error = new DOMException("Internal error opening backing store for indexedDB.open.", name);
    Object.defineProperties(request, { error: { get: () => error }, onsuccess: { set() {} }, onupgradeneeded: { set() {} }, onerror: { set(hear) { if (hear) setTimeout(() => hear({ target: request })); } } });
    return request;
  };
  return replace(IDBFactory.prototype, { open: { value: () => failed(how) } });
}

// "throws": a handle that is dead from the beginning, as Safari's after a while in the background; "aborts": one that dies
// while it is used ("Connection to Indexed Database server lost").
export function killHandles(how, times) {
  let left = times;
  const dies = () => left > 0 && left-- > 0;
  if (how === "throws") {
    const { transaction } = IDBDatabase.prototype;
    return replace(IDBDatabase.prototype, { transaction: { value(...given) {
      if (dies()) throw new DOMException("The database connection is closing.", "InvalidStateError");
      return transaction.apply(this, given);
    } } });
  }
  const { commit } = IDBTransaction.prototype;
  const real = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, "error").get;
  const dead = new WeakSet();
  const error = new DOMException("Connection to Indexed Database server lost. Refresh the page to try again", "UnknownError");
  return replace(IDBTransaction.prototype, {
    commit: { value() { if (dies()) { dead.add(this); this.abort(); } else commit.call(this); } },
    error: { get() { return dead.has(this) ? error : real.call(this); } },
  });
}

export function limitRoom(bytes) {
  const { put } = IDBObjectStore.prototype;
  const { commit } = IDBTransaction.prototype;
  const real = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, "error").get;
  const full = new WeakSet();
  const error = new DOMException("", "QuotaExceededError");
  const mend = [
    replace(IDBObjectStore.prototype, { put: { value(value, key) { if (value.bytes.length > bytes) full.add(this.transaction); return put.call(this, value, key); } } }),
    replace(IDBTransaction.prototype, {
      commit: { value() { if (full.has(this)) this.abort(); else commit.call(this); } },
      error: { get() { return full.has(this) ? error : real.call(this); } },
    }),
  ];
  return () => { for (const one of mend) one(); };
}
