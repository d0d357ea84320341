// The mesh as an app holds it: a handle on a core that other handles of the same name share.
import { abortError, checkSignal } from "./abort.js";
import { startBatch } from "./batch.js";
import type { Core, Embedding, LiveCheck, Settled } from "./boundary.js";
import { cacheOf } from "./cache.js";
import { type Connection, closedError, untouched } from "./connection.js";
import { encode } from "./encode.js";
import { MeshError, invalidRequest, notBuilt, toMeshError } from "./error.js";
import type { DiagnosisData, DiscoveryReport as CoreDiscoveryReport, ModelConfig, PendingGeneration as PendingData, ProviderHealth, PullProgress, QueueEntry, StorageState } from "./generated/types.js";
import { LiveGeneration, LiveImageGeneration, LiveTextGeneration, LiveVideoGeneration, type Stop } from "./generation.js";
import { newId } from "./identity.js";
import { EMPTY_REPORT, metricsOf } from "./metrics.js";
import type { Batch, BatchOptions } from "./preview-types.js";
import * as preview from "./preview.js";
import { prepareAsking, preparePainting, prepareRoute, prepareText } from "./request.js";
import { databaseOf, join, leave } from "./shared.js";
import type {
  CustomProvider, Decision, Diagnosis, DiscoveryReport, Explanation, Generation, ImageRequest, ImageResult, KeyCheck, Keys, MeshOptions,
  Mesh as MeshType, Observable, PendingGeneration, TextGeneration, TextRequest, VideoRequest, VideoResult,
} from "./types.js";

interface Asking { signal?: AbortSignal | undefined; onProgress?: ((progress: PullProgress) => void) | undefined; survey?: () => Promise<Uint8Array> }

const EMPTY: readonly never[] = Object.freeze([]);

class MeshHandle implements MeshType {
  readonly models: Observable<readonly ModelConfig[]> = this.#watch(EMPTY, (connection) => connection.models);
  readonly health: Observable<readonly ProviderHealth[]> = this.#watch(EMPTY, (connection) => connection.health);
  readonly queue: Observable<readonly QueueEntry[]> = this.#watch(EMPTY, (connection) => connection.queue);
  readonly storage: Observable<StorageState>;
  readonly metrics = metricsOf(
    this.#watch(EMPTY_REPORT, (connection) => connection.metrics),
    () => this.#join(),
    (begin) => this.#ask<number>(begin, {}),
  );
  readonly cache = cacheOf((begin) => this.#ask(begin, {}));
  readonly keys: Keys = {
    set: async (provider, key, { persist = false } = {}) => {
      if (typeof persist !== "boolean") throw invalidRequest("`persist` is neither true nor false.");
      await this.#join().keys.set(named(provider), key, persist);
    },
    has: (provider) => this.#join().keys.has(provider),
    remove: async (provider) => { await this.#join().keys.remove(named(provider)); },
    check: async (provider, key) => this.#checkKey(named(provider), key),
  };
  readonly #options: MeshOptions;
  #connection: Connection | undefined;
  #hasAsked = false;
  #isClosed = false;

  constructor(options: MeshOptions) {
    this.#options = options;
    this.storage = this.#watch(untouched(databaseOf(options)), (connection) => connection.storage);
  }

  get ready(): Promise<void> {
    try {
      const connection = this.#join();
      const isFirst = !this.#hasAsked;
      this.#hasAsked = true;
      // Asking again must not try again: a component that waits for it would ask for ever.
      return isFirst ? connection.open() : connection.opened;
    } catch (thrown) {
      return rejected(thrown);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!this.#connection) return;
    this.#connection.leave(this, closedError());
    leave(this.#connection);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  generate<T = unknown>(request: TextRequest<T>): TextGeneration<T> {
    let prepared: ReturnType<typeof prepareText>;
    let connection: Connection;
    try {
      prepared = prepareText(request);
      connection = this.#join();
    } catch (thrown) {
      return refused(toMeshError(thrown));
    }
    const { id, isNamed, signal, hasSchema, files } = prepared;
    if (signal?.aborted) return refused(signal.reason, id);
    const running = connection.running(id);
    if (running instanceof LiveTextGeneration) {
      running.follow(signal);
      return running as LiveTextGeneration<T>;
    }
    if (isNamed && !connection.claim(id)) return refused(usedBefore(id), id);
    const generation = new LiveTextGeneration<T>(id, (stopped) => { connection.stop(stopped); }, hasSchema);
    generation.follow(signal);
    const { after, ready } = later(prepared.bytes);
    connection.start(id, this, generation, { files, after, begin: (core) => { core.generate(id, ready()); } });
    return generation;
  }

  async pending(): Promise<PendingGeneration[]> {
    const found = await this.#ask<PendingData[]>((core, id) => { core.pending(id); }, {});
    return found.map((entry) => ({ ...entry, discard: async () => { await this.#ask<null>((core, id) => { core.discard(id, entry.id); }, {}); } }));
  }

  resume<T = unknown>(id: string): TextGeneration<T> {
    let connection: Connection;
    try {
      // From JavaScript anything may come.
      if (typeof id !== "string" || id === "") throw invalidRequest("The id of the answer is not a word.");
      connection = this.#join();
    } catch (thrown) {
      return refused(toMeshError(thrown));
    }
    const running = connection.running(id);
    if (running instanceof LiveTextGeneration) return running as LiveTextGeneration<T>;
    // After a fault of the core it may be one of this page.
    connection.claim(id);
    // Whether the request had a schema is only known to who kept it; where it had none, there is no object.
    const generation = new LiveTextGeneration<T>(id, (stopped) => { connection.stop(stopped); }, true);
    connection.start(id, this, generation, { begin: (core) => { core.resume(id); } });
    return generation;
  }

  image(request: ImageRequest): Generation<ImageResult> {
    return this.#paint(LiveImageGeneration, request, (core, id, bytes) => { core.image(id, bytes); });
  }

  video(request: VideoRequest): Generation<VideoResult> {
    return this.#paint(LiveVideoGeneration, request, (core, id, bytes) => { core.video(id, bytes); });
  }

  #paint<R>(Live: new (id: string, stop: Stop) => LiveGeneration<R>, request: ImageRequest | VideoRequest, begin: (core: Core, id: string, bytes: Uint8Array) => void): Generation<R> {
    let prepared: ReturnType<typeof preparePainting>;
    let connection: Connection;
    try {
      prepared = preparePainting(request);
      connection = this.#join();
    } catch (thrown) {
      return failed(toMeshError(thrown));
    }
    const { id, isNamed, signal, files } = prepared;
    if (signal?.aborted) return failed(signal.reason, id);
    const running = connection.running(id);
    if (running instanceof Live) {
      running.follow(signal);
      return running;
    }
    if (isNamed && !connection.claim(id)) return failed(usedBefore(id), id);
    const generation = new Live(id, (stopped) => { connection.stop(stopped); });
    generation.follow(signal);
    const { after, ready } = later(prepared.bytes);
    connection.start(id, this, generation, { files, after, begin: (core) => { begin(core, id, ready()); } });
    return generation;
  }

  async embed(texts: string[], options: Parameters<MeshType["embed"]>[1] = {}): Promise<Embedding> {
    const { bytes, signal } = prepareAsking(options, { texts });
    return this.#ask<Embedding>((core, id) => { core.embed(id, bytes); }, { signal });
  }

  route(request: TextRequest | ImageRequest | VideoRequest): Decision {
    const { bytes, kind } = prepareRoute(request);
    return this.#join().now("route", (core) => {
      switch (kind) {
        case "text": return core.route(bytes);
        case "image": return core.routeImage(bytes);
        case "video": return core.routeVideo(bytes);
      }
    });
  }

  explain(decision: Decision): Explanation {
    const bytes = encode(decision, "decision");
    return this.#join().now("explain", (core) => core.explain(bytes));
  }

  async discover(options: Parameters<MeshType["discover"]>[0] = {}): Promise<DiscoveryReport> {
    const { bytes, signal } = prepareAsking(options);
    const report = await this.#ask<CoreDiscoveryReport>((core, id) => { core.discover(id, bytes); }, { signal });
    // Rust's errors cross as plain data.
    return { ...report, providers: report.providers.map(({ error, ...rest }) => (error ? { ...rest, error: new MeshError(error) } : rest)) };
  }

  async pull(model: string, options: Parameters<MeshType["pull"]>[1] = {}): Promise<void> {
    if (typeof model !== "string") throw invalidRequest("The model to pull is not a string.");
    checkSignal(options.signal);
    const onProgress = (progress: PullProgress) => { options.onProgress?.(progress); };
    await this.#ask<null>((core, id) => { core.pull(id, model); }, { signal: options.signal, onProgress });
  }

  async diagnose(provider: string): Promise<Diagnosis> {
    const name = named(provider);
    // Whoever never asks does not load them.
    const [{ Surveyor }, { withRemedies }] = await Promise.all([import("./survey.js"), import("./remedies.js")]);
    const surveyor = new Surveyor();
    try {
      return withRemedies(await this.#ask<DiagnosisData>((core, id) => { core.diagnose(id, name); }, { survey: () => surveyor.look() }));
    } finally {
      surveyor.close();
    }
  }

  register(provider: CustomProvider): () => void {
    const connection = this.#join();
    const withdraw = connection.register(provider, this);
    // Its models are wanted at once; should the core not load, the next call says why.
    connection.open().catch(() => undefined);
    return withdraw;
  }

  // Preview.

  batch(requests: readonly TextRequest[], options: BatchOptions = {}): Batch {
    return startBatch(requests, options, this, () => this.#join());
  }

  readonly budget = preview.budget;
  readonly guard = preview.guard;
  readonly templates = preview.templates;

  feedback(): void {
    throw notBuilt("feedback");
  }

  exportAll(): Promise<never> {
    return Promise.reject(notBuilt("exportAll"));
  }

  erase(): Promise<never> {
    return Promise.reject(notBuilt("erase"));
  }

  /** The shared core, from the first use on. */
  #join(): Connection {
    if (this.#isClosed) throw closedError();
    this.#connection ??= join(this.#options);
    return this.#connection;
  }

  #watch<T>(first: T, watched: (connection: Connection) => Observable<T>): Observable<T> {
    return {
      get: () => (this.#connection ? watched(this.#connection).get() : first),
      subscribe: (onChange) => {
        try {
          const connection = this.#join();
          connection.open().catch(() => undefined);
          return watched(connection).subscribe(onChange);
        } catch {
          // A component that renders cannot do anything about it; the calls it makes say what is wrong.
          return () => undefined;
        }
      },
    };
  }

  /** A request that is not a generation. */
  async #ask<R extends Settled>(begin: (core: Core, id: string) => void, { signal, onProgress, survey }: Asking): Promise<R> {
    const connection = this.#join();
    const id = newId();
    return new Promise<R>((resolve, reject) => {
      const abort = () => {
        connection.stop(id);
        // As fetch does: the caller's own reason, whatever it is.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        reject(signal?.reason ?? abortError());
      };
      if (signal?.aborted) {
        abort();
        return;
      }
      signal?.addEventListener("abort", abort, { once: true });
      connection.start(id, this, {
        ...(survey && { survey }),
        hearProgress: (progress) => { if (onProgress) queueMicrotask(() => { onProgress(progress); }); },
        settle: (value, error) => {
          signal?.removeEventListener("abort", abort);
          if (error) reject(error);
          else resolve(value as R);
        },
      }, { begin });
    });
  }

  async #checkKey(provider: string, given: string | undefined): Promise<KeyCheck> {
    if (given !== undefined && typeof given !== "string") throw invalidRequest("The key is not a string.");
    const connection = this.#join();
    // What was remembered is known then.
    await connection.open();
    const { keys } = connection;
    const key = given?.trim() ?? (await keyOf(connection, provider));
    const format = keys.formatOf(provider, key);
    if (format === "empty") return { format, live: "not-tried", message: given === undefined ? `There is no key for ${provider}.` : "The key is empty." };
    let takeBack: (() => void) | undefined;
    try {
      const { live, message } = await this.#ask<LiveCheck>((core, id) => {
        if (given !== undefined) takeBack = keys.tryOut(id, key);
        core.checkKey(id, provider, given !== undefined);
      }, {});
      const isOdd = format === "unusual" && live !== "valid";
      return { format, live, message: isOdd ? `${message} It does not look like the keys of ${provider} do.` : message };
    } finally {
      takeBack?.();
    }
  }
}

/** The key that is held, or nothing where the page's own function does not give one. */
async function keyOf({ keys }: Connection, provider: string): Promise<string> {
  try {
    return (await keys.lookUp(provider)) ?? "";
  } catch {
    return "";
  }
}

/** From JavaScript anything may come. */
function named(provider: unknown): string {
  if (typeof provider !== "string" || provider === "") throw invalidRequest("The provider's name is not a word.");
  return provider;
}

function refused<T>(error: unknown, id = newId()): LiveTextGeneration<T> {
  const generation = new LiveTextGeneration<T>(id, () => undefined, false);
  generation.fail(error);
  return generation;
}

function failed<R>(error: unknown, id = newId()): Generation<R> {
  const generation = new LiveGeneration<R>(id, () => undefined);
  generation.fail(error);
  return generation;
}

function usedBefore(id: string): MeshError {
  return invalidRequest(`The id \`${id}\` was used before.`, "Give each generation an id of its own, or none.");
}

/** What crosses, where files may have to be read first. */
function later(prepared: Uint8Array | Promise<Uint8Array>): { after: Promise<void> | undefined; ready: () => Uint8Array } {
  let bytes = prepared instanceof Uint8Array ? prepared : new Uint8Array();
  const after = prepared instanceof Uint8Array ? undefined : prepared.then((read) => { bytes = read; });
  return { after, ready: () => bytes };
}

function rejected(thrown: unknown): Promise<never> {
  const promise: Promise<never> = Promise.reject(toMeshError(thrown));
  promise.catch(() => undefined);
  return promise;
}

/** Makes a mesh. Synchronous, and inert until its first use: make it at module scope, like a query client. */
export function createMesh(options: MeshOptions = {}): MeshType {
  return new MeshHandle(options);
}

export type Mesh = MeshType;
export const Mesh = {
  /** `createMesh`, then `ready`. */
  async open(options?: MeshOptions): Promise<MeshType> {
    const mesh = createMesh(options);
    await mesh.ready;
    return mesh;
  },
} as const;
