import { createMesh, type CustomProvider, type DiscoveryReport, type Mesh, type ModelProvider } from "hkm-mesh";
import { cloudOf, cloudsOn } from "../settings/clouds";
import { loadSettings, saveSettings, type Server, type Settings } from "../settings/stored-settings";
import { KeyRing } from "./key-ring";
import { ObservableValue } from "./observable";
import { cloudOptions, providerOptions } from "./provider-options";

export interface Discovery {
  looking: boolean;
  report?: DiscoveryReport;
  /** Servers that were found at their usual ports, by name; absent before anybody looked. */
  found?: readonly string[];
}

/**
 * The mesh of this page, and what outlives it: a mesh takes its servers once, so new settings mean a new mesh. What it
 * learned of models, and the keys that are to be remembered, it keeps in IndexedDB.
 */
export class MeshSession {
  readonly mesh: ObservableValue<Mesh>;
  readonly settings: ObservableValue<Settings>;
  readonly discovery = new ObservableValue<Discovery>({ looking: false });
  readonly keys: KeyRing;
  readonly #registered = new Map<string, { provider: CustomProvider; remove: () => void }>();
  #looks = 0;
  #scans = false;
  /** Whether pictures are wanted. Until then nobody is asked who makes nothing else. */
  #paints = false;

  constructor() {
    this.settings = new ObservableValue(loadSettings());
    this.keys = new KeyRing({
      mesh: () => this.mesh.get(),
      admit: (provider) => this.#admit(provider),
      optionsFor: (provider) => this.#optionsIfOff(provider),
      changed: async (provider) => {
        if (this.#knownNames().has(provider)) await this.look([provider]);
      },
    });
    this.mesh = new ObservableValue(this.#open());
    this.#scans = this.settings.get().scanAlways;
  }

  #open(): Mesh {
    const mesh = createMesh({ providers: providerOptions(this.settings.get(), this.keys.ofVisit), storage: "indexeddb" });
    queueMicrotask(() => void this.keys.refresh([...this.#knownNames()]));
    return mesh;
  }

  /** Keeps the settings and goes on with a mesh that knows them. */
  async apply(settings: Settings): Promise<void> {
    await this.#reopen(settings);
    await this.look();
  }

  async #reopen(settings: Settings): Promise<void> {
    saveSettings(settings);
    const old = this.mesh.get();
    const gone = [...this.#knownNames()];
    this.settings.set(settings);
    const stay = this.#knownNames();
    for (const name of gone) {
      if (stay.has(name)) continue;
      this.keys.ofVisit.delete(name);
      // A key of someone who is not asked any more is not to lie about. Where nothing is stored, nothing has to go.
      await old.keys.remove(name).catch(() => undefined);
    }
    await old.close();
    const mesh = this.#open();
    for (const entry of this.#registered.values()) entry.remove = mesh.register(entry.provider);
    this.mesh.set(mesh);
  }

  /** Switches a cloud on when it is given a key. */
  async #admit(provider: string): Promise<boolean> {
    const cloud = cloudOf(provider);
    const settings = this.settings.get();
    if (cloud === undefined || settings[cloud.name].on) return false;
    await this.#reopen({ ...settings, [cloud.name]: { ...settings[cloud.name], on: true } });
    // The new mesh knows nothing of whoever the old one was still asking. Nobody has to wait for them to have a key taken.
    void this.look([...this.#knownNames()].filter((name) => name !== provider));
    return true;
  }

  #optionsIfOff(provider: string) {
    const cloud = cloudOf(provider);
    const settings = this.settings.get();
    return cloud === undefined || settings[cloud.name].on ? undefined : cloudOptions(cloud.name, settings);
  }

  /** Takes a cloud out: its key is forgotten, and nothing is sent to it any more. */
  async switchOff(provider: string): Promise<void> {
    const cloud = cloudOf(provider);
    if (cloud === undefined) return;
    const settings = this.settings.get();
    await this.apply({ ...settings, [cloud.name]: { ...settings[cloud.name], on: false } });
  }

  async addServer(server: Server, key: string): Promise<void> {
    if (key.trim() !== "") this.keys.ofVisit.set(server.name, key.trim());
    const settings = this.settings.get();
    await this.apply({ ...settings, servers: [...settings.servers, server] });
  }

  /** Also looks for servers at the usual ports of this machine, now and whenever this visit looks again. */
  async scan(): Promise<void> {
    this.#scans = true;
    await this.look();
  }

  /** From now on also asks who makes nothing but pictures. */
  async lookForPictures(): Promise<void> {
    this.#paints = true;
    await this.look(["comfyui"]);
  }

  /** Asks the providers, or only the named ones, what they have. What a mesh says that was replaced meanwhile is dropped. */
  async look(providers?: ModelProvider[]): Promise<void> {
    const mesh = this.mesh.get();
    this.#looks += 1;
    this.discovery.set({ ...this.discovery.get(), looking: true });
    try {
      const scans = this.#scans && providers === undefined;
      const asked = providers ?? (this.#paints || scans ? undefined : [...this.#knownNames()]);
      const report = await mesh.discover({ ...(asked === undefined ? {} : { providers: asked }), ...(scans ? { scan: true } : {}) });
      if (mesh === this.mesh.get()) this.discovery.set(this.#after(report, scans));
    } catch {
      // The mesh was closed meanwhile, or its WebAssembly did not load: the first answer asked for will say so.
    } finally {
      this.#looks -= 1;
      this.discovery.set({ ...this.discovery.get(), looking: this.#looks > 0 });
    }
  }

  #after(report: DiscoveryReport, scanned: boolean): Discovery {
    const before = this.discovery.get();
    const fresh = new Set(report.providers.map((entry) => entry.provider));
    const known = this.#knownNames().add("comfyui");
    const found = scanned ? [...fresh].filter((name) => !known.has(name)) : before.found;
    for (const name of found ?? []) known.add(name);
    const kept = (before.report?.providers ?? []).filter((entry) => !fresh.has(entry.provider) && known.has(entry.provider));
    return { ...before, report: { ...report, providers: [...kept, ...report.providers] }, ...(found === undefined ? {} : { found }) };
  }

  /** Everyone who is set up and writes, without those that were only found. */
  #knownNames(): Set<string> {
    const settings = this.settings.get();
    return new Set(["ollama", ...cloudsOn(settings).map(({ name }) => name), ...settings.servers.map(({ name }) => name), ...this.#registered.keys()]);
  }

  /** Offers a provider to the mesh, this one and those that follow; done when its models are known. */
  async register(provider: CustomProvider): Promise<void> {
    this.#registered.get(provider.name)?.remove();
    this.#registered.set(provider.name, { provider, remove: this.mesh.get().register(provider) });
    await this.look([provider.name]);
  }

  unregister(name: string): void {
    this.#registered.get(name)?.remove();
    this.#registered.delete(name);
  }
}
