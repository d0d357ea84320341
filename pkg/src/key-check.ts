// What can be said of a key by its looks, and where a provider's key may go.
import type { ProviderKind } from "./generated/types.js";
import type { KeyCheck, ProviderOptions } from "./types.js";

type Providers = Readonly<Record<string, ProviderOptions>> | undefined;

const USUAL_ORIGINS: Readonly<Partial<Record<ProviderKind, string>>> = {
  gemini: "https://generativelanguage.googleapis.com",
  openrouter: "https://openrouter.ai",
  ollama: "http://localhost:11434",
  comfyui: "http://127.0.0.1:8188",
};

function kindOf(provider: string, providers: Providers): ProviderKind | undefined {
  const named: readonly string[] = Object.keys(USUAL_ORIGINS);
  return providers?.[provider]?.kind ?? (named.includes(provider) ? provider as ProviderKind : undefined);
}

/** The origin that a provider's requests go to; a word of its own for one that is written in JavaScript. */
export function originOf(provider: string, providers: Providers): string {
  const endpoint = providers?.[provider]?.endpoint;
  const kind = kindOf(provider, providers);
  if (typeof endpoint !== "string") return (kind && USUAL_ORIGINS[kind]) ?? "page";
  try {
    return new URL(endpoint).origin;
  } catch {
    // Rust refuses it when the mesh opens.
    return endpoint;
  }
}

/** Google's keys had one form and then another: looks are a hint and never a verdict. */
const USUAL: Readonly<Partial<Record<ProviderKind, RegExp>>> = {
  gemini: /^(AIza[\w-]{35}|AQ\.[\w-]{40,})$/,
  openrouter: /^sk-or-v1-[0-9a-f]{64}$/,
};
const ANY = /^[!-~]{8,}$/;

export function formatOf(provider: string, key: string, providers: Providers): KeyCheck["format"] {
  if (key === "") return "empty";
  const kind = kindOf(provider, providers);
  return ((kind && USUAL[kind]) ?? ANY).test(key) ? "usual" : "unusual";
}
