// Keys that are remembered: encrypted in a small database of their own, each for one provider at one origin. The key that
// encrypts them cannot be taken out of the browser. That keeps them from whoever copies the database; a script that runs in
// the page can use them like the page itself.
import { MeshError } from "./error.js";

interface StoredKey { provider: string; origin: string; iv: Uint8Array<ArrayBuffer>; ciphertext: ArrayBuffer }

/** What was found of earlier visits. */
export interface Remembered {
  keys: ReadonlyMap<string, string>;
  /** How many could not be decrypted, or are no record at all; they are gone. */
  unreadable: number;
  /** Whether nobody knows what there is: it could not be looked at. */
  isUnread: boolean;
}

const RECORDS = "records";
const SECRETS = "secrets";
const SECRET = "wrapping-key";
const ALGORITHM = "AES-GCM";

/** Opening can hang where a browser's storage is damaged. */
const PATIENCE_MS = 3_000;

export class KeyStore {
  readonly #name: string | undefined;
  /** On which tabs tell each other that something else is kept now; never what. */
  #channel: BroadcastChannel | undefined;
  readonly #onChange: () => void;
  /** One after the other: what was asked for last is what stays. */
  #last: Promise<unknown> = Promise.resolve();
  #hasWorked = false;

  /**
   * @param database the mesh's own; undefined where it keeps nothing
   * @param onChange another tab keeps something else now
   */
  constructor(database: string | undefined, onChange: () => void) {
    this.#name = database === undefined ? undefined : `${database}-keys`;
    this.#onChange = onChange;
  }

  /** Hears of changes in other tabs from here on. */
  listen(): void {
    // Node has channels and no database, and an old browser no channels.
    if (this.#channel || this.#name === undefined || typeof indexedDB === "undefined" || typeof BroadcastChannel === "undefined") return;
    this.#channel = new BroadcastChannel(channelOf(this.#name));
    this.#channel.onmessage = this.#onChange;
  }

  /** Not any more: a page with an open channel would not be kept by the browser when it is left. */
  rest(): void {
    this.#channel?.close();
    this.#channel = undefined;
  }

  /**
   * What was remembered, by provider. Never rejects: a page without storage has forgotten, and `isUnread` says so.
   * @param originOf a key is read only where its provider still is where it was
   */
  async load(originOf: (provider: string) => string): Promise<Remembered> {
    const keys = new Map<string, string>();
    let unreadable = 0;
    let isUnread = false;
    try {
      await this.#use("existing", async (database) => {
        // One view of both: another tab may be writing its first key.
        const view = database.transaction([RECORDS, SECRETS]);
        const [records, secret] = await Promise.all([
          done<unknown[]>(view.objectStore(RECORDS).getAll()),
          done<unknown>(view.objectStore(SECRETS).get(SECRET)),
        ]);
        for (const record of records) {
          const key = isStored(record) ? await decrypted(record, secret) : undefined;
          if (!isStored(record) || key === undefined) {
            unreadable += 1;
            await drop(database, record);
          } else if (record.origin === originOf(record.provider)) keys.set(record.provider, key);
        }
      });
    } catch {
      // As if nothing had been remembered.
      isUnread = true;
    }
    return { keys, unreadable, isUnread };
  }

  /** Rejects with `storage`, and has kept nothing then. */
  async put(provider: string, origin: string, key: string): Promise<void> {
    if (this.#name === undefined) throw notRemembered("the mesh keeps nothing (`storage: \"memory\"`)", "Leave `storage` out, or leave `persist` out.");
    if (!(globalThis.crypto as Crypto | undefined)?.subtle) throw notRemembered("the page is not secure", "Serve it over https or from localhost.");
    try {
      await this.#use("create", async (database) => {
        const secret = await wrappingKey(database);
        const iv = crypto.getRandomValues(new Uint8Array(12));
        const ciphertext = await crypto.subtle.encrypt({ name: ALGORITHM, iv, additionalData: bound(provider, origin) }, secret, new TextEncoder().encode(key));
        const record: StoredKey = { provider, origin, iv, ciphertext };
        await written(database, RECORDS, (store) => store.put(record));
      });
      this.#tell();
    } catch (thrown) {
      throw notRemembered("this browser stores nothing for the page", "Private windows and blocked site data do that; leave `persist` out.", thrown);
    }
  }

  /** Rejects with `storage` where something may still be there. */
  async remove(provider: string): Promise<void> {
    if (this.#name === undefined) return;
    try {
      await this.#use("existing", (database) => written(database, RECORDS, (store) => store.delete(provider)));
      this.#tell();
    } catch (thrown) {
      // Where nothing can be stored nothing was.
      if (!this.#hasWorked) return;
      throw new MeshError({ code: "storage", message: `The key for ${provider} is out of use, but what was remembered of it could not be deleted.`, hint: "Clear the page's site data." }, { cause: thrown });
    }
  }

  #tell(): void {
    if (this.#name === undefined || typeof BroadcastChannel === "undefined") return;
    // Who does not listen may have something to say: a page that only sets a key needs no core.
    const channel = this.#channel ?? new BroadcastChannel(channelOf(this.#name));
    channel.postMessage(null);
    if (channel !== this.#channel) channel.close();
  }

  /** Opened for each use: no connection is there that a browser could drop. */
  #use(how: "create" | "existing", action: (database: IDBDatabase) => Promise<void>): Promise<void> {
    const run = this.#last.then(async () => {
      const database = this.#name === undefined ? undefined : await open(this.#name, how);
      this.#hasWorked = true;
      try {
        if (database) await action(database);
      } finally {
        database?.close();
      }
    });
    this.#last = run.catch(() => undefined);
    return run;
  }
}

function channelOf(database: string): string {
  return `hkm-mesh/keys/${database}`;
}

/** Undefined where it is to exist and does not; none is made then. */
function open(name: string, how: "create" | "existing"): Promise<IDBDatabase | undefined> {
  return new Promise((resolve, reject) => {
    const { indexedDB } = globalThis as { indexedDB?: IDBFactory };
    if (!indexedDB) throw new Error("There is no IndexedDB.");
    let isLate = false;
    const timer = setTimeout(() => { isLate = true; reject(new Error("IndexedDB does not answer.")); }, PATIENCE_MS);
    const request = indexedDB.open(name, 1);
    let isMissing = false;
    request.onupgradeneeded = () => {
      if (how === "existing") {
        isMissing = true;
        request.transaction?.abort();
        return;
      }
      request.result.createObjectStore(RECORDS, { keyPath: "provider" });
      request.result.createObjectStore(SECRETS);
    };
    request.onsuccess = () => {
      clearTimeout(timer);
      const database = request.result;
      if (isLate) database.close();
      // Another tab may delete it.
      database.onversionchange = () => { database.close(); };
      resolve(database);
    };
    request.onerror = () => {
      clearTimeout(timer);
      if (isMissing) resolve(undefined);
      else reject(request.error ?? new Error("IndexedDB could not be opened."));
    };
  });
}

function done<T>(request: IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => { resolve(request.result as T); };
    request.onerror = () => { reject(request.error ?? new Error("IndexedDB could not be read.")); };
  });
}

/** Not done when the request is: a transaction can still be aborted, as by a full disk. */
function written(database: IDBDatabase, store: string, write: (store: IDBObjectStore) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, "readwrite");
    transaction.oncomplete = () => { resolve(); };
    transaction.onabort = () => { reject(transaction.error ?? new Error("IndexedDB could not be written.")); };
    write(transaction.objectStore(store));
  });
}

/** The one of this database, made at first use. */
async function wrappingKey(database: IDBDatabase): Promise<CryptoKey> {
  // Beforehand: a transaction is over once one waits for anything but itself.
  const fresh = await crypto.subtle.generateKey({ name: ALGORITHM, length: 256 }, false, ["encrypt", "decrypt"]);
  let secret: unknown;
  await written(database, SECRETS, (store) => {
    const request = store.get(SECRET);
    request.onsuccess = () => {
      secret = request.result;
      // Another tab may have been first.
      if (!(secret instanceof CryptoKey)) store.put(secret = fresh, SECRET);
    };
  });
  return secret as CryptoKey;
}

/** What it is encrypted together with: moved to another provider or origin, a record does not decrypt. */
function bound(provider: string, origin: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify([provider, origin]));
}

/** Undefined where it was changed, or its key is gone. */
async function decrypted({ provider, origin, iv, ciphertext }: StoredKey, secret: unknown): Promise<string | undefined> {
  try {
    const bytes = await crypto.subtle.decrypt({ name: ALGORITHM, iv, additionalData: bound(provider, origin) }, secret as CryptoKey, ciphertext);
    return new TextDecoder().decode(bytes);
  } catch {
    return undefined;
  }
}

async function drop(database: IDBDatabase, record: unknown): Promise<void> {
  const { provider } = record as { provider: string };
  await written(database, RECORDS, (store) => store.delete(provider));
}

function isStored(record: unknown): record is StoredKey {
  return typeof record === "object" && record !== null && "provider" in record && typeof record.provider === "string"
    && "origin" in record && typeof record.origin === "string" && "iv" in record && "ciphertext" in record;
}

function notRemembered(why: string, hint: string, cause?: unknown): MeshError {
  return new MeshError({ code: "storage", message: `The key could not be remembered: ${why}.`, hint }, cause === undefined ? undefined : { cause });
}
