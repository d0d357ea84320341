import type { Locality } from "hkm-mesh";

/** A server with OpenAI's API that the visitor named. */
export interface Server {
  name: string;
  endpoint: string;
  locality: Exclude<Locality, "page">;
}

/** A provider in the cloud. Nothing is sent to it before the visitor gave it a key. */
export interface CloudSettings {
  on: boolean;
  /** Another address than its own: a simulator's. */
  endpoint?: string;
}

export interface OpenRouterSettings extends CloudSettings {
  denyDataCollection: boolean;
  zeroDataRetention: boolean;
  /** Another sign-in page than OpenRouter's own: a simulator's. */
  signInPage?: string;
}

/** What is kept between visits. Keys are never part of it: the mesh keeps those, encrypted. */
export interface Settings {
  ollamaEndpoint: string;
  comfyuiEndpoint: string;
  servers: readonly Server[];
  gemini: CloudSettings;
  openrouter: OpenRouterSettings;
  /** Whether servers on this machine are looked for at their usual ports at every visit. */
  scanAlways: boolean;
}

export const usualOllamaEndpoint = "http://localhost:11434";
export const usualComfyUIEndpoint = "http://localhost:8188";
const storageKey = "visual-light-researcher.settings";
const localities: readonly string[] = ["device", "network", "cloud"];

type Stored<T> = Partial<Record<keyof T, unknown>>;

function isServer(value: unknown): value is Server {
  if (typeof value !== "object" || value === null) return false;
  const { name, endpoint, locality } = value as Stored<Server>;
  return typeof name === "string" && typeof endpoint === "string" && typeof locality === "string" && localities.includes(locality);
}

function readCloud(value: unknown): CloudSettings {
  const { on, endpoint } = (typeof value === "object" && value !== null ? value : {}) as Stored<CloudSettings>;
  return { on: on === true, ...(typeof endpoint === "string" ? { endpoint } : {}) };
}

function readOpenRouter(value: unknown): OpenRouterSettings {
  const { denyDataCollection, zeroDataRetention, signInPage } = (typeof value === "object" && value !== null ? value : {}) as Stored<OpenRouterSettings>;
  return {
    ...readCloud(value),
    denyDataCollection: denyDataCollection === true,
    zeroDataRetention: zeroDataRetention === true,
    ...(typeof signInPage === "string" ? { signInPage } : {}),
  };
}

function settingsFrom(stored: Stored<Settings>): Settings {
  const { ollamaEndpoint, comfyuiEndpoint, servers, gemini, openrouter, scanAlways } = stored;
  return {
    ollamaEndpoint: typeof ollamaEndpoint === "string" ? ollamaEndpoint : usualOllamaEndpoint,
    comfyuiEndpoint: typeof comfyuiEndpoint === "string" ? comfyuiEndpoint : usualComfyUIEndpoint,
    servers: Array.isArray(servers) ? servers.filter(isServer) : [],
    gemini: readCloud(gemini),
    openrouter: readOpenRouter(openrouter),
    scanAlways: scanAlways === true,
  };
}

export function loadSettings(): Settings {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? "null");
    return settingsFrom(typeof stored === "object" && stored !== null ? stored : {});
  } catch {
    // Nothing readable is stored, or storage is switched off: start with the usual settings.
    return settingsFrom({});
  }
}

export function saveSettings({ servers, ...settings }: Settings): void {
  const kept = servers.map(({ name, endpoint, locality }) => ({ name, endpoint, locality }));
  try {
    localStorage.setItem(storageKey, JSON.stringify({ ...settings, servers: kept }));
  } catch {
    // Storage is full or switched off: the settings hold for this visit.
  }
}
