// Pictures and videos on their way from a model to the page. Rust knows them by a handle; their bytes stay on this side.
import { MeshError } from "./error.js";
import type { Event, ImageResult as ImageData, VideoResult as VideoData } from "./generated/types.js";
import type { GenerationEvent, ImageResult, VideoResult } from "./types.js";

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

  get(handle: number): Blob | undefined {
    return this.#held.get(handle);
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
    if (!blob) return undefined;
    return event.type === "video" ? { type: event.type, blob: typed(blob, "video/mp4") } : { type: event.type, blob: typed(blob, "image/png") };
  }

  /** The pictures of a result. Rust lets go of them when all who share it have it. */
  withBlobs({ images, receipt }: ImageData): ImageResult {
    return { images: images.map(({ blob, ...rest }) => ({ ...rest, blob: this.#need(blob, rest.mediaType) })), receipt };
  }

  /** The same of a video. */
  withVideo({ video, mediaType, receipt }: VideoData): VideoResult {
    return { video: this.#need(video, mediaType), mediaType, receipt };
  }

  /** A result is whole or none: what is missing must not look as if it had been made like that. */
  #need(handle: number, mediaType: string): Blob {
    const blob = this.#held.get(handle);
    if (!blob) throw new MeshError({ code: "internal", message: "The bytes of what was made are gone.", hint: "Ask again." });
    return typed(blob, mediaType);
  }
}

/** As what it is meant to be: a server that calls its picture a page would have it run as one where somebody opens it. */
function typed(blob: Blob, mediaType: string): Blob {
  const [kind = ""] = mediaType.split("/");
  return blob.type.startsWith(`${kind}/`) ? blob : blob.slice(0, blob.size, mediaType);
}
