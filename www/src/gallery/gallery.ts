import { ObservableValue } from "../app/observable";
import type { Painting, NotKept } from "../pictures/painting";
import { readPicture, toKept, type KeptPicture } from "./kept-picture";
import { PictureStore } from "./picture-store";

export interface GalleryState {
  /** The newest first. */
  pictures: readonly KeptPicture[];
  /** How many records of an earlier visit could not be read. */
  unreadable: number;
  /** Why nothing can be shown, or why the last wish was not done. */
  problem?: string | undefined;
}

/** Why storage refused, for the visitor. */
function storageWords(error: unknown): string {
  const name = error instanceof Error ? error.name : "";
  if (name === "QuotaExceededError") return "There is no room left in this browser's storage. Delete pictures, or make room on the disk.";
  if (name === "TimeoutError") return "This browser's storage does not answer. Close other tabs of this page, or start the browser anew.";
  return `This browser's storage does not work for this page now${name === "" ? "" : ` (${name})`}.`;
}

/** That pictures are not kept, of how many, and why. */
function notKeptWords(failed: number, all: number, error: unknown): string {
  if (all === 1) return `This is not kept: download it if you want to have it. ${storageWords(error)}`;
  const these = failed === all ? "These are" : `${failed} of these ${all} ${failed === 1 ? "is" : "are"}`;
  return `${these} not kept: download ${failed === 1 ? "it" : "them"} if you want to have ${failed === 1 ? "it" : "them"}. ${storageWords(error)}`;
}

/** Asks the browser not to clear the pictures away when room gets short. It may refuse: then they stay as long as there is room. */
async function askToStay(): Promise<void> {
  // Absent where the page's address is not a secure one.
  const storage = navigator.storage as StorageManager | undefined;
  try {
    if ((await storage?.persisted()) === false) await storage?.persist();
  } catch {
    // A browser that cannot be asked keeps them as it pleases.
  }
}

/** The pictures that are kept in this browser. */
export class Gallery {
  readonly state = new ObservableValue<GalleryState>({ pictures: [], unreadable: 0 });
  readonly #store = new PictureStore();
  #last: Promise<unknown> = Promise.resolve();
  #hasAsked = false;

  /** Reads what is kept, of each picture only what is known of it. */
  load(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        const records = await this.#store.records();
        const pictures = records.flatMap((record) => readPicture(record) ?? []).sort((a, b) => b.at - a.at);
        this.state.set({ pictures, unreadable: records.length - pictures.length });
      } catch (error) {
        this.#fail("The kept pictures cannot be shown.", error);
      }
    });
  }

  /** Keeps what a request made, each picture that can be; otherwise says which are not kept and why. */
  keepAll(painting: Painting): Promise<NotKept | undefined> {
    return this.#inTurn(async () => {
      const now = Date.now();
      const asked = painting.pictures.map((made, place) => ({ made, picture: toKept(painting, made, now + place) }));
      // All at once: until they are kept, a reload of the page loses them.
      const ends = await Promise.allSettled(asked.map(({ made, picture }) => this.#store.add(picture, made.file)));
      const kept = asked.filter((_, place) => ends[place]?.status === "fulfilled");
      if (kept.length > 0) {
        const state = this.state.get();
        this.state.set({ ...state, pictures: [...kept.map(({ picture }) => picture).reverse(), ...state.pictures], problem: undefined });
        this.#askToStay();
      }
      const refused = ends.find((end) => end.status === "rejected");
      if (refused === undefined) return undefined;
      const failed = asked.filter((one) => !kept.includes(one));
      return { message: notKeptWords(failed.length, asked.length, refused.reason), pictures: failed.map(({ made }) => made.id) };
    });
  }

  #askToStay(): void {
    if (this.#hasAsked) return;
    this.#hasAsked = true;
    void askToStay();
  }

  /** The picture itself; undefined where it is gone. */
  file(id: string): Promise<Blob | undefined> {
    return this.#store.file(id);
  }

  async remove(id: string): Promise<boolean> {
    return this.#change("The picture is not deleted.", () => this.#store.remove(id), (state) => ({ ...state, pictures: state.pictures.filter((picture) => picture.id !== id) }));
  }

  /** Also what cannot be read. */
  async clear(): Promise<boolean> {
    return this.#change("The pictures are not deleted.", () => this.#store.clear(), () => ({ pictures: [], unreadable: 0 }));
  }

  #change(failed: string, act: () => Promise<void>, after: (state: GalleryState) => GalleryState): Promise<boolean> {
    return this.#inTurn(async () => {
      try {
        await act();
      } catch (error) {
        this.#fail(failed, error);
        return false;
      }
      this.state.set({ ...after(this.state.get()), problem: undefined });
      return true;
    });
  }

  #fail(what: string, error: unknown): void {
    this.state.set({ ...this.state.get(), problem: `${what} ${storageWords(error)}` });
  }

  /** One after another: what is read while something else is written would be shown as it was before. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
