// Keys, in this page's memory. Rust never holds one: it asks for it where the bytes leave.
import { MeshError, invalidRequest } from "./error.js";
import type { ProviderOptions } from "./types.js";

type Source = string | (() => string | Promise<string>);

export class HeldKeys {
  /** From the options of the meshes that share the core; the latest wins. */
  readonly #offered = new Map<string, Source>();
  /** By `keys.set`; undefined: taken away by `keys.remove`, the offered one too. */
  readonly #chosen = new Map<string, string | undefined>();
  /** Every key that was ever seen, to strike it from other people's error messages. */
  readonly #known = new Set<string>();
  readonly #changed: (provider: string, isPresent: boolean) => void;

  constructor(changed: (provider: string, isPresent: boolean) => void) {
    this.#changed = changed;
  }

  offer(providers: Readonly<Record<string, ProviderOptions>> | undefined): void {
    for (const [provider, { apiKey }] of Object.entries(providers ?? {})) {
      if (apiKey === undefined || apiKey === this.#offered.get(provider)) continue;
      this.#offered.set(provider, apiKey);
      if (typeof apiKey === "string") this.#remember(apiKey.trim());
      this.#changed(provider, this.has(provider));
    }
  }

  set(provider: string, key: string): void {
    const trimmed = typeof key === "string" ? key.trim() : "";
    if (trimmed === "") throw invalidRequest(`The key for ${provider} is empty.`, "Use `keys.remove` to take a key away.");
    this.#chosen.set(provider, trimmed);
    this.#remember(trimmed);
    this.#changed(provider, true);
  }

  remove(provider: string): void {
    this.#chosen.set(provider, undefined);
    this.#changed(provider, false);
  }

  has(provider: string): boolean {
    const source = this.#source(provider);
    return typeof source === "function" || (typeof source === "string" && source.trim() !== "");
  }

  /** Who has a key, for a core that knows nothing yet. */
  present(): string[] {
    return [...new Set([...this.#offered.keys(), ...this.#chosen.keys()])].filter((provider) => this.has(provider));
  }

  /** The key itself. Rust calls this in the middle of its work, so the page's own function runs a microtask later. */
  lookUp(provider: string): string | Promise<string> | undefined {
    const source = this.#source(provider);
    if (typeof source === "function") return Promise.resolve().then(source).then((key) => this.#given(key) ?? "");
    return this.#given(source);
  }

  /** The text without any key that was ever seen: a provider's own error may quote one. */
  strike(text: string): string {
    let struck = text;
    for (const key of this.#known) struck = struck.replaceAll(key, "***");
    return struck;
  }

  #source(provider: string): Source | undefined {
    return this.#chosen.has(provider) ? this.#chosen.get(provider) : this.#offered.get(provider);
  }

  /** A short one would strike ordinary words; no provider's keys are that short. */
  #remember(key: string): void {
    if (key.length >= 8) this.#known.add(key);
  }

  #given(key: unknown): string | undefined {
    if (key === undefined || key === null) return undefined;
    if (typeof key !== "string") throw new MeshError({ code: "no-key", message: "The key is not a string." });
    const trimmed = key.trim();
    this.#remember(trimmed);
    return trimmed === "" ? undefined : trimmed;
  }
}
