import type { Locality } from "hkm-mesh";

/** A server with OpenAI's API that the visitor named. */
export interface Server {
  name: string;
  endpoint: string;
  locality: Exclude<Locality, "page">;
}

/** What is kept between visits. Keys are never part of it. */
export interface Settings {
  ollamaEndpoint: string;
  servers: readonly Server[];
}

export const usualOllamaEndpoint = "http://localhost:11434";
const storageKey = "visual-light-researcher.settings";
const localities: readonly string[] = ["device", "network", "cloud"];

function isServer(value: unknown): value is Server {
  if (typeof value !== "object" || value === null) return false;
  const { name, endpoint, locality } = value as Partial<Record<keyof Server, unknown>>;
  return typeof name === "string" && typeof endpoint === "string" && typeof locality === "string" && localities.includes(locality);
}

export function loadSettings(): Settings {
  const settings: Settings = { ollamaEndpoint: usualOllamaEndpoint, servers: [] };
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? "null");
    if (typeof stored !== "object" || stored === null) return settings;
    const { ollamaEndpoint, servers } = stored as Partial<Record<keyof Settings, unknown>>;
    return {
      ollamaEndpoint: typeof ollamaEndpoint === "string" ? ollamaEndpoint : settings.ollamaEndpoint,
      servers: Array.isArray(servers) ? servers.filter(isServer) : [],
    };
  } catch {
    // Nothing readable is stored, or storage is switched off: start with the usual settings.
    return settings;
  }
}

export function saveSettings({ ollamaEndpoint, servers }: Settings): void {
  const kept = servers.map(({ name, endpoint, locality }) => ({ name, endpoint, locality }));
  try {
    localStorage.setItem(storageKey, JSON.stringify({ ollamaEndpoint, servers: kept }));
  } catch {
    // Storage is full or switched off: the settings hold for this visit.
  }
}
