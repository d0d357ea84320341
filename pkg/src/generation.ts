// One generation as the page sees it: a log of events for whoever iterates, a promise for whoever waits.
import { abortError, onAborted } from "./abort.js";
import { type MeshError, invalidRequest } from "./error.js";
import { EventLog, TextChunk } from "./event-log.js";
import { type PromiseWithResolver, withResolver } from "./resolver.js";
import type { Generation, GenerationEvent, ImageResult, PartialObject, TextGeneration, TextResult, VideoResult } from "./types.js";

type Outcome<R> = { isFailure: false; value: R } | { isFailure: true; error: unknown };

/** What the mesh lends a generation: how to stop it where it runs. */
export type Stop = (id: string) => void;

export class LiveGeneration<R> implements Generation<R> {
  readonly id: string;
  readonly #log = new EventLog(() => { this.#lastReaderLeft(); });
  readonly #stop: Stop;
  readonly #signals: (() => void)[] = [];
  /** Held back until it is settled: a generation that fails has no `finish`. */
  #finishEvent: GenerationEvent | undefined;
  #outcome: Outcome<R> | undefined;
  #result: PromiseWithResolver<R> | undefined;

  constructor(id: string, stop: Stop) {
    this.id = id;
    this.#stop = stop;
  }

  get result(): Promise<R> {
    if (!this.#result) {
      this.#result = withResolver<R>();
      this.#deliver();
    }
    return this.#result.promise;
  }

  [Symbol.asyncIterator](): AsyncIterator<GenerationEvent> {
    return this.#log.events();
  }

  cancel(reason?: unknown): void {
    if (this.#outcome) return;
    this.fail(reason === undefined ? abortError() : reason);
    this.#stop(this.id);
  }

  toReadableStream(): ReadableStream<GenerationEvent> {
    const events = this.#log.events();
    return new ReadableStream<GenerationEvent>({
      async pull(controller) {
        const step = await events.next();
        if (step.done) controller.close();
        else controller.enqueue(step.value);
      },
      async cancel() {
        await events.return?.();
      },
    }, { highWaterMark: 0 });
  }

  /** Whether it still runs. */
  get isRunning(): boolean {
    return this.#outcome === undefined;
  }

  /** Cancels when this is aborted, until the end. Whoever joins a generation may bring a signal of their own. */
  follow(signal: AbortSignal | undefined): void {
    if (this.#outcome || !signal) return;
    this.#signals.push(onAborted(signal, (reason) => { this.cancel(reason); }));
  }

  // What the core says.

  hearText(text: string, lengths: Uint32Array): void {
    if (this.#outcome) return;
    // A view into the WebAssembly's memory dies when that grows; the log outlives it.
    const isOwn = lengths.byteLength === lengths.buffer.byteLength;
    this.#log.append(new TextChunk(text, isOwn ? lengths : lengths.slice()));
  }

  hearEvents(events: readonly GenerationEvent[]): void {
    if (this.#outcome) return;
    for (const event of events) {
      if (event.type === "finish") this.#finishEvent = event;
      else this.#log.append(event);
    }
  }

  settle(value: unknown, error: MeshError | undefined): void {
    if (this.#outcome) return;
    if (error) {
      this.fail(error);
      return;
    }
    if (this.#finishEvent) this.#log.append(this.#finishEvent);
    this.#end({ isFailure: false, value: value as R });
  }

  /** Ends it here with this error, or a cancelling caller's reason. */
  fail(error: unknown): void {
    if (!this.#outcome) this.#end({ isFailure: true, error });
  }

  /** Every word, one string a network chunk. */
  protected texts(): AsyncIterableIterator<string> {
    return this.#log.texts();
  }

  protected objects(finished: (result: R) => unknown): AsyncIterableIterator<unknown> {
    return this.#log.objects((value) => finished(value as R));
  }

  #end(outcome: Outcome<R>): void {
    this.#outcome = outcome;
    for (const stopFollowing of this.#signals.splice(0)) stopFollowing();
    this.#deliver();
    this.#log.end(outcome);
  }

  #deliver(): void {
    if (!this.#result || !this.#outcome) return;
    if (this.#outcome.isFailure) this.#result.reject(this.#outcome.error);
    else this.#result.resolve(this.#outcome.value);
  }

  #lastReaderLeft(): void {
    if (!this.#result) this.cancel(abortError("Nobody reads the generation any more."));
  }
}

export class LiveImageGeneration extends LiveGeneration<ImageResult> {}

export class LiveVideoGeneration extends LiveGeneration<VideoResult> {}

export class LiveTextGeneration<T> extends LiveGeneration<TextResult<T>> implements TextGeneration<T> {
  readonly textStream: AsyncIterable<string> = { [Symbol.asyncIterator]: () => this.texts() };
  readonly objectStream: AsyncIterable<PartialObject<T>>;
  #text: Promise<string> | undefined;

  constructor(id: string, stop: Stop, hasSchema: boolean) {
    super(id, stop);
    this.objectStream = {
      [Symbol.asyncIterator]: () => {
        if (!hasSchema) throw invalidRequest("The request has no `schema`, so its answer is no object.", "Iterate over `textStream`.");
        return this.objects(({ object }) => object) as AsyncIterableIterator<PartialObject<T>>;
      },
    };
  }

  get text(): Promise<string> {
    if (!this.#text) {
      this.#text = this.result.then((result) => result.text);
      this.#text.catch(() => undefined);
    }
    return this.#text;
  }
}
