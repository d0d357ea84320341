import type { ModelConfig, ProviderHealth, Reason } from "hkm-mesh";
import { providerName } from "./model-facts";
import { plainly, reasonWords } from "./plain-words";

/** What the visitor can do about a model that cannot answer. */
export type Remedy = "key" | "doctor";

/** Whether a model can answer the question as it stands, and if not, why and what helps. */
export interface Standing {
  kind: "good" | "idle" | "bad";
  label: string;
  sentence?: string;
  remedy?: Remedy;
  /** Whether it can be chosen. */
  open: boolean;
}

export const remedyNames: Record<Remedy, string> = { key: "Add a key", doctor: "Find out why" };

/** A model's own server or cloud can be asked what is wrong; what runs in this page needs no doctor. */
function doctorFor({ provider }: ModelConfig): { remedy: Remedy } | Record<string, never> {
  return provider === "page" || provider === "browser" ? {} : { remedy: "doctor" };
}

export function standingOf(model: ModelConfig, health: ProviderHealth | undefined, exclusion: Reason | undefined): Standing {
  const name = providerName(model.provider);
  if (exclusion?.code === "no-key") return { kind: "bad", label: "Needs a key", sentence: `${name} answers only with a key of yours.`, remedy: "key", open: false };
  if (exclusion?.code === "offline") return { kind: "bad", label: "Offline", sentence: plainly(exclusion.message), open: false };
  if (health?.state === "down") {
    return { kind: "bad", label: "No answer", sentence: plainly(health.reason?.message ?? `${name} did not answer.`), ...doctorFor(model), open: false };
  }
  if (exclusion?.code === "not-available" || !model.isAvailable) return { kind: "bad", label: "Not available", sentence: `${name} says that it cannot be used now.`, ...doctorFor(model), open: false };
  if (exclusion !== undefined) return { kind: "idle", label: "Does not fit", sentence: reasonWords(exclusion), open: exclusion.code === "capability-unknown" };
  return { kind: "good", label: "Ready", open: true };
}
