import type { ProviderOptions } from "hkm-mesh";
import type { CloudName } from "../settings/clouds";
import type { CloudSettings, Settings } from "../settings/stored-settings";

/** A provider in the cloud as the mesh takes it, whether or not it is switched on. */
export function cloudOptions(name: CloudName, settings: Settings): ProviderOptions {
  const { endpoint }: CloudSettings = settings[name];
  const address = endpoint === undefined ? {} : { endpoint };
  // Whoever sets another address has the real cloud in mind: a simulator must not pass for a model on this machine.
  if (name === "gemini") return { ...address, locality: "cloud" };
  const { denyDataCollection, zeroDataRetention } = settings.openrouter;
  return {
    ...address,
    locality: "cloud",
    openrouter: { ...(denyDataCollection ? { dataCollection: "deny" } : {}), ...(zeroDataRetention ? { zeroDataRetention } : {}) },
  };
}

/** Whom the mesh of this page may ask. A cloud that is not switched on is not among them, so nothing can reach it. */
export function providerOptions(settings: Settings, keys: ReadonlyMap<string, string>): Record<string, ProviderOptions> {
  const providers: Record<string, ProviderOptions> = {
    ollama: { endpoint: settings.ollamaEndpoint },
    comfyui: { endpoint: settings.comfyuiEndpoint },
  };
  for (const name of ["gemini", "openrouter"] as const) {
    providers[name] = settings[name].on ? cloudOptions(name, settings) : { disabled: true };
  }
  for (const { name, endpoint, locality } of settings.servers) providers[name] = { kind: "openai", endpoint, locality };
  for (const [name, apiKey] of keys) {
    const provider = providers[name];
    if (provider !== undefined && provider.disabled !== true) provider.apiKey = apiKey;
  }
  return providers;
}
