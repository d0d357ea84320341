// Providers written in JavaScript: runs them and tells the core what they say. The core decides what it means.
import type { Blobs } from "./blobs.js";
import type { Core } from "./boundary.js";
import { encode } from "./encode.js";
import { MeshError, invalidRequest, notBuilt } from "./error.js";
import { type FileLookUp, isBlob, withFiles, withSource } from "./files.js";
import type { ImageRequest as CrossedImageRequest } from "./generated/types.js";
import type { HeldKeys } from "./keys.js";
import { statedType } from "./media-type.js";
import type { CustomProvider, CustomProviderEvent, Locality, TextRequest } from "./types.js";

const BUILT_IN: readonly string[] = ["gemini", "ollama", "openrouter", "comfyui"];
const LOCALITIES: readonly Locality[] = ["page", "device", "network", "cloud"];
const EVENT_TYPES: ReadonlySet<unknown> = new Set<CustomProviderEvent["type"]>(["text-delta", "reasoning-delta", "tool-call", "source", "progress", "usage", "finish"]);
const PICTURE_TYPES: ReadonlySet<unknown> = new Set<CustomProviderEvent["type"]>(["preview", "image"]);

/** Events of this long cross together. Shorter than a frame, and slower than no network chunk. */
const BATCH_MS = 4;

/** Tells this core, unless it is gone by now. */
export type Tell = (action: (core: Core) => void) => void;

/** One call of a provider. After the abort it has nothing more to say. */
interface Call { signal: AbortSignal; say: Tell; fail: (thrown: unknown) => void }

export class CustomProviders {
  readonly #providers = new Map<string, CustomProvider>();
  readonly #running = new Map<number, AbortController>();
  readonly #keys: HeldKeys;
  readonly #fileOf: FileLookUp;
  readonly #blobs: Blobs;

  constructor(keys: HeldKeys, fileOf: FileLookUp, blobs: Blobs) {
    this.#keys = keys;
    this.#fileOf = fileOf;
    this.#blobs = blobs;
  }

  add(provider: CustomProvider): void {
    const { name, locality, version } = provider;
    if (typeof name !== "string" || name === "" || name.includes("/")) throw invalidRequest("A custom provider needs a name without a slash.");
    if (BUILT_IN.includes(name)) throw invalidRequest(`\`${name}\` is the name of a built-in provider.`);
    if (!LOCALITIES.includes(locality)) throw invalidRequest(`The locality of \`${name}\` is none of ${LOCALITIES.join(", ")}.`);
    // From JavaScript anything may come.
    if (version !== undefined && (typeof version as string) !== "string") throw invalidRequest(`The version of \`${name}\` is not a string.`);
    if (typeof provider.models !== "function") throw invalidRequest(`\`${name}\` has no function \`models\`.`);
    if (this.#providers.has(name)) throw invalidRequest(`A provider named \`${name}\` is registered already.`, "Take it out first: `register` returned how.");
    this.#providers.set(name, provider);
  }

  remove(name: string): void {
    this.#providers.delete(name);
  }

  all(): CustomProvider[] {
    return [...this.#providers.values()];
  }

  abort(transport: number): void {
    const controller = this.#running.get(transport);
    this.#running.delete(transport);
    // The provider's own listeners run at this; the core is not to be disturbed while it speaks.
    if (controller) queueMicrotask(() => { controller.abort(); });
  }

  /** The core is gone, and all its transports with it. */
  abortAll(): void {
    for (const transport of [...this.#running.keys()]) this.abort(transport);
  }

  invokeModels(transport: number, name: string, tell: Tell): void {
    this.#invoke(transport, tell, async () => {
      const models = await this.#provider(name).models();
      if (!Array.isArray(models)) throw garbage(name, "`models()` gave no list");
      const bytes = encode(models, `${name}.models()`);
      return (core) => { core.customModels(transport, bytes); };
    });
  }

  invokeEmbed(transport: number, name: string, model: string, texts: string[], tell: Tell): void {
    this.#invoke(transport, tell, async ({ signal }) => {
      const provider = this.#provider(name);
      if (!provider.embed) throw notBuilt(`${name}.embed`);
      const { values, lengths } = joined(await provider.embed(texts, model, signal), texts.length, name);
      return (core) => { core.customVectors(transport, values, lengths); };
    });
  }

  invokeGenerate(transport: number, name: string, crossed: TextRequest & { model: string }, tell: Tell): void {
    // Without a step of its own: whoever hears the end may close the mesh in the next, and what is over is not aborted.
    this.#invoke(transport, tell, (call) => {
      const provider = this.#provider(name);
      if (!provider.generate) throw notBuilt(`${name}.generate`);
      return this.#listen(transport, name, call, provider.generate(withFiles(crossed, this.#fileOf), call.signal), (event) => {
        if (!isEvent(event)) throw garbage(name, "`generate()` yielded something that is no event of a provider");
        return event;
      });
    });
  }

  invokeImage(transport: number, name: string, crossed: CrossedImageRequest, tell: Tell): void {
    this.#invoke(transport, tell, (call) => {
      const provider = this.#provider(name);
      if (!provider.image) throw notBuilt(`${name}.image`);
      return this.#listen(transport, name, call, provider.image(withSource(crossed, this.#fileOf), call.signal), (event) => {
        if (isPicture(event)) return { type: event.type, blob: this.#blobs.keep(event.blob), ...(event.type === "image" && { bytes: event.blob.size, mediaType: statedType(event.blob.type) ?? "image/png" }) };
        if (!isEvent(event)) throw garbage(name, "`image()` yielded something that is no event of a provider");
        return event;
      });
    });
  }

  /** Tells the core what a provider yields, as `crossing` writes it. */
  async #listen(transport: number, name: string, { signal, say, fail }: Call, events: AsyncIterable<unknown>, crossing: (event: unknown) => object): Promise<(core: Core) => void> {
    const batch = new Batch((pending) => {
      const bytes = encode(pending, `an event of ${name}`);
      say((core) => { core.customEvents(transport, bytes); });
    }, fail);
    const iterator = events[Symbol.asyncIterator]();
    // Not waited for: a generator that hangs never answers, and nobody listens to it any more.
    const leave = () => { void Promise.resolve().then(() => iterator.return?.()).catch(() => undefined); };
    signal.addEventListener("abort", leave, { once: true });
    try {
      for (;;) {
        const step: IteratorResult<unknown, unknown> = await iterator.next();
        if (signal.aborted || step.done) break;
        // A provider that never waits would keep the page from painting.
        if (batch.add(crossing(step.value))) await breath();
      }
    } finally {
      // Also what it said just before it failed.
      batch.flush();
    }
    return (core) => { core.customEnd(transport); };
  }

  #provider(name: string): CustomProvider {
    const provider = this.#providers.get(name);
    if (!provider) throw new MeshError({ code: "closed", message: `The provider \`${name}\` was taken out.` });
    return provider;
  }

  /** Runs it after the core has finished speaking; whatever it throws, at once or later, is told to the core. */
  #invoke(transport: number, tell: Tell, run: (call: Call) => Promise<(core: Core) => void>): void {
    const controller = new AbortController();
    const { signal } = controller;
    this.#running.set(transport, controller);
    const forget = () => { if (this.#running.get(transport) === controller) this.#running.delete(transport); };
    const say: Tell = (action) => { if (!signal.aborted) tell(action); };
    const fail = (thrown: unknown) => {
      if (signal.aborted) return;
      const failure = encode(this.#failure(thrown), "a provider's error");
      forget();
      // Before the core hears of it: what the provider still says has no meaning any more.
      controller.abort();
      tell((core) => { core.customFailed(transport, failure); });
    };
    void Promise.resolve()
      .then(async () => {
        if (signal.aborted) return;
        const lastWord = await run({ signal, say, fail });
        // First: whoever hears it may close the mesh, and what is over is not aborted.
        forget();
        say(lastWord);
      })
      .catch(fail)
      .finally(forget);
  }

  #failure(thrown: unknown): { code?: string; message: string } {
    const message = this.#keys.strike(thrown instanceof Error && thrown.message !== "" ? thrown.message : typeof thrown === "string" ? thrown : "The provider failed without a reason.");
    return MeshError.isInstance(thrown) ? { code: thrown.code, message } : { message };
  }
}

function isEvent(event: unknown): event is CustomProviderEvent {
  return typeof event === "object" && event !== null && "type" in event && EVENT_TYPES.has(event.type);
}

function isPicture(event: unknown): event is { type: "preview" | "image"; blob: Blob } {
  return typeof event === "object" && event !== null && "type" in event && PICTURE_TYPES.has(event.type) && "blob" in event && isBlob(event.blob);
}

/** All vectors in one array: one crossing, whatever they are made of. */
function joined(vectors: unknown, count: number, name: string): { values: Float32Array; lengths: Uint32Array } {
  if (!Array.isArray(vectors) || vectors.length !== count) throw garbage(name, `\`embed()\` did not give ${String(count)} vectors`);
  const all = vectors.map((vector: unknown) => {
    const numbers = vector instanceof Float32Array ? vector : Array.isArray(vector) ? Float32Array.from(vector as number[]) : undefined;
    if (!numbers || numbers.length === 0 || !numbers.every(Number.isFinite)) throw garbage(name, "`embed()` gave something that is no vector of numbers");
    return numbers;
  });
  const lengths = Uint32Array.from(all, ({ length }) => length);
  const values = new Float32Array(lengths.reduce((sum, length) => sum + length, 0));
  let start = 0;
  for (const vector of all) {
    values.set(vector, start);
    start += vector.length;
  }
  return { values, lengths };
}

function garbage(name: string, what: string): MeshError {
  return new MeshError({ code: "protocol", message: `The provider \`${name}\` broke its contract: ${what}.`, provider: name });
}

/** Collects events so that a fast provider crosses once in a while and a slow one at once. */
class Batch {
  #events: object[] = [];
  #sentAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #send: (events: object[]) => void;
  readonly #onTimerFailed: (thrown: unknown) => void;

  constructor(send: (events: object[]) => void, onTimerFailed: (thrown: unknown) => void) {
    this.#send = send;
    this.#onTimerFailed = onTimerFailed;
  }

  /** @returns whether a full batch was sent: the provider is fast */
  add(event: object): boolean {
    this.#events.push(event);
    if (performance.now() - this.#sentAt >= BATCH_MS) {
      const isFull = this.#events.length > 1;
      this.flush();
      return isFull;
    }
    this.#timer ??= setTimeout(() => { this.#flushLater(); }, BATCH_MS);
    return false;
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sentAt = performance.now();
    if (this.#events.length > 0) this.#send(this.#events.splice(0));
  }

  #flushLater(): void {
    try {
      this.flush();
    } catch (thrown) {
      this.#onTimerFailed(thrown);
    }
  }
}

interface WithScheduler { scheduler?: { yield?(): Promise<void> } }

/** Lets the page paint and answer before going on. */
function breath(): Promise<void> {
  const { scheduler } = globalThis as WithScheduler;
  if (scheduler?.yield) return scheduler.yield();
  return new Promise((resolve) => { setTimeout(resolve, 0); });
}
