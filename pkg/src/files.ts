// Files in requests. Their bytes stay on this side: what crosses is a handle, the type and the size, and Rust asks for the
// Base64 where the bytes leave.
import { cleanBase64, headOfBase64, sizeOfBase64, toBase64 } from "./base64.js";
import { digestOf } from "./digest.js";
import { invalidRequest } from "./error.js";
import type { ImageRequest as CrossedImageRequest } from "./generated/types.js";
import { HEAD_BYTES, sniff, statedType } from "./media-type.js";
import type { Content, ImageRequest } from "./types.js";

/** What a request's files may weigh together, bytes: what providers take in one request. */
const MOST_BYTES = 20_000_000;

type Data = Blob | Uint8Array | string;

/** A file that a running request holds. */
export interface HeldFile {
  /** As the caller gave it, for providers written in JavaScript. */
  readonly data: Data;
  readonly mediaType: string;
  readonly name: string | undefined;
  /** Made anew each time: it is asked for once an attempt, and kept it would double what a picture weighs. */
  base64(): Promise<string>;
}

/** Undefined for a handle whose request is over. */
export type FileLookUp = (handle: number) => HeldFile | undefined;

/** The files of one request. */
export class RequestFiles {
  readonly held = new Map<number, HeldFile>();
  readonly #isForSending: boolean;
  readonly #wantsDigests: boolean;
  readonly #looking: Promise<void>[] = [];
  #bytes = 0;

  /**
   * @param isForSending otherwise only type and size count, and nothing is kept
   * @param wantsDigests whether an answer may be kept: then it has to be known what is in the files
   */
  constructor(isForSending: boolean, wantsDigests = false) {
    this.#isForSending = isForSending;
    this.#wantsDigests = wantsDigests;
  }

  /** The request with handles in place of files. Where `read` is there, it is whole only after that. */
  take(request: Record<string, unknown>): Record<string, unknown> {
    const { files, messages } = request;
    return {
      ...request,
      ...(Array.isArray(files) ? { files: files.map((file: unknown, index) => this.#given(file, `files[${String(index)}]`)) } : {}),
      ...(Array.isArray(messages) ? { messages: messages.map((message: unknown, index) => this.#message(message, `messages[${String(index)}]`)) } : {}),
    };
  }

  /** A request for pictures, likewise. */
  takeSource(request: Record<string, unknown>): Record<string, unknown> {
    const taken = { ...request };
    for (const place of ["source", "mask"]) {
      const data = request[place];
      if (data === undefined || data === null) continue;
      if (!isBlob(data)) throw invalidRequest(`\`${place}\` is no Blob.`, "Fetch the picture, or let the user choose it, and give the Blob.");
      taken[place] = this.#crossing({ data }, place);
    }
    return taken;
  }

  /** What has to be read from the bytes of files; undefined where nothing has to. */
  get read(): Promise<unknown> | undefined {
    return this.#looking.length > 0 ? Promise.all(this.#looking) : undefined;
  }

  #message(message: unknown, place: string): unknown {
    if (!isRecord(message) || !Array.isArray(message["content"]) || !message["content"].some(isFilePiece)) return message;
    const content = message["content"].map((piece: unknown, index) => (isFilePiece(piece) ? this.#crossing(piece, `${place}.content[${String(index)}]`) : piece));
    return { ...message, content };
  }

  /** An element of `files`. */
  #given(file: unknown, place: string): unknown {
    if (isBlob(file)) return this.#crossing({ data: file }, place);
    if (!isRecord(file)) throw invalidRequest(`\`${place}\` is no file.`, FORMS);
    return this.#crossing(file, place);
  }

  /** Unknown fields go along: Rust refuses them by name. */
  #crossing({ data, mediaType, name, ...rest }: Record<string, unknown>, place: string): Record<string, unknown> {
    const file = read(data, mediaType, place, this.#isForSending);
    this.#bytes += file.bytes;
    if (this.#bytes > MOST_BYTES) throw invalidRequest(`The files weigh more than ${String(MOST_BYTES / 1e6)} MB together.`, "Send fewer of them, or make pictures smaller.");
    const known = name ?? (isBlob(data) && "name" in data && typeof data.name === "string" ? data.name : undefined);
    const handle = this.#isForSending ? nextHandle() : 0;
    const crossing: Record<string, unknown> = { ...rest, mediaType: file.mediaType, file: handle, bytes: file.bytes, ...(known === undefined ? {} : { name: known }) };
    const hold = (type: string) => {
      crossing["mediaType"] = type;
      this.held.set(handle, { data: file.data, mediaType: type, name: typeof known === "string" ? known : undefined, base64: file.base64 });
    };
    if (file.mediaType !== undefined) hold(file.mediaType);
    else if (!this.#isForSending || !isBlob(file.data)) throw untyped(place);
    else this.#looking.push(typeOf(file.data, place).then(hold));
    if (this.#wantsDigests) {
      const digested = isBlob(file.data) || file.data instanceof Uint8Array ? digestOf(file.data) : file.base64().then(digestOf);
      this.#looking.push(digested.then((digest) => { if (digest !== undefined) crossing["digest"] = digest; }));
    }
    return crossing;
  }
}

let handles = 0;

/** Unique in this page: several requests of a mesh run at once. */
function nextHandle(): number {
  handles = handles >= 0xffff_ffff ? 1 : handles + 1;
  return handles;
}

/** A request from Rust, with the files themselves in place of their handles. */
export function withFiles<R extends object>(request: R, lookUp: FileLookUp): R {
  const { files, messages } = request as { files?: unknown; messages?: unknown };
  if (!Array.isArray(files) && !Array.isArray(messages)) return request;
  const found = (crossed: unknown): HeldFile => {
    const file = isRecord(crossed) && typeof crossed["file"] === "number" ? lookUp(crossed["file"]) : undefined;
    if (!file) throw invalidRequest("The request's files are gone: it is over.");
    return file;
  };
  const asPiece = ({ mediaType, data, name }: HeldFile): Content => ({ type: "file", mediaType, data, ...(name === undefined ? {} : { name }) });
  const asGiven = ({ mediaType, data, name }: HeldFile) => {
    if (isBlob(data)) return data.type === "" ? data.slice(0, data.size, mediaType) : data;
    return { mediaType, data, ...(name === undefined ? {} : { name }) };
  };
  return {
    ...request,
    ...(Array.isArray(files) ? { files: files.map((file) => asGiven(found(file))) } : {}),
    ...(Array.isArray(messages) ? {
      messages: messages.map((message: unknown) => (isRecord(message) && Array.isArray(message["content"])
        ? { ...message, content: message["content"].map((piece: unknown) => (isFilePiece(piece) ? asPiece(found(piece)) : piece)) }
        : message)),
    } : {}),
  };
}

/** A request for pictures from Rust, with the picture to change and its mask in place of their handles. */
export function withSource({ source, mask, ...request }: CrossedImageRequest, lookUp: FileLookUp): ImageRequest & { model: string } {
  const found = (file: typeof source): Blob | undefined => {
    const held = file && lookUp(file.file);
    if (file && !held) throw invalidRequest("The request's files are gone: it is over.");
    return held && isBlob(held.data) ? held.data : undefined;
  };
  const [sourceBlob, maskBlob] = [found(source), found(mask)];
  return { ...request, ...(sourceBlob && { source: sourceBlob }), ...(maskBlob && { mask: maskBlob }) } as ImageRequest & { model: string };
}

/** The bytes of a file, for a form. */
export async function asBlob(file: HeldFile): Promise<Blob> {
  const { data, mediaType } = file;
  if (isBlob(data)) return data.type === "" ? data.slice(0, data.size, mediaType) : data;
  if (typeof data !== "string") return new Blob([data as Uint8Array<ArrayBuffer>], { type: mediaType });
  const binary = atob(await file.base64());
  return new Blob([Uint8Array.from(binary, (char) => char.charCodeAt(0))], { type: mediaType });
}

/** As a picture is shown and a conversation is kept: `data:image/png;base64,…`. */
export async function toDataUrl(blob: Blob): Promise<{ mediaType: string; url: string }> {
  const mediaType = statedType(blob.type) ?? (await typeOf(blob, "The file"));
  return { mediaType, url: `data:${mediaType};base64,${await toBase64(blob)}` };
}

interface ReadFile { data: Data; mediaType: string | undefined; bytes: number; base64: () => Promise<string> }

const FORMS = "Give a Blob, a Uint8Array, Base64 or a data: URL.";

function read(data: unknown, stated: unknown, place: string, isForSending: boolean): ReadFile {
  const file = typeof data === "string" ? readText(data, stated, place, isForSending) : readBytes(data, stated, place, isForSending);
  if (file.bytes === 0) throw invalidRequest(`\`${place}\` is empty.`);
  return file;
}

function readBytes(data: unknown, stated: unknown, place: string, isForSending: boolean): ReadFile {
  if (isBlob(data)) return { data, mediaType: statedType(stated) ?? statedType(data.type), bytes: data.size, base64: () => toBase64(data) };
  if (!ArrayBuffer.isView(data)) throw invalidRequest(`\`${place}\` has no data that can be read.`, FORMS);
  const view = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  // A copy: it is read later, and the caller's array may hold something else by then.
  const bytes = isForSending ? view.slice() : view;
  return { data: bytes, mediaType: statedType(stated) ?? sniff(view), bytes: view.length, base64: () => toBase64(bytes) };
}

function readText(text: string, stated: unknown, place: string, isForSending: boolean): ReadFile {
  if (/^data:/i.test(text)) return readDataUrl(text, stated, place, isForSending);
  if (/^(https?|blob|file|ftp):/i.test(text)) {
    throw invalidRequest(`\`${place}\` is the address of a file, and the mesh fetches nothing by itself.`, "Fetch it and give the Blob: `await (await fetch(address)).blob()`.");
  }
  return readBase64(text, text, statedType(stated), place, isForSending);
}

function readDataUrl(url: string, stated: unknown, place: string, isForSending: boolean): ReadFile {
  const comma = url.indexOf(",");
  if (comma < 0) throw invalidRequest(`\`${place}\` is a data: URL without data.`);
  const head = url.slice("data:".length, comma);
  const mediaType = statedType(stated) ?? statedType(head);
  if (/;\s*base64$/i.test(head)) return readBase64(url, url.slice(comma + 1), mediaType, place, isForSending);
  const bytes = percentDecoded(url.slice(comma + 1), place);
  return { data: url, mediaType: mediaType ?? sniff(bytes), bytes: bytes.length, base64: () => toBase64(bytes) };
}

function readBase64(data: string, text: string, stated: string | undefined, place: string, isForSending: boolean): ReadFile {
  // `route` is asked at every keystroke: there the size is enough.
  const base64 = isForSending || stated === undefined ? cleanBase64(text) : text;
  if (base64 === undefined) throw invalidRequest(`\`${place}\` is a string that is neither Base64 nor a data: URL.`, FORMS);
  return { data, mediaType: stated ?? sniff(headOfBase64(base64, HEAD_BYTES)), bytes: sizeOfBase64(base64), base64: () => Promise.resolve(base64) };
}

function percentDecoded(text: string, place: string): Uint8Array {
  try {
    return new TextEncoder().encode(decodeURIComponent(text));
  } catch {
    throw invalidRequest(`\`${place}\` is a data: URL that cannot be decoded.`, "Write its data as Base64.");
  }
}

async function typeOf(blob: Blob, place: string): Promise<string> {
  const type = sniff(new Uint8Array(await blob.slice(0, HEAD_BYTES).arrayBuffer()));
  if (type === undefined) throw untyped(place);
  return type;
}

function untyped(place: string): Error {
  return invalidRequest(`\`${place}\` does not say what type it is.`, "Set its `mediaType`, or for a Blob its type: `new Blob([blob], { type: \"image/png\" })`.");
}

/** Not by `instanceof`: another frame's Blob is one too. */
export function isBlob(value: unknown): value is Blob {
  return typeof value === "object" && value !== null && "arrayBuffer" in value && typeof value.arrayBuffer === "function"
    && "slice" in value && "size" in value && typeof value.size === "number" && "type" in value && typeof value.type === "string";
}

function isFilePiece(piece: unknown): piece is Record<string, unknown> {
  return isRecord(piece) && piece["type"] === "file";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
