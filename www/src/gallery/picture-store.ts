import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { KeptPicture } from "./kept-picture";

interface Shelves extends DBSchema {
  /** What is known of each picture: read whole, for the list. Whatever an earlier version wrote is in it, too. */
  pictures: { key: string; value: unknown };
  /** The pictures themselves: read one by one, when they are looked at. */
  files: { key: string; value: Blob };
}

const databaseName = "visual-light-researcher";

/** The only file that knows where pictures are kept. Every method may fail: storage can be full, or switched off. */
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
  async add(picture: KeptPicture, file: Blob): Promise<void> {
    const transaction = (await this.#open()).transaction(["pictures", "files"], "readwrite");
    // All are waited for at once: a refused one aborts the others, whose failures nobody would hear otherwise.
    await Promise.all([transaction.objectStore("files").put(file, picture.id), transaction.objectStore("pictures").put(picture, picture.id), transaction.done]);
  }

  async records(): Promise<unknown[]> {
    return (await this.#open()).getAll("pictures");
  }

  /** Undefined where it is gone, and where what is there is no file. */
  async file(id: string): Promise<Blob | undefined> {
    const file: unknown = await (await this.#open()).get("files", id);
    return file instanceof Blob ? file : undefined;
  }

  async remove(id: string): Promise<void> {
    const transaction = (await this.#open()).transaction(["pictures", "files"], "readwrite");
    await Promise.all([transaction.objectStore("files").delete(id), transaction.objectStore("pictures").delete(id), transaction.done]);
  }

  async clear(): Promise<void> {
    const transaction = (await this.#open()).transaction(["pictures", "files"], "readwrite");
    await Promise.all([transaction.objectStore("files").clear(), transaction.objectStore("pictures").clear(), transaction.done]);
  }
}
