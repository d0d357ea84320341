// Keys, in this page's memory and, where that is wanted, remembered. Rust never holds one: it asks for it where the bytes
// leave.
import { MeshError, invalidRequest } from "./error.js";
import { formatOf, originOf } from "./key-check.js";
import { KeyStore, type Remembered } from "./key-store.js";
import type { KeyCheck, ProviderOptions, Reason, StorageState } from "./types.js";

const UNREAD: Reason = { code: "storage-keys", message: "Remembered keys could not be read; those that are needed have to be given again, or the page loaded anew." };

type Source = string | (() => string | Promise<string>);

/**
 * @param isOwn no other tab has it
 * @param isNew it is another than before, by what happened in this tab
 */
type Changed = (provider: string, isPresent: boolean, isOwn: boolean, isNew: boolean) => void;

export class HeldKeys {
  /** From the options of the meshes that share the core; the latest wins. */
  readonly #offered = new Map<string, Source>();
  /** By `keys.set`; undefined: taken away by `keys.remove`, the offered one too. */
  readonly #chosen = new Map<string, string | undefined>();
  /** How often the choice changed. */
  readonly #turns = new Map<string, number>();
  /** On trial, by the name that Rust asks for them. */
  readonly #trials = new Map<string, string>();
  /** Every key that was ever seen, to strike it from other people's error messages. */
  readonly #known = new Set<string>();
  /** Whose key may still be in the store. */
  readonly #remembered = new Set<string>();
  /** Whose key was given for this visit alone: no other tab has it. */
  readonly #own = new Set<string>();
  readonly #store: KeyStore;
  readonly #providers: Readonly<Record<string, ProviderOptions>> | undefined;
  readonly #changed: Changed;
  #isAnnounced = false;
  #loading: Promise<void> | undefined;
  #found: Pick<Remembered, "unreadable" | "isUnread"> = { unreadable: 0, isUnread: false };

  constructor(database: string | undefined, providers: Readonly<Record<string, ProviderOptions>> | undefined, changed: Changed) {
    this.#store = new KeyStore(database, () => { void this.#read(); });
    this.#providers = providers;
    this.#changed = changed;
  }

  offer(providers: Readonly<Record<string, ProviderOptions>> | undefined): void {
    for (const [provider, { apiKey }] of Object.entries(providers ?? {})) {
      if (apiKey === undefined || apiKey === this.#offered.get(provider)) continue;
      this.#offered.set(provider, apiKey);
      if (typeof apiKey === "string") this.#note(apiKey.trim());
      this.#changed(provider, this.has(provider), false, true);
    }
  }

  /** Hears from here on what other tabs remember and remove. */
  listen(): void {
    this.#store.listen();
  }

  /** What earlier visits left. Never rejects. */
  load(): Promise<void> {
    this.#loading ??= this.#read();
    return this.#loading;
  }

  /** The page is put aside, or closed. */
  rest(): void {
    this.#store.rest();
  }

  /** It is back as it was. */
  wake(): void {
    this.#store.listen();
    void this.#read();
  }

  /** @param isRemembered whether later visits find it too; where that fails nothing changes */
  async set(provider: string, key: string, isRemembered: boolean): Promise<void> {
    const trimmed = typeof key === "string" ? key.trim() : "";
    if (trimmed === "") throw invalidRequest(`The key for ${provider} is empty.`, "Use `keys.remove` to take a key away.");
    this.#note(trimmed);
    if (!isRemembered) {
      this.#own.add(provider);
      this.#choose(provider, trimmed);
      await this.#forget(provider);
      return;
    }
    const turn = this.#turns.get(provider);
    this.#remembered.add(provider);
    await this.#store.put(provider, originOf(provider, this.#providers), trimmed);
    // Once more: what was kept may have been read meanwhile.
    this.#remembered.add(provider);
    // Unless it was set or removed anew while this one was being written.
    if (this.#turns.get(provider) !== turn) return;
    this.#own.delete(provider);
    this.#choose(provider, trimmed);
  }

  async remove(provider: string): Promise<void> {
    this.#own.delete(provider);
    this.#choose(provider, undefined);
    await this.#store.remove(provider);
    this.#remembered.delete(provider);
  }

  /** What the core says of storage, and what is to be said of remembered keys. */
  stateWith(state: StorageState): StorageState {
    const { unreadable, isUnread } = this.#found;
    const all = { ...state, unreadable: state.unreadable + unreadable };
    return isUnread && !all.reason ? { ...all, reason: UNREAD } : all;
  }

  has(provider: string): boolean {
    const source = this.#source(provider);
    return typeof source === "function" || (typeof source === "string" && source.trim() !== "");
  }

  /** Who has a key, for a core that knows nothing yet. */
  announce(): void {
    for (const provider of new Set([...this.#offered.keys(), ...this.#chosen.keys()])) {
      if (this.has(provider)) this.#changed(provider, true, this.#own.has(provider), !this.#isAnnounced && this.#turns.has(provider));
    }
    this.#isAnnounced = true;
  }

  /**
   * The key itself. Rust calls this in the middle of its work, so the page's own function runs a microtask later.
   * @param name a provider's, or what `tryOut` gave it
   */
  lookUp(name: string): string | Promise<string> | undefined {
    const trial = this.#trials.get(name);
    if (trial !== undefined) return trial;
    const source = this.#source(name);
    if (typeof source === "function") return Promise.resolve().then(source).then((key) => this.#given(key) ?? "");
    return this.#given(source);
  }

  /** Lends a key to one request without using it for anything else; returns how to take it back. */
  tryOut(requestId: string, key: string): () => void {
    const name = `check:${requestId}`;
    this.#note(key);
    this.#trials.set(name, key);
    return () => { this.#trials.delete(name); };
  }

  formatOf(provider: string, key: string): KeyCheck["format"] {
    return formatOf(provider, key, this.#providers);
  }

  /** The text without any key that was ever seen: a provider's own error may quote one. */
  strike(text: string): string {
    let struck = text;
    for (const key of this.#known) struck = struck.replaceAll(key, "***");
    return struck;
  }

  /** The same for every text in plain data, which is left as it is where there is nothing to strike. */
  strikeAll<T>(data: T): T {
    if (this.#known.size === 0) return data;
    const isTold = (value: unknown): boolean => {
      if (typeof value === "string") return this.strike(value) !== value;
      return typeof value === "object" && value !== null && Object.values(value).some(isTold);
    };
    const struck = (value: unknown): unknown => {
      if (typeof value === "string") return this.strike(value);
      if (Array.isArray(value)) return value.map(struck);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, struck(item)]));
    };
    return isTold(data) ? struck(data) as T : data;
  }

  /** What is kept is taken over, but for keys that were given for this visit. */
  async #read(): Promise<void> {
    const turns = new Map(this.#turns);
    const { keys, unreadable, isUnread } = await this.#store.load((provider) => originOf(provider, this.#providers));
    this.#found = { unreadable: this.#found.unreadable + unreadable, isUnread };
    if (isUnread) return;
    for (const provider of new Set([...keys.keys(), ...this.#remembered])) {
      const key = keys.get(provider);
      if (key === undefined) this.#remembered.delete(provider);
      else {
        this.#note(key);
        this.#remembered.add(provider);
      }
      // What was said meanwhile is newer.
      if (this.#own.has(provider) || this.#turns.get(provider) !== turns.get(provider) || this.#chosen.get(provider) === key) continue;
      this.#chosen.set(provider, key);
      // Who changed it tells what else that changes.
      this.#changed(provider, key !== undefined, false, false);
    }
  }

  /** A key that is out of date is not to come back with the next visit. */
  async #forget(provider: string): Promise<void> {
    await this.load();
    if (!this.#remembered.has(provider)) return;
    await this.#store.remove(provider);
    this.#remembered.delete(provider);
  }

  #choose(provider: string, key: string | undefined): void {
    this.#chosen.set(provider, key);
    this.#turns.set(provider, (this.#turns.get(provider) ?? 0) + 1);
    this.#changed(provider, key !== undefined, this.#own.has(provider), true);
  }

  #source(provider: string): Source | undefined {
    return this.#chosen.has(provider) ? this.#chosen.get(provider) : this.#offered.get(provider);
  }

  /** A short one would strike ordinary words; no provider's keys are that short. */
  #note(key: string): void {
    if (key.length >= 8) this.#known.add(key);
  }

  #given(key: unknown): string | undefined {
    if (key === undefined || key === null) return undefined;
    if (typeof key !== "string") throw new MeshError({ code: "no-key", message: "The key is not a string." });
    const trimmed = key.trim();
    this.#note(trimmed);
    return trimmed === "" ? undefined : trimmed;
  }
}
