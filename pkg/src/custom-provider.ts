// Providers written in JavaScript: runs them and tells the core what they say. The core decides what it means.
import type { Core } from "./boundary.js";
import { encode } from "./encode.js";
import { MeshError, invalidRequest, notBuilt } from "./error.js";
import { type FileLookUp, withFiles } from "./files.js";
import type { HeldKeys } from "./keys.js";
import type { CustomProvider, CustomProviderEvent, Locality, TextRequest } from "./types.js";

const BUILT_IN: readonly string[] = ["gemini", "ollama", "openrouter", "comfyui"];
const LOCALITIES: readonly Locality[] = ["page", "device", "network", "cloud"];
const EVENT_TYPES: ReadonlySet<unknown> = new Set<CustomProviderEvent["type"]>(["text-delta", "reasoning-delta", "tool-call", "source", "progress", "usage", "finish"]);

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

  constructor(keys: HeldKeys, fileOf: FileLookUp) {
    this.#keys = keys;
    this.#fileOf = fileOf;
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
    this.#invoke(transport, tell, async ({ signal, say, fail }) => {
      const provider = this.#provider(name);
      if (!provider.generate) throw notBuilt(`${name}.generate`);
      const request = withFiles(crossed, this.#fileOf);
      const batch = new Batch((events) => {
        const bytes = encode(events, `an event of ${name}`);
        say((core) => { core.customEvents(transport, bytes); });
      }, fail);
      const iterator = provider.generate(request, signal)[Symbol.asyncIterator]();
      // Not waited for: a generator that hangs never answers, and nobody listens to it any more.
      const leave = () => { void Promise.resolve().then(() => iterator.return?.()).catch(() => undefined); };
      signal.addEventListener("abort", leave, { once: true });
      try {
        for (;;) {
          const step: IteratorResult<unknown, unknown> = await iterator.next();
          if (signal.aborted || step.done) break;
          if (!isEvent(step.value)) throw garbage(name, "`generate()` yielded something that is no event of a provider");
          // A provider that never waits would keep the page from painting.
          if (batch.add(step.value)) await breath();
        }
      } finally {
        // Also what it said just before it failed.
        batch.flush();
      }
      return (core) => { core.customEnd(transport); };
    });
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
  #events: CustomProviderEvent[] = [];
  #sentAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #send: (events: CustomProviderEvent[]) => void;
  readonly #onTimerFailed: (thrown: unknown) => void;

  constructor(send: (events: CustomProviderEvent[]) => void, onTimerFailed: (thrown: unknown) => void) {
    this.#send = send;
    this.#onTimerFailed = onTimerFailed;
  }

  /** @returns whether a full batch was sent: the provider is fast */
  add(event: CustomProviderEvent): boolean {
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
