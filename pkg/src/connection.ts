// One core, shared by all meshes of a name: opens it at first use, passes on what it says, and opens a new one after a
// panic. Who is told what by whom is decided in Rust; here is only who waits for it.
import { Blobs } from "./blobs.js";
import type { Core, Host, Settled, WasmSource } from "./boundary.js";
import { CustomProviders } from "./custom-provider.js";
import { MeshError, toMeshError } from "./error.js";
import { type FileLookUp, type HeldFile, asBlob } from "./files.js";
import type { Event, ModelConfig, PerformanceReport, ProviderHealth, PullProgress, QueueEntry, StorageState, TextResult } from "./generated/types.js";
import { newId, newSeed } from "./identity.js";
import { crashed, isTrap, moveIn, moveOut } from "./instance.js";
import { HeldKeys } from "./keys.js";
import { LeaveWatch } from "./leave-watch.js";
import { loadCatalogue } from "./load-catalogue.js";
import { EMPTY_REPORT, usualReport } from "./metrics.js";
import { Watched } from "./observable.js";
import { PictureSieve } from "./picture-sieve.js";
import type { CustomProvider, GenerationEvent, ImageResult, ProviderOptions, VideoResult } from "./types.js";

/** It lies beside the package's other scripts: later than this it would hold up what can do without it. */
const CATALOGUE_PATIENCE_MS = 1_000;

/** A report is made anew at most this often, however much is measured. */
const REPORT_PAUSE_MS = 1_000;

/** How one request of a batch ended, its place being that in what the core was handed. */
export interface CoreItem { index: number; result?: TextResult; error?: MeshError; remainingMs?: number }

/** What waits for the core to settle a request. */
export interface Waiting {
  hearText?(text: string, lengths: Uint32Array): void;
  hearEvents?(events: readonly GenerationEvent[]): void;
  hearItem?(item: CoreItem): void;
  hearProgress?(progress: PullProgress): void;
  /** Looks what there is around the page: the Rust `Circumstances` as JSON. */
  survey?(): Promise<Uint8Array>;
  settle(value: Delivered, error: MeshError | undefined): void;
}

/** What settles a request, as the page gets it. */
export type Delivered = Exclude<Settled, { images: unknown } | { video: unknown }> | ImageResult | VideoResult;

/** A request as it is handed in. */
export interface Start {
  begin: (core: Core, id: string) => void;
  /** Held until it is settled or stopped. */
  files?: ReadonlyMap<number, HeldFile>;
  /** What has to be there first. */
  after?: Promise<unknown> | undefined;
}

interface Run extends Start { waiting: Waiting; owner: object; hasBegun: boolean }

export interface Setup {
  /** The Rust `MeshOptions` as JSON. */
  options: Uint8Array;
  providers: Readonly<Record<string, ProviderOptions>> | undefined;
  /** Undefined: nothing is kept. */
  database: string | undefined;
  wasm: WasmSource | undefined;
}

export class Connection {
  readonly keys: HeldKeys;
  readonly models = new Watched<readonly ModelConfig[]>([], () => this.#read((core) => core.models()));
  readonly health = new Watched<readonly ProviderHealth[]>([], () => this.keys.strikeAll(this.#read((core) => core.health())));
  readonly queue = new Watched<readonly QueueEntry[]>([], () => this.#read((core) => core.queue()));
  readonly storage: Watched<StorageState>;
  readonly metrics = new Watched<PerformanceReport>(EMPTY_REPORT, () => this.#read(usualReport), REPORT_PAUSE_MS);
  readonly #blobs = new Blobs();
  readonly #customs: CustomProviders;
  readonly #setup: Setup;
  readonly #running = new Map<string, Run>();
  readonly #leaving = new LeaveWatch(() => { this.#tell((core) => { core.leaving(); }); });
  readonly #usedIds = new Set<string>();
  #core: Core | undefined;
  /** Stands for the core that is opened or open. One that was lost may still speak, and is not heard. */
  #life = {};
  #opening: Promise<void> | undefined;
  #hasFailed = false;
  #isClosed = false;
  #onLost: (error: MeshError) => void = () => undefined;

  constructor(setup: Setup) {
    this.#setup = setup;
    this.storage = new Watched<StorageState>(untouched(setup.database), () => {
      const state = this.#read((core) => core.storage());
      return state && this.keys.stateWith(state);
    });
    this.keys = new HeldKeys(setup.database, setup.providers, (...change) => { this.#tell((core) => { core.keyChanged(...change); }); });
    this.#customs = new CustomProviders(this.keys, this.#file, this.#blobs);
  }

  /** The last attempt to open, for who only wants to know; makes the first one. */
  get opened(): Promise<void> {
    return this.#opening ?? this.open();
  }

  /** Opens the core, or waits for who does so already. After a failure it tries again. */
  open(): Promise<void> {
    if (this.#opening && !this.#hasFailed) return this.#opening;
    this.#hasFailed = false;
    const opening = this.#build().catch((thrown: unknown) => {
      this.#hasFailed = true;
      throw toMeshError(thrown);
    });
    // Whoever waits hears of it; who made a mesh and waits for nothing gets no unhandled rejection.
    opening.catch(() => undefined);
    this.#opening = opening;
    return opening;
  }

  /** The core, for what cannot wait. */
  now<T>(name: string, action: (core: Core) => T): T {
    const core = this.#core;
    if (!core) {
      // It was there and was lost: the next call shall find a new one.
      if (this.#opening) void this.open();
      throw new MeshError({ code: "invalid-request", message: `\`${name}\` was called before the mesh was ready.`, hint: "Await `mesh.ready` first." });
    }
    try {
      return action(core);
    } catch (thrown) {
      if (isTrap(thrown)) crashed();
      throw toMeshError(thrown);
    }
  }

  /** Starts a request as soon as there is a core. */
  start(id: string, owner: object, waiting: Waiting, start: Start): void {
    const run: Run = { waiting, owner, hasBegun: false, ...start };
    this.#running.set(id, run);
    this.#leaving.watch(true);
    if (this.#core && !run.after) {
      this.#begin(id, run, this.#core);
      return;
    }
    const opening = this.open();
    // Again after a wait: the core may have been lost meanwhile.
    (run.after?.then(() => this.open()) ?? opening).then(
      () => { if (this.#running.get(id) === run && this.#core) this.#begin(id, run, this.#core); },
      (thrown: unknown) => { this.#settle(id, run, toMeshError(thrown)); },
    );
  }

  /** Forgets a request and stops it where it runs. */
  stop(id: string): void {
    const run = this.#running.get(id);
    this.#forget(id);
    if (run?.hasBegun) this.#tell((core) => { core.cancel(id); });
  }

  /** Stops a batch where it runs; its report is still to come. @returns false where it had not begun, and is forgotten */
  wind(id: string): boolean {
    const hasBegun = this.#running.get(id)?.hasBegun === true;
    if (hasBegun) this.#tell((core) => { core.cancel(id); });
    else this.#forget(id);
    return hasBegun;
  }

  /** One request of a batch that runs is wanted no more. */
  cancelItem(id: string, index: number): void {
    this.#tell((core) => { core.cancelItem(id, index); });
  }

  running(id: string): Waiting | undefined {
    return this.#running.get(id)?.waiting;
  }

  /** @returns whether the caller's own id was free; from now on it is not */
  claim(id: string): boolean {
    if (this.#usedIds.has(id)) return false;
    this.#usedIds.add(id);
    return true;
  }

  register(provider: CustomProvider, owner: object): () => void {
    this.#customs.add(provider);
    const { name } = provider;
    let isIn = true;
    this.#tell((core) => { this.#introduce(core, provider); });
    const withdraw = () => {
      if (!isIn) return;
      isIn = false;
      this.#customs.remove(name);
      this.#departures.delete(withdraw);
      this.#tell((core) => { core.unregister(newId(), name); });
    };
    this.#departures.set(withdraw, owner);
    return withdraw;
  }
  readonly #departures = new Map<() => void, object>();

  /** Ends all that this mesh runs and takes out what it registered. */
  leave(owner: object, error: MeshError): void {
    for (const [withdraw, of] of [...this.#departures]) if (of === owner) withdraw();
    for (const [id, run] of [...this.#running]) {
      if (run.owner !== owner) continue;
      this.stop(id);
      run.waiting.settle(undefined, error);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#life = {};
    moveOut(this);
    this.#unlisten();
    this.#leaving.watch(false);
    this.keys.rest();
    this.#customs.abortAll();
    this.#blobs.clear();
    const core = this.#core;
    this.#core = undefined;
    if (!core) return;
    try {
      core.close();
      core.free();
    } catch (thrown) {
      if (isTrap(thrown)) crashed();
    }
  }

  /** After a panic: called in the middle of a call into the core, so everyone hears of it a microtask later. */
  lost(error: MeshError): void {
    this.#core = undefined;
    this.#life = {};
    this.#hasFailed = true;
    this.#customs.abortAll();
    this.#blobs.clear();
    const runs = [...this.#running].filter(([, run]) => run.hasBegun);
    for (const [id] of runs) this.#forget(id);
    queueMicrotask(() => {
      this.#onLost(error);
      for (const [, run] of runs) run.waiting.settle(undefined, error);
    });
  }

  async #build(): Promise<void> {
    const { wasm, options, database } = this.#setup;
    const lost = new Promise<never>((_, reject) => { this.#onLost = reject; });
    lost.catch(() => undefined);
    this.keys.listen();
    // Meanwhile: what is kept of keys is not asked for before a request is sent.
    const keys = this.keys.load();
    const glue = await moveIn(this, wasm);
    this.#assertOpen();
    const core = trapped(() => new glue.Core(options, this.#host(), database));
    await Promise.race([Promise.all([trapped(() => core.open()), keys]), lost]);
    this.#assertOpen(core);
    if (trapped(() => core.wantsSnapshot())) await Promise.race([this.#handInCatalogue(core), lost]);
    this.#assertOpen(core);
    this.#core = core;
    this.#tell(() => {
      core.seed(newSeed());
      this.keys.announce();
      for (const provider of this.#customs.all()) this.#introduce(core, provider);
    });
    this.#listen();
    for (const watched of [this.models, this.health, this.queue, this.storage, this.metrics]) watched.changed();
  }

  /** It may have been closed while it waited. */
  #assertOpen(core?: Core): void {
    if (!this.#isClosed) return;
    core?.close();
    throw closedError();
  }

  #host(): Host {
    const life = this.#life;
    const ifAlive = <A extends unknown[]>(hear: (...args: A) => void) => (...args: A): void => { if (this.#life === life) hear(...args); };
    // Transports are the core's own: what a provider says about them is told to this core and to none after it.
    const tell = ifAlive((action: (core: Core) => void) => { this.#tell(action); });
    return {
      text: ifAlive((id, text, lengths) => { this.#running.get(id)?.waiting.hearText?.(text, lengths); }),
      events: ifAlive((id, events) => { this.#running.get(id)?.waiting.hearEvents?.(events.flatMap((event) => this.#blobs.withBlob(this.#withoutKeys(event)) ?? [])); }),
      item: ifAlive((id, { index, result, error, remainingMs }) => {
        const item: CoreItem = { index };
        if (result) item.result = { ...result, receipt: this.keys.strikeAll(result.receipt) };
        if (error) item.error = new MeshError(this.keys.strikeAll(error));
        if (remainingMs !== undefined) item.remainingMs = remainingMs;
        this.#running.get(id)?.waiting.hearItem?.(item);
      }),
      progress: ifAlive((id, progress) => { this.#running.get(id)?.waiting.hearProgress?.(progress); }),
      settle: ifAlive((id, value, error) => {
        const run = this.#running.get(id);
        if (!run) return;
        this.#forget(id);
        try {
          run.waiting.settle(this.#struck(value), error && new MeshError(this.keys.strikeAll(error)));
        } catch (thrown) {
          run.waiting.settle(undefined, toMeshError(thrown));
        }
      }),
      changed: ifAlive((watched) => { this[watched].changed(); }),
      // One that fails is not waited for: Rust has a limit of its own.
      survey: ifAlive((id) => { this.#running.get(id)?.waiting.survey?.().then((seen) => { tell((core) => { core.surveyed(id, seen); }); }).catch(() => undefined); }),
      invokeGenerate: ifAlive((transport, provider, request) => { this.#customs.invokeGenerate(transport, provider, request, tell); }),
      invokeImage: ifAlive((transport, provider, request) => { this.#customs.invokeImage(transport, provider, request, tell); }),
      invokeEmbed: ifAlive((transport, provider, model, texts) => { this.#customs.invokeEmbed(transport, provider, model, texts, tell); }),
      invokeModels: ifAlive((transport, provider) => { this.#customs.invokeModels(transport, provider, tell); }),
      abort: ifAlive((transport) => { this.#customs.abort(transport); }),
      key: (name) => this.keys.lookUp(name),
      file: async (handle) => this.#heldFile(handle).base64(),
      wholeFile: async (handle) => asBlob(this.#heldFile(handle)),
      sieve: () => new PictureSieve(this.#blobs),
      keepBlob: ifAlive((handle, blob) => { this.#blobs.put(handle, blob); }),
      blob: (handle) => this.#blobs.get(handle),
      holdBlob: (blob) => this.#blobs.keep(blob),
      dropBlobs: (handles) => { this.#blobs.drop(handles); },
    };
  }

  readonly #file: FileLookUp = (handle) => {
    for (const { files } of this.#running.values()) {
      const file = files?.get(handle);
      if (file) return file;
    }
    return undefined;
  };

  #heldFile(handle: number): HeldFile {
    const file = this.#file(handle);
    if (!file) throw new MeshError({ code: "closed", message: "The request that the file belongs to is over." });
    return file;
  }

  /** Where a provider's own words may stand. What a model says is left as it is: it is the answer. */
  readonly #withoutKeys = (event: Event): Event => {
    switch (event.type) {
      case "warning": case "fallback": case "restart": case "finish": return this.keys.strikeAll(event);
      default: return event;
    }
  };

  #struck(value: Settled): Delivered {
    if (typeof value !== "object" || !value || Array.isArray(value)) return value;
    if ("video" in value) return this.#blobs.withVideo({ ...value, receipt: this.keys.strikeAll(value.receipt) });
    if ("images" in value) return this.#blobs.withBlobs({ ...value, receipt: this.keys.strikeAll(value.receipt) });
    return "receipt" in value ? { ...value, receipt: this.keys.strikeAll(value.receipt) } : this.keys.strikeAll(value);
  }

  /** A part of the package that is loaded when it is wanted. Without it models lack their prices, and nothing else. */
  #handInCatalogue(core: Core): Promise<void> {
    const life = this.#life;
    const handedIn = loadCatalogue().then((catalogue) => {
      if (catalogue && this.#life === life && !this.#isClosed) trapped(() => { core.snapshot(catalogue); });
    }).catch(() => undefined);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, CATALOGUE_PATIENCE_MS);
      void handedIn.then(() => { clearTimeout(timer); resolve(); });
    });
  }

  #begin(id: string, run: Run, core: Core): void {
    run.hasBegun = true;
    try {
      run.begin(core, id);
    } catch (thrown) {
      if (isTrap(thrown)) crashed();
      else this.#settle(id, run, toMeshError(thrown));
    }
  }

  #settle(id: string, run: Run, error: MeshError): void {
    if (this.#running.get(id) !== run) return;
    this.#forget(id);
    run.waiting.settle(undefined, error);
  }

  #forget(id: string): void {
    this.#running.delete(id);
    this.#leaving.watch(this.#running.size > 0);
  }

  /** Says something to the core there is now, if there is one; a new one is told everything when it opens. */
  #tell(action: (core: Core) => void): void {
    const core = this.#core;
    if (!core) return;
    try {
      action(core);
    } catch (thrown) {
      if (!isTrap(thrown)) throw toMeshError(thrown);
      crashed();
    }
  }

  #introduce(core: Core, { name, locality, version }: CustomProvider): void {
    core.register(newId(), name, locality, version);
  }

  #read<T>(action: (core: Core) => T): T | undefined {
    let value: T | undefined;
    this.#tell((core) => { value = action(core); });
    return value;
  }

  #unlisten: () => void = () => undefined;

  #listen(): void {
    this.#unlisten();
    const unlisten = [this.#listenToNetwork(), this.#listenToPage(), this.#listenToLeaving()];
    this.#unlisten = () => { for (const one of unlisten) one(); };
  }

  /** Who does not answer is looked for again only while somebody looks at the page. */
  #listenToPage(): () => void {
    // Node and workers have none.
    if (typeof document === "undefined" || typeof document.addEventListener !== "function") return () => undefined;
    const tell = () => { this.#tell((core) => { core.visible(document.visibilityState === "visible"); }); };
    tell();
    document.addEventListener("visibilitychange", tell);
    return () => { document.removeEventListener("visibilitychange", tell); };
  }

  /** A page that is left may come back as it is: browsers keep some. */
  #listenToLeaving(): () => void {
    if (typeof addEventListener !== "function") return () => undefined;
    const rest = () => {
      this.keys.rest();
      this.#tell((core) => { core.rest(); });
    };
    const wake = ({ persisted }: PageTransitionEvent) => {
      if (!persisted) return;
      this.keys.wake();
      this.#tell((core) => { core.wake(); });
    };
    addEventListener("pagehide", rest);
    addEventListener("pageshow", wake);
    return () => {
      removeEventListener("pagehide", rest);
      removeEventListener("pageshow", wake);
    };
  }

  #listenToNetwork(): () => void {
    // Node and some workers know neither.
    const { navigator } = globalThis as { navigator?: { onLine?: boolean } };
    if (typeof addEventListener !== "function" || typeof navigator?.onLine !== "boolean") return () => undefined;
    const tell = () => { this.#tell((core) => { core.online(navigator.onLine !== false); }); };
    if (!navigator.onLine) tell();
    addEventListener("online", tell);
    addEventListener("offline", tell);
    return () => {
      removeEventListener("online", tell);
      removeEventListener("offline", tell);
    };
  }
}
function trapped<T>(action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    if (isTrap(thrown)) crashed();
    throw thrown;
  }
}

/** How it stands before anything was kept or asked for. */
export function untouched(database: string | undefined): StorageState {
  return { keptIn: database === undefined ? "memory" : "indexeddb", unreadable: 0 };
}

export function closedError(): MeshError {
  return new MeshError({ code: "closed", message: "The mesh was closed." });
}
