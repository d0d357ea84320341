// Everything a generation said, so that a reader may start late or twice and still hear all of it.
import { MeshError } from "./error.js";
import { PartialJson } from "./partial-json.js";
import type { GenerationEvent } from "./types.js";

/** The text deltas of one network chunk: they cross as one string and are split only for who wants them one by one. */
export class TextChunk {
  /** @param lengths of each delta, in UTF-16 units */
  constructor(readonly text: string, readonly lengths: Uint32Array) {}
}

type Entry = GenerationEvent | TextChunk;

export class EventLog {
  readonly entries: Entry[] = [];
  /** How it ended; a reader throws `error` once, after the last event. */
  ending: { isFailure: true; error: unknown } | { isFailure: false; value: unknown } | undefined;
  readonly #readers = new Set<Reader<unknown>>();
  readonly #onLastLeft: () => void;

  /** @param onLastLeft someone stopped reading before the end and nobody else reads */
  constructor(onLastLeft: () => void) {
    this.#onLastLeft = onLastLeft;
  }

  append(entry: Entry): void {
    this.entries.push(entry);
    this.#wake();
  }

  end(ending: NonNullable<EventLog["ending"]>): void {
    this.ending = ending;
    this.#wake();
  }

  events(): AsyncIterableIterator<GenerationEvent> {
    return this.#opened(new EventReader(this));
  }

  texts(): AsyncIterableIterator<string> {
    return this.#opened(new TextReader(this));
  }

  /** @param finished the whole object, of what it was ended with */
  objects(finished: (value: unknown) => unknown): AsyncIterableIterator<unknown> {
    return this.#opened(new ObjectReader(this, finished));
  }

  /** A reader heard everything, left before, or cannot go on, which it did not choose: the answer may be wanted all the same. */
  left(reader: Reader<unknown>, isForced: boolean): void {
    if (this.#readers.delete(reader) && this.#readers.size === 0 && !this.ending && !isForced) this.#onLastLeft();
  }

  #opened<R extends Reader<unknown>>(reader: R): R {
    this.#readers.add(reader);
    return reader;
  }

  #wake(): void {
    for (const reader of [...this.#readers]) reader.wake();
  }
}

interface Waiter<T> { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }

/** Written by hand: an async generator costs several microtasks an event. */
abstract class Reader<T> implements AsyncIterableIterator<T> {
  protected index = 0;
  readonly #log: EventLog;
  readonly #waiting: Waiter<T>[] = [];
  #isOver = false;
  /** Why it cannot go on, although the generation may. */
  protected failure: MeshError | undefined;

  constructor(log: EventLog) {
    this.#log = log;
  }

  /** The next item of what is there; undefined where nothing is left. */
  protected abstract take(log: EventLog): T | undefined;

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#waiting.length === 0) {
      const value = this.#isOver ? undefined : this.take(this.#log);
      if (value !== undefined) return Promise.resolve({ value, done: false });
      if (this.#isOver) return Promise.resolve({ value: undefined, done: true });
      if (this.failure) {
        this.#over();
        return Promise.reject(this.failure);
      }
      if (this.#log.ending) {
        const { ending } = this.#log;
        this.#over();
        // The reason is the caller's own where the caller cancelled: it may be anything, as with fetch.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        return ending.isFailure ? Promise.reject(ending.error) : Promise.resolve({ value: undefined, done: true });
      }
    }
    return new Promise((resolve, reject) => { this.#waiting.push({ resolve, reject }); });
  }

  return(): Promise<IteratorResult<T>> {
    this.#over();
    this.#dismiss();
    return Promise.resolve({ value: undefined, done: true });
  }

  wake(): void {
    while (this.#waiting.length > 0) {
      const value = this.take(this.#log);
      if (value === undefined) break;
      this.#waiting.shift()?.resolve({ value, done: false });
    }
    const { ending } = this.#log;
    if ((!ending && !this.failure) || this.#waiting.length === 0) return;
    this.#over();
    if (this.failure) this.#waiting.shift()?.reject(this.failure);
    else if (ending?.isFailure) this.#waiting.shift()?.reject(ending.error);
    this.#dismiss();
  }

  #over(): void {
    this.#isOver = true;
    this.#log.left(this, this.failure !== undefined);
  }

  #dismiss(): void {
    for (const waiter of this.#waiting.splice(0)) waiter.resolve({ value: undefined, done: true });
  }
}

class EventReader extends Reader<GenerationEvent> {
  #delta = 0;
  #offset = 0;

  protected override take({ entries }: EventLog): GenerationEvent | undefined {
    for (;;) {
      const entry = entries[this.index];
      if (!(entry instanceof TextChunk)) {
        if (entry) this.index += 1;
        return entry;
      }
      const length = entry.lengths[this.#delta];
      if (length !== undefined) {
        const start = this.#offset;
        this.#delta += 1;
        this.#offset += length;
        return { type: "text-delta", text: entry.text.slice(start, this.#offset) };
      }
      this.index += 1;
      this.#delta = 0;
      this.#offset = 0;
    }
  }
}

/**
 * One string a network chunk: who only wants the words need not pay for their cuts. Words that were given cannot be taken back: where
 * the answer begins again, who got some of the first one gets an error instead of both, and who starts later the second one alone.
 */
class TextReader extends Reader<string> {
  #hasGiven = false;

  protected override take({ entries }: EventLog): string | undefined {
    if (this.failure) return undefined;
    if (!this.#hasGiven) this.index = Math.max(this.index, entries.findLastIndex((entry) => !(entry instanceof TextChunk) && entry.type === "restart") + 1);
    while (this.index < entries.length) {
      const entry = entries[this.index];
      this.index += 1;
      if (entry instanceof TextChunk || entry?.type === "text-delta") {
        if (entry.text === "") continue;
        this.#hasGiven = true;
        return entry.text;
      }
      if (entry?.type === "restart") {
        this.failure = new MeshError({
          code: "truncated", message: `The answer began again: ${entry.reason.message}`, hint: "A stream of text cannot take words back: iterate over the generation's events, or await `text`.",
        });
        return undefined;
      }
    }
    return undefined;
  }
}

/** What of an answer in JSON is there, each time somebody asks: a slow reader pays for fewer. */
class ObjectReader extends Reader<unknown> {
  #json = new PartialJson();
  #last: unknown;
  #isFinished = false;
  readonly #finished: (value: unknown) => unknown;

  constructor(log: EventLog, finished: (value: unknown) => unknown) {
    super(log);
    this.#finished = finished;
  }

  protected override take({ entries, ending }: EventLog): unknown {
    for (; this.index < entries.length; this.index += 1) {
      const entry = entries[this.index];
      if (entry instanceof TextChunk || entry?.type === "text-delta") this.#json.add(entry.text);
      else if (entry?.type === "restart") this.#json = new PartialJson();
    }
    if (!ending) return this.#told(this.#json.next());
    if (ending.isFailure || this.#isFinished) return undefined;
    this.#isFinished = true;
    const object = this.#finished(ending.value);
    return JSON.stringify(object) === JSON.stringify(this.#last) ? undefined : object;
  }

  #told(object: unknown): unknown {
    if (object !== undefined) this.#last = object;
    return object;
  }
}
