import { createMesh, type CustomProvider, type DiscoveryReport, type Mesh, type ModelProvider, type ProviderOptions } from "hkm-mesh";
import { loadSettings, saveSettings, type Server, type Settings } from "../settings/stored-settings";
import { ObservableValue } from "./observable";

export interface Discovery {
  looking: boolean;
  report?: DiscoveryReport;
}

/**
 * The mesh of this page, and what outlives it: a mesh takes its servers once, so new settings mean a new mesh. Keys stay
 * in this object's memory and are handed to each mesh anew.
 */
export class MeshSession {
  readonly mesh: ObservableValue<Mesh>;
  readonly settings: ObservableValue<Settings>;
  readonly discovery = new ObservableValue<Discovery>({ looking: false });
  readonly keyNames = new ObservableValue<ReadonlySet<string>>(new Set());
  readonly #keys = new Map<string, string>();
  readonly #registered = new Map<string, { provider: CustomProvider; remove: () => void }>();
  #looks = 0;

  constructor() {
    const settings = loadSettings();
    this.settings = new ObservableValue(settings);
    this.mesh = new ObservableValue(this.#open(settings));
  }

  #open(settings: Settings): Mesh {
    const providers: Record<string, ProviderOptions> = {
      ollama: { endpoint: settings.ollamaEndpoint },
      comfyui: { disabled: true }, // this page asks for text only
    };
    for (const { name, endpoint, locality } of settings.servers) {
      const apiKey = this.#keys.get(name);
      providers[name] = { kind: "openai", endpoint, locality, ...(apiKey === undefined ? {} : { apiKey }) };
    }
    return createMesh({ providers, storage: "memory" });
  }

  /** Keeps the settings and goes on with a mesh that knows them. */
  async apply(settings: Settings): Promise<void> {
    saveSettings(settings);
    const names = new Set(settings.servers.map((server) => server.name));
    for (const name of [...this.#keys.keys()]) if (!names.has(name)) this.#keys.delete(name);
    this.#publishKeyNames();
    const old = this.mesh.get();
    await old.close();
    const mesh = this.#open(settings);
    for (const entry of this.#registered.values()) entry.remove = mesh.register(entry.provider);
    this.settings.set(settings);
    this.mesh.set(mesh);
    await this.look();
  }

  async addServer(server: Server, key: string): Promise<void> {
    if (key.trim() !== "") this.#keys.set(server.name, key.trim());
    const settings = this.settings.get();
    await this.apply({ ...settings, servers: [...settings.servers, server] });
  }

  /** Asks the providers, or only the named ones, what they have. What a mesh says that was replaced meanwhile is dropped. */
  async look(providers?: ModelProvider[]): Promise<void> {
    const mesh = this.mesh.get();
    this.#looks += 1;
    this.discovery.set({ ...this.discovery.get(), looking: true });
    try {
      const report = await mesh.discover(providers === undefined ? {} : { providers });
      if (mesh === this.mesh.get()) this.discovery.set({ ...this.discovery.get(), report: this.#merge(report) });
    } catch {
      // The mesh was closed meanwhile, or its WebAssembly did not load: the first answer asked for will say so.
    } finally {
      this.#looks -= 1;
      this.discovery.set({ ...this.discovery.get(), looking: this.#looks > 0 });
    }
  }

  #merge(report: DiscoveryReport): DiscoveryReport {
    const fresh = new Set(report.providers.map((entry) => entry.provider));
    const known = new Set(["ollama", ...this.settings.get().servers.map((server) => server.name), ...this.#registered.keys()]);
    const kept = (this.discovery.get().report?.providers ?? []).filter((entry) => !fresh.has(entry.provider) && known.has(entry.provider));
    return { ...report, providers: [...kept, ...report.providers] };
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

  async setKey(name: string, key: string): Promise<void> {
    const trimmed = key.trim();
    if (trimmed === "") {
      this.#keys.delete(name);
      await this.mesh.get().keys.remove(name);
    } else {
      this.#keys.set(name, trimmed);
      await this.mesh.get().keys.set(name, trimmed, { persist: false });
    }
    this.#publishKeyNames();
    await this.look([name]);
  }

  #publishKeyNames(): void {
    this.keyNames.set(new Set(this.#keys.keys()));
  }
}
