// @ts-check
/** Looks for planted keys wherever a page leaves traces: storage, console, addresses, requests, and what a test hands in. */

/** @typedef {{ place: string, text: string }} Trace */

/** Headers that a key belongs in. */
const KEY_HEADERS = ["authorization", "x-goog-api-key"];

/**
 * Watches a browser context from now on. Keys have to be long enough to be found nowhere by chance.
 * @param {import("playwright-core").BrowserContext} context
 * @param {readonly string[]} keys
 */
export function watchForKeys(context, keys) {
  for (const key of keys) if (key.length < 12) throw new Error("a planted key is too short to be told from other words");
  /** @type {Trace[]} */
  const traces = [];
  /** @type {Promise<unknown>[]} */
  const reading = [];
  const add = (/** @type {string} */ place, /** @type {unknown} */ value) => { traces.push(...textsIn(place, value)); };

  context.on("console", (message) => add(`console.${message.type()}`, message.text()));
  context.on("weberror", (error) => add("uncaught error", `${error.error().message}\n${error.error().stack}`));
  context.on("request", (request) => {
    add("request address", request.url());
    add(`request body to ${request.url()}`, request.postData() ?? "");
    reading.push(request.allHeaders().then(
      (headers) => Object.entries(headers).filter(([name]) => !KEY_HEADERS.includes(name)).forEach(([name, value]) => add(`request header ${name}`, value)),
      () => undefined,
    ));
  });

  return {
    /** Something that the page was told: an error, a receipt, an event, a list. */
    add,
    /** Reads all that the page has stored. @param {import("playwright-core").Page} page */
    async look(page) {
      add("address", page.url());
      for (const { place, text } of await page.evaluate(storedTexts)) add(place, text);
      for (const { name, value } of await context.cookies()) add(`cookie ${name}`, value);
    },
    /** @returns {Promise<string[]>} the places where a key was, without the keys */
    async found() {
      await Promise.all(reading);
      const forms = keys.flatMap(formsOf);
      return [...new Set(traces.filter(({ text }) => forms.some((form) => text.includes(form))).map(({ place }) => place))];
    },
    /** How many traces there are: nobody looked if there are none. */
    get count() {
      return traces.length;
    },
  };
}

/**
 * A key as it is, as an address or JSON writes it, and as bytes or Base64 hold it.
 * @param {string} key
 */
function formsOf(key) {
  const bytes = Buffer.from(key);
  // In Base64 what stands before it shifts it by up to two bytes; its ends mix with what stands around them.
  const base64 = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64").replace(/=+$/, "").slice(shift === 0 ? 0 : 4, -2));
  return [
    key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1), [...key].reverse().join(""),
    bytes.toString("hex"), [...key].join("\0"), ...base64, ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
  ];
}

/**
 * @param {string} place
 * @param {unknown} value
 * @returns {Trace[]} every text in it, names of fields among them, also of what an error does not show in JSON
 */
function textsIn(place, value, seen = new Set()) {
  if (typeof value === "string") return [{ place, text: value }];
  if (typeof value !== "object" || value === null) return [{ place, text: String(value) }];
  if (seen.has(value)) return [];
  seen.add(value);
  const own = value instanceof Error ? ["message", "stack", "cause", "name"] : [];
  return [...new Set([...own, ...Object.keys(value)])].flatMap((name) => [{ place, text: name }, ...textsIn(`${place}.${name}`, Reflect.get(/** @type {object} */ (value), name), seen)]);
}

/** Runs in the page: all it has stored, binary data as one letter a byte. */
async function storedTexts() {
  const { caches, document, history, indexedDB, localStorage, sessionStorage } = globalThis;
  /** @type {Trace[]} */
  const traces = [];
  const add = (/** @type {string} */ place, /** @type {unknown} */ text) => { traces.push({ place, text: String(text) }); };
  /** @type {(place: string, value: unknown) => Promise<void>} */
  const write = async (place, value) => {
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      const bytes = ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value);
      add(place, Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    } else if (value instanceof CryptoKey) {
      add(`${place} (${value.extractable ? "extractable" : "kept"} key)`, "");
      await crypto.subtle.exportKey("raw", value).then((raw) => write(place, raw), () => undefined);
    } else if (value instanceof Blob) {
      await write(place, await value.arrayBuffer());
    } else if (value instanceof Map || value instanceof Set) {
      for (const item of value) await write(place, item);
    } else if (typeof value === "object" && value !== null) {
      for (const [name, item] of Object.entries(value)) {
        add(place, name);
        await write(`${place}.${name}`, item);
      }
    } else {
      add(place, value);
    }
  };
  /** @type {<T>(asked: IDBRequest<T>) => Promise<T>} */
  const request = (asked) => new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });

  for (const [name, storage] of Object.entries({ localStorage, sessionStorage })) {
    for (const [key, text] of Object.entries(storage)) {
      add(name, key);
      add(`${name} ${key}`, text);
    }
  }
  for (const { name = "", version } of await indexedDB.databases()) {
    const database = await request(indexedDB.open(name, version));
    for (const store of database.objectStoreNames) {
      const view = database.transaction(store).objectStore(store);
      const [values, keys] = await Promise.all([request(view.getAll()), request(view.getAllKeys())]);
      for (const [index, value] of values.entries()) {
        await write(`IndexedDB ${name} ${store}`, keys[index]);
        await write(`IndexedDB ${name} ${store}`, value);
      }
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const kept of await cache.keys()) {
      add(`cache ${name}`, kept.url);
      await write(`cache ${name}`, await (await cache.match(kept))?.arrayBuffer());
    }
  }
  for (const { name } of performance.getEntries()) add("performance entry", name);
  add("window.name", globalThis.name);
  add("document.referrer", document.referrer);
  await write("history.state", history.state);
  return traces;
}
