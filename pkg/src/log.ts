// What is said one after another, kept so that a reader may start late or twice and still hear all of it.
import type { MeshError } from "./error.js";

export class Log<E> {
  readonly entries: E[] = [];
  /** How it ended; a reader throws `error` once, after the last entry. */
  ending: { isFailure: true; error: unknown } | { isFailure: false; value: unknown } | undefined;
  readonly #readers = new Set<Reader<unknown, E>>();
  readonly #onLastLeft: () => void;

  /** @param onLastLeft someone stopped reading before the end and nobody else reads */
  constructor(onLastLeft: () => void) {
    this.#onLastLeft = onLastLeft;
  }

  append(entry: E): void {
    this.entries.push(entry);
    this.#wake();
  }

  end(ending: NonNullable<Log<E>["ending"]>): void {
    this.ending = ending;
    this.#wake();
  }

  /** Entry by entry. */
  each(): AsyncIterableIterator<E> {
    return this.opened(new EntryReader(this));
  }

  /** A reader heard everything, left before, or cannot go on, which it did not choose: what is said may be wanted all the same. */
  left(reader: Reader<unknown, E>, isForced: boolean): void {
    if (this.#readers.delete(reader) && this.#readers.size === 0 && !this.ending && !isForced) this.#onLastLeft();
  }

  protected opened<R extends Reader<unknown, E>>(reader: R): R {
    this.#readers.add(reader);
    return reader;
  }

  #wake(): void {
    for (const reader of [...this.#readers]) reader.wake();
  }
}

interface Waiter<T> { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }

/** Written by hand: an async generator costs several microtasks an entry. */
export abstract class Reader<T, E> implements AsyncIterableIterator<T> {
  protected index = 0;
  readonly #log: Log<E>;
  readonly #waiting: Waiter<T>[] = [];
  #isOver = false;
  /** Why it cannot go on, although the generation may. */
  protected failure: MeshError | undefined;

  constructor(log: Log<E>) {
    this.#log = log;
  }

  /** The next item of what is there; undefined where nothing is left. */
  protected abstract take(log: Log<E>): T | undefined;

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

class EntryReader<E> extends Reader<E, E> {
  protected override take({ entries }: Log<E>): E | undefined {
    const entry = entries[this.index];
    if (entry !== undefined) this.index += 1;
    return entry;
  }
}
