// Everything a generation said, as its events, its words or its object.
import { MeshError } from "./error.js";
import { Log, Reader } from "./log.js";
import { PartialJson } from "./partial-json.js";
import type { GenerationEvent } from "./types.js";

/** The text deltas of one network chunk: they cross as one string and are split only for who wants them one by one. */
export class TextChunk {
  /** @param lengths of each delta, in UTF-16 units */
  constructor(readonly text: string, readonly lengths: Uint32Array) {}
}

type Entry = GenerationEvent | TextChunk;

export class EventLog extends Log<Entry> {
  events(): AsyncIterableIterator<GenerationEvent> {
    return this.opened(new EventReader(this));
  }

  texts(): AsyncIterableIterator<string> {
    return this.opened(new TextReader(this));
  }

  /** @param finished the whole object, of what it was ended with */
  objects(finished: (value: unknown) => unknown): AsyncIterableIterator<unknown> {
    return this.opened(new ObjectReader(this, finished));
  }
}

class EventReader extends Reader<GenerationEvent, Entry> {
  #delta = 0;
  #offset = 0;

  protected override take({ entries }: Log<Entry>): GenerationEvent | undefined {
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
class TextReader extends Reader<string, Entry> {
  #hasGiven = false;

  protected override take({ entries }: Log<Entry>): string | undefined {
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
class ObjectReader extends Reader<unknown, Entry> {
  #json = new PartialJson();
  #last: unknown;
  #isFinished = false;
  readonly #finished: (value: unknown) => unknown;

  constructor(log: EventLog, finished: (value: unknown) => unknown) {
    super(log);
    this.#finished = finished;
  }

  protected override take({ entries, ending }: Log<Entry>): unknown {
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
