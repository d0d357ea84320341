// Many requests as the page sees them: items in the order in which they end, and a report. When each is asked is decided in Rust.
import { abortError, checkSignal, onAborted } from "./abort.js";
import type { Connection, CoreItem, Start, Waiting } from "./connection.js";
import { MeshError, invalidRequest, toMeshError } from "./error.js";
import type { HeldFile } from "./files.js";
import type { BatchReport } from "./generated/types.js";
import { newId } from "./identity.js";
import { Log } from "./log.js";
import type { Batch, BatchItem } from "./preview-types.js";
import { prepareText } from "./request.js";
import { withResolver } from "./resolver.js";

/** What a request became: what crosses, sometimes later. */
type Bytes = Uint8Array | Promise<Uint8Array>;

export function startBatch(requests: unknown, options: unknown, owner: object, connection: () => Connection): Batch {
  let batch: LiveBatch | undefined;
  try {
    const { id: named, concurrency, signal } = checkedOptions(options);
    const id = named ?? newId();
    const isKept = named !== undefined;
    if (!Array.isArray(requests)) throw invalidRequest("The requests of a batch are no array.");
    const joined = connection();
    if (joined.running(id)) throw invalidRequest(`A request with the id \`${id}\` runs already.`);
    batch = new LiveBatch(id, requests.length, joined);
    batch.start(requests, { concurrency: concurrency ?? 0, isKept, signal }, owner);
    return batch;
  } catch (thrown) {
    batch ??= new LiveBatch(newId(), 0, undefined);
    batch.fail(toMeshError(thrown));
    return batch;
  }
}

function checkedOptions(options: unknown): { id?: string; concurrency?: number; signal?: AbortSignal } {
  if (typeof options !== "object" || options === null) throw invalidRequest("The options of a batch are not an object.");
  const { id, concurrency, signal, ...unknown } = options as Record<string, unknown>;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) throw invalidRequest(`\`${stranger}\` is not known here.`);
  if (id !== undefined && (typeof id !== "string" || id === "")) throw invalidRequest("`id` is not a word.");
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && (concurrency as number) > 0 && (concurrency as number) < 2 ** 32)) throw invalidRequest("`concurrency` is not a whole number from 1 on.");
  checkSignal(signal);
  return { ...(id !== undefined && { id }), ...(concurrency !== undefined && { concurrency: concurrency as number }), ...(signal && { signal }) };
}

class LiveBatch implements Batch, Waiting {
  readonly id: string;
  readonly #log = new Log<BatchItem>(() => { if (!this.#isReportWanted) this.cancel(abortError("Nobody reads the batch any more.")); });
  readonly #total: number;
  readonly #connection: Connection | undefined;
  readonly #report = withResolver<BatchReport>();
  readonly #startedAt = performance.now();
  /** The places that have no item yet, each with how to stop listening to its signal. */
  readonly #open = new Map<number, () => void>();
  /** Whether the core was handed what could be asked. */
  #isSent = false;
  /** How many the core never saw. */
  #unsent = 0;
  #unfollow = (): void => undefined;
  #isReportWanted = false;

  constructor(id: string, total: number, connection: Connection | undefined) {
    this.id = id;
    this.#total = total;
    this.#connection = connection;
  }

  get report(): Promise<BatchReport> {
    this.#isReportWanted = true;
    return this.#report.promise;
  }

  [Symbol.asyncIterator](): AsyncIterator<BatchItem> {
    return this.#log.each();
  }

  start(requests: readonly unknown[], { concurrency, isKept, signal }: { concurrency: number; isKept: boolean; signal: AbortSignal | undefined }, owner: object): void {
    const crossing = new Map<number, Bytes>();
    const files = new Map<number, HeldFile>();
    const later: Promise<unknown>[] = [];
    for (const [index, request] of requests.entries()) {
      this.#open.set(index, () => undefined);
      try {
        const prepared = prepareText(request);
        if (prepared.isNamed) throw invalidRequest("A request of a batch has no `id` of its own: its `index` tells it from the others.");
        if (prepared.signal?.aborted) throw cancelled(prepared.signal.reason);
        crossing.set(index, prepared.bytes);
        for (const [handle, file] of prepared.files) files.set(handle, file);
        if (prepared.bytes instanceof Promise) later.push(prepared.bytes.then((bytes) => { crossing.set(index, bytes); }, (thrown: unknown) => { this.#refuse(index, toMeshError(thrown)); }));
        if (prepared.signal) this.#open.set(index, onAborted(prepared.signal, (reason) => { this.#cancelItem(index, reason); }));
      } catch (thrown) {
        this.#refuse(index, thrown instanceof DOMException ? thrown : toMeshError(thrown));
      }
    }
    if (signal?.aborted) this.cancel(signal.reason);
    else this.#unfollow = onAborted(signal, (reason) => { this.cancel(reason); });
    if (this.#log.ending) return;
    if (this.#open.size === 0) {
      this.#end();
      this.#report.resolve(this.#ownReport());
      return;
    }
    const start: Start = {
      files,
      after: later.length > 0 ? Promise.all(later) : undefined,
      begin: (core) => {
        this.#isSent = true;
        const sent = [...crossing].filter((one): one is [number, Uint8Array] => this.#open.has(one[0]) && one[1] instanceof Uint8Array);
        core.batch(this.id, Uint32Array.from(sent, ([index]) => index), sent.map(([, bytes]) => bytes), concurrency, isKept);
      },
    };
    this.#connection?.start(this.id, owner, this, start);
  }

  cancel(reason?: unknown): void {
    if (this.#log.ending) return;
    for (const index of [...this.#open.keys()]) this.#give(index, { error: cancelled(reason) });
    this.#end();
    // Where it runs, the core reports at once.
    if (this.#connection?.wind(this.id) !== true) this.#report.resolve(this.#ownReport());
  }

  /** Ends it here: no item of it, but the whole has failed. */
  fail(error: MeshError): void {
    if (!this.#log.ending) this.#end(error);
    this.#report.reject(error);
  }

  // What the core says.

  hearItem({ index, ...ended }: CoreItem): void {
    this.#give(index, ended);
  }

  settle(value: unknown, error: MeshError | undefined): void {
    if (error) {
      this.fail(error);
      return;
    }
    const report = value as BatchReport;
    if (!this.#log.ending) this.#end();
    this.#report.resolve({ ...report, requests: this.#total, failed: report.failed + this.#unsent });
  }

  #cancelItem(index: number, reason: unknown): void {
    if (!this.#open.has(index)) return;
    if (!this.#isSent) {
      this.#refuse(index, cancelled(reason));
      return;
    }
    this.#give(index, { error: cancelled(reason) });
    this.#connection?.cancelItem(this.id, index);
  }

  /** It never reaches the core. */
  #refuse(index: number, error: MeshError | DOMException): void {
    this.#unsent += 1;
    this.#give(index, { error });
  }

  #give(index: number, ended: Pick<BatchItem, "result" | "error" | "remainingMs">): void {
    const unfollow = this.#open.get(index);
    if (!unfollow) return;
    unfollow();
    this.#open.delete(index);
    this.#log.append({ index, ...ended, done: this.#log.entries.length + 1, total: this.#total });
  }

  #end(error?: MeshError): void {
    this.#unfollow();
    for (const unfollow of this.#open.values()) unfollow();
    this.#open.clear();
    this.#log.end(error ? { isFailure: true, error } : { isFailure: false, value: undefined });
  }

  /** Of one that asked nobody. */
  #ownReport(): BatchReport {
    return { id: this.id, requests: this.#total, calls: 0, fromCache: 0, duplicates: 0, failed: this.#total, cost: 0, durationMs: Math.round(performance.now() - this.#startedAt) };
  }
}

/** As a page gave it, where it is an error of a kind that items have. */
function cancelled(reason: unknown): MeshError | DOMException {
  return reason instanceof DOMException || MeshError.isInstance(reason) ? reason : abortError("The request was cancelled.");
}
