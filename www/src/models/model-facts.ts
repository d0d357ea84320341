import type { Locality, ModelConfig, Receipt } from "hkm-mesh";

export function addressOf(model: Pick<ModelConfig, "provider" | "id">): string {
  return `${model.provider}/${model.id}`;
}

/** Models that only turn text into numbers are listed, but nobody can talk to them. */
export function canAnswer(model: ModelConfig): boolean {
  return model.type === "text" && !model.capabilities.includes("embedding");
}

/** Models that make pictures of words. A ComfyUI without a file offers no more than to run a workflow of the visitor's own. */
export function canPaint({ type, capabilities }: ModelConfig): boolean {
  return type === "image" && capabilities.join() !== "workflow";
}

export const localityNames: Record<Locality, string> = {
  page: "In this page",
  device: "On this machine",
  network: "On your network",
  cloud: "Cloud",
};

/** The same as a part of a sentence. */
export const placeNames: Record<Locality, string> = { page: "in this page", device: "on this machine", network: "on your network", cloud: "in the cloud" };

export function localityOf(model: ModelConfig): Locality {
  return model.locality ?? (model.isLocal ? "device" : "cloud");
}

const providerNames: Partial<Record<string, string>> = {
  ollama: "Ollama",
  comfyui: "ComfyUI",
  gemini: "Google Gemini",
  openrouter: "OpenRouter",
  page: "This page",
  browser: "This browser",
  "lm-studio": "LM Studio",
  "llama-cpp": "llama.cpp",
  vllm: "vLLM",
  jan: "Jan",
  koboldcpp: "KoboldCpp",
  gpt4all: "GPT4All",
};

/** Who offers a model, as the visitor knows it; a server the visitor named keeps its name. */
export function providerName(provider: string): string {
  return providerNames[provider] ?? provider;
}

/** Where a model runs and who offers it, as a part of a sentence. */
export function whereaboutsOf(model: ModelConfig): string {
  if (model.provider === "page") return "in this page";
  if (model.provider === "browser") return "in this browser";
  return `${providerName(model.provider)}, ${placeNames[localityOf(model)]}`;
}

/** Decimal units, as download pages use them. */
export function formatBytes(bytes: number): string {
  if (bytes === 0) return "0 MB";
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  if (bytes < 1e9) return `${Math.round(bytes / 1e6)} MB`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;
}

export function formatRate(tokensPerSecond: number): string {
  return `${tokensPerSecond < 10 ? tokensPerSecond.toFixed(1) : Math.round(tokensPerSecond)} tokens/s`;
}

/** US dollars with as many digits as a small sum needs. */
export function formatDollars(dollars: number): string {
  if (dollars === 0) return "$0";
  if (dollars >= 0.01) return `$${dollars.toFixed(2)}`;
  return `$${dollars.toFixed(Math.min(12, 1 - Math.floor(Math.log10(dollars))))}`;
}

export function formatCost({ cost, costKind }: Pick<Receipt, "cost" | "costKind">): string {
  if (costKind === "free" || cost === 0) return "free";
  if (cost === null || costKind === "unknown") return "cost unknown";
  return costKind === "billed" ? formatDollars(cost) : `about ${formatDollars(cost)}`;
}

/** What something would cost, as a part of a sentence. */
export function estimatedCost(cost: number | null): string {
  if (cost === null) return "cost unknown";
  return cost === 0 ? "free" : `about ${formatDollars(Number(cost.toPrecision(2)))}`;
}
