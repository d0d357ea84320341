// Takes the pictures that stand as Base64 in JSON out of an answer on its way in, piece by piece. In their place stays the
// handle of a blob, so that megabytes of letters never come into the module's memory, which does not shrink again.
import { bytesOfBase64, cleanBase64, headOfBase64 } from "./base64.js";
import type { Blobs } from "./blobs.js";
import { HEAD_BYTES, sniff, statedType } from "./media-type.js";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/** Letters by which a picture is known. */
const HEAD_LETTERS = Math.ceil(HEAD_BYTES / 3) * 4;
/** A string of so many letters that may all be Base64 is taken out whatever it is, such as a model's signature of its thoughts. */
const LONG = 0x10000;
/** Letters of the longest string that is a picture: 72 MB of one. */
const LONGEST = 96 * 1024 * 1024;
/** The longest beginning of a data URL, `data:image/svg+xml;charset=utf-8;base64,` and the like. */
const LONGEST_LEAD = 128;

const LEAD = /^data:(image\/[\w.+-]+)(?:;[\w=.+-]+)*;base64,/i;

/** What the string that is being read turns out to be. */
type Kind = "undecided" | "let-through" | "taken-out";

export class PictureSieve {
  readonly #blobs: Blobs;
  #taken: number[] = [];
  #isInString = false;
  #isEscaped = false;
  #kind: Kind = "undecided";
  /** The string so far, while it is not let through. */
  #kept: Uint8Array[] = [];
  #length = 0;

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  push(bytes: Uint8Array): Uint8Array {
    const out: Uint8Array[] = [];
    /** The first byte that is neither given out nor kept. */
    let from = 0;
    let at = 0;
    while (at < bytes.length) {
      if (!this.#isInString) {
        const quote = bytes.indexOf(QUOTE, at);
        if (quote === -1) break;
        this.#begin();
        at = quote + 1;
        out.push(bytes.subarray(from, at));
        from = at;
        continue;
      }
      const end = this.#endOfString(bytes, at);
      const isOver = end < bytes.length;
      if (this.#kind !== "let-through") {
        this.#length += end - at;
        // Of what is longer than any picture nothing is kept, and so nothing is left.
        if (this.#length > LONGEST) this.#kept = [];
        else this.#kept.push(bytes.subarray(at, end));
        from = end;
        this.#kind = this.#kind === "undecided" ? this.#decided(isOver) : this.#kind;
        // No string of JSON goes over the end of a line: it was none.
        if (this.#kind === "taken-out") out.push(...this.#ended(isOver, bytes[end] === QUOTE));
        else if (isOver || this.#kind === "let-through") out.push(...this.#release());
      }
      if (isOver) {
        this.#isInString = false;
        at = end + 1;
      } else {
        at = end;
      }
    }
    out.push(bytes.subarray(from));
    return joined(out);
  }

  end(): Uint8Array {
    this.#isInString = false;
    const kept = this.#release();
    // A picture that was cut is none, and its letters are of no use to anybody.
    return this.#kind === "taken-out" ? new Uint8Array() : joined(kept);
  }

  /** The handles of what was taken out since this was asked last, each followed by its size in bytes. */
  takenOut(): Uint32Array {
    const taken = Uint32Array.from(this.#taken);
    this.#taken = [];
    return taken;
  }

  #begin(): void {
    this.#isInString = true;
    this.#isEscaped = false;
    this.#kind = "undecided";
    this.#kept = [];
    this.#length = 0;
  }

  /** Where the string ends, or the line; the length of the bytes where it goes on. */
  #endOfString(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === LINE_FEED || byte === RETURN) return at;
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) return at;
    }
    return bytes.length;
  }

  /** What an undecided string turns out to be. */
  #decided(isOver: boolean): Kind {
    const start = this.#start().replaceAll("\\/", "/");
    if (/^data:/i.test(start) || (!isOver && "data:".startsWith(start.toLowerCase()))) {
      if (LEAD.test(start)) return "taken-out";
      return isOver || start.includes(",") || start.length >= LONGEST_LEAD ? "let-through" : "undecided";
    }
    if (start.length < HEAD_LETTERS && !isOver) return isLikeBase64(start) ? "undecided" : "let-through";
    if (isPicture(start)) return "taken-out";
    if (!isLikeBase64(text(this.#kept.at(-1)))) return "let-through";
    if (this.#length >= LONG) return "taken-out";
    return isOver ? "let-through" : "undecided";
  }

  /** What stands in the place of a picture once it is over; nothing where it was cut by the end of its line. */
  #ended(isOver: boolean, isWhole: boolean): Uint8Array[] {
    if (isOver && isWhole) return [this.#takeOut()];
    if (isOver) this.#release();
    return [];
  }

  /** As much of the string as tells what it is. */
  #start(): string {
    let start = "";
    for (const piece of this.#kept) {
      start += text(piece.subarray(0, LONGEST_LEAD - start.length));
      if (start.length >= LONGEST_LEAD) break;
    }
    return start;
  }

  #release(): Uint8Array[] {
    const kept = this.#kept;
    this.#kept = [];
    return kept;
  }

  /** What stands in the place of the string: a blob's handle, or nothing where it was no Base64. */
  #takeOut(): Uint8Array {
    const [data, stated] = unwrapped(text(joined(this.#release())));
    const clean = cleanBase64(data);
    if (clean === undefined) return new Uint8Array();
    const bytes = bytesOfBase64(clean);
    const type = sniff(bytes) ?? stated ?? "";
    const handle = this.#blobs.keep(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
    this.#taken.push(handle, bytes.length);
    return new TextEncoder().encode(`\\u0001blob:${handle};${type}`);
  }
}

/** The Base64 of a string of JSON, and what it says it is. */
function unwrapped(written: string): [data: string, stated: string | undefined] {
  const said = written.includes("\\") ? unescaped(written) : written;
  const lead = LEAD.exec(said);
  return lead ? [said.slice(lead[0].length), statedType(lead[1])] : [said, undefined];
}

/** Some services escape slashes and equals signs. */
function unescaped(written: string): string {
  try {
    return String(JSON.parse(`"${written}"`));
  } catch {
    // An escape that is none: no Base64 either.
    return written;
  }
}

function isPicture(start: string): boolean {
  const head = cleanBase64(start.slice(0, HEAD_LETTERS));
  return head?.length === HEAD_LETTERS && sniff(headOfBase64(head, HEAD_BYTES))?.startsWith("image/") === true;
}

function isLikeBase64(letters: string): boolean {
  return !/[^\w+/=\\-]/.test(letters);
}

/** Byte by byte, as Base64 is written. */
function text(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : new TextDecoder("latin1").decode(bytes);
}

function joined(pieces: Uint8Array[]): Uint8Array {
  const [first, ...others] = pieces.filter((piece) => piece.length > 0);
  if (first === undefined) return new Uint8Array();
  if (others.length === 0) return first;
  const whole = new Uint8Array(others.reduce((sum, piece) => sum + piece.length, first.length));
  whole.set(first);
  let at = first.length;
  for (const piece of others) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
