// Pictures and videos on their way from a model to the page. Rust knows them by a handle; their bytes stay on this side.
import type { Event, ImageResult as ImageData } from "./generated/types.js";
import type { GenerationEvent, ImageResult } from "./types.js";

/** Handles from here on are made here, for providers written in JavaScript; those below are Rust's own. */
const FIRST_OWN = 0x8000_0000;

export class Blobs {
  readonly #held = new Map<number, Blob>();
  #next = FIRST_OWN;

  /** @returns a handle of our own */
  keep(blob: Blob): number {
    const handle = this.#next;
    this.#next = handle === 0xffff_ffff ? FIRST_OWN : handle + 1;
    this.#held.set(handle, blob);
    return handle;
  }

  /** Under a handle of Rust's. */
  put(handle: number, blob: Blob): void {
    this.#held.set(handle, blob);
  }

  drop(handles: Iterable<number>): void {
    for (const handle of handles) this.#held.delete(handle);
  }

  clear(): void {
    this.#held.clear();
  }

  /** An event with the blob itself in place of its handle; undefined for one whose blob is gone. */
  withBlob(event: Event): GenerationEvent | undefined {
    if (event.type !== "preview" && event.type !== "image" && event.type !== "video") return event;
    const blob = this.#held.get(event.blob);
    // What is done is in the result too; a preview is seen once.
    if (event.type === "preview") this.#held.delete(event.blob);
    return blob && { type: event.type, blob };
  }

  /** The pictures of a result, which is the last that is heard of them. */
  withBlobs({ images, receipt }: ImageData): ImageResult {
    const found = images.flatMap(({ blob: handle, ...rest }) => {
      const blob = this.#held.get(handle);
      this.#held.delete(handle);
      return blob ? [{ ...rest, blob }] : [];
    });
    return { images: found, receipt };
  }
}
