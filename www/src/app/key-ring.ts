import { createMesh, type KeyCheck, type Keys, type Mesh, type ProviderOptions } from "hkm-mesh";
import { ObservableValue } from "./observable";

/** Until the page closes, or on this device, encrypted by the mesh. */
export type KeyLife = "visit" | "remembered";

interface Surroundings {
  mesh: () => Mesh;
  /** Makes sure that the mesh may ask this provider, with the keys there are now. Whether that took a new mesh. */
  admit: (provider: string) => Promise<boolean>;
  optionsFor: (provider: string) => ProviderOptions | undefined;
  changed: (provider: string) => Promise<void>;
}

/**
 * Whose keys there are. A remembered key is the mesh's: nothing in this page can read it. One for this visit stays in this
 * object's memory, because new settings mean a new mesh that has to be given it again.
 */
export class KeyRing implements Keys {
  readonly lives = new ObservableValue<ReadonlyMap<string, KeyLife>>(new Map());
  readonly ofVisit = new Map<string, string>();
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Takes a key into use and asks its provider what it has. */
  async set(provider: string, key: string, { persist = false }: { persist?: boolean } = {}): Promise<void> {
    this.ofVisit.set(provider, key.trim());
    if (!(await this.#around.admit(provider))) await this.#around.mesh().keys.set(provider, key, { persist: false });
    try {
      if (persist) {
        await this.#around.mesh().keys.set(provider, key, { persist: true });
        this.ofVisit.delete(provider);
      }
    } finally {
      // Where it could not be remembered it is in use all the same, and the caller hears why.
      await this.refresh([...this.lives.get().keys(), provider]);
      await this.#around.changed(provider);
    }
  }

  has(provider: string): boolean {
    return this.lives.get().has(provider);
  }

  async remove(provider: string): Promise<void> {
    this.ofVisit.delete(provider);
    await this.#around.mesh().keys.remove(provider);
    await this.refresh([...this.lives.get().keys()]);
    await this.#around.changed(provider);
  }

  /** Asks the provider about a key, or about the one there is. Keeps nothing, and sets up nothing. */
  async check(provider: string, key?: string): Promise<KeyCheck> {
    const options = this.#around.optionsFor(provider);
    // Whoever is not set up yet is asked by a mesh of its own, so that trying a key does not change the page's.
    if (options === undefined) return this.#around.mesh().keys.check(provider, key);
    const trial = createMesh({ name: "key-check", storage: "memory", providers: { ollama: { disabled: true }, comfyui: { disabled: true }, [provider]: options } });
    try {
      return await trial.keys.check(provider, key);
    } finally {
      await trial.close();
    }
  }

  /** Which of these providers have a key now. */
  async refresh(providers: readonly string[]): Promise<void> {
    const mesh = this.#around.mesh();
    try {
      await mesh.ready;
    } catch {
      return; // without its WebAssembly the mesh knows of no key
    }
    if (mesh !== this.#around.mesh()) return;
    const lives = new Map<string, KeyLife>();
    for (const provider of providers) {
      if (this.ofVisit.has(provider)) lives.set(provider, "visit");
      else if (mesh.keys.has(provider)) lives.set(provider, "remembered");
    }
    this.lives.set(lives);
  }
}
