import { openDB, type DBSchema, type IDBPDatabase, type IDBPObjectStore } from "idb";
import type { KeptPicture } from "./kept-picture";

interface Shelves extends DBSchema {
  /** What is known of each picture: read whole, for the list. Whatever an earlier version wrote is in it, too. */
  pictures: { key: string; value: unknown };
  /** The pictures themselves: read one by one, when they are looked at. */
  files: { key: string; value: Blob };
}

const both: ["pictures", "files"] = ["pictures", "files"];

type Writable<Shelf extends "pictures" | "files"> = IDBPObjectStore<Shelves, typeof both, Shelf, "readwrite">;

const databaseName = "visual-light-researcher";

/** Milliseconds. A large picture on a slow disk takes one or two seconds; a browser that lost what it was asked never answers. */
const patience = 20_000;

/** The only file that knows where pictures are kept. Every method may fail: storage can be full, switched off, or silent. */
export class PictureStore {
  #database: Promise<IDBPDatabase<Shelves>> | undefined;

  #open(): Promise<IDBPDatabase<Shelves>> {
    const forget = () => {
      this.#database = undefined;
    };
    this.#database ??= openDB<Shelves>(databaseName, 1, {
      upgrade(database) {
        database.createObjectStore("pictures");
        database.createObjectStore("files");
      },
      // Another tab wants a newer version, or the visitor cleared everything: the next use opens it anew.
      blocking: (_, __, event) => {
        (event.target as IDBDatabase).close();
        forget();
      },
      terminated: forget,
    }).catch((error: unknown) => {
      forget();
      throw error;
    });
    return this.#database;
  }

  /** Keeps a picture and what is known of it, or neither. */
  add(picture: KeptPicture, file: Blob): Promise<void> {
    return this.#change((pictures, files) => [files.put(file, picture.id), pictures.put(picture, picture.id)]);
  }

  records(): Promise<unknown[]> {
    return this.#answered((database) => database.getAll("pictures"));
  }

  /** Undefined where it is gone, and where what is there is no file. */
  async file(id: string): Promise<Blob | undefined> {
    const file: unknown = await this.#answered((database) => database.get("files", id));
    return file instanceof Blob ? file : undefined;
  }

  remove(id: string): Promise<void> {
    return this.#change((pictures, files) => [pictures.delete(id), files.delete(id)]);
  }

  clear(): Promise<void> {
    return this.#change((pictures, files) => [pictures.clear(), files.clear()]);
  }

  /** Does what is asked of both, or nothing of it. */
  #change(ask: (pictures: Writable<"pictures">, files: Writable<"files">) => readonly Promise<unknown>[]): Promise<void> {
    return this.#answered(async (database) => {
      const transaction = database.transaction(both, "readwrite");
      let asked: readonly Promise<unknown>[];
      try {
        asked = ask(transaction.objectStore("pictures"), transaction.objectStore("files"));
        // Left to itself, the browser commits once the page has heard how each went, and a page that is reloaded meanwhile
        // never hears it: the picture that it shows would be lost.
        transaction.commit();
      } catch (error) {
        transaction.abort();
        await transaction.done.catch(() => undefined);
        throw error;
      }
      // All are waited for at once: a refused one aborts the others, whose failures nobody would hear otherwise.
      await Promise.all([...asked, transaction.done]);
    });
  }

  /** Opens, asks, and fails with a `TimeoutError` where there is no answer; the next use opens anew. */
  #answered<T>(ask: (database: IDBPDatabase<Shelves>) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#database = undefined;
        reject(new DOMException("IndexedDB does not answer.", "TimeoutError"));
      }, patience);
      this.#open().then(ask).finally(() => clearTimeout(timer)).then(resolve, reject);
    });
  }
}
