import { MeshError, type Attempt, type Explanation } from "hkm-mesh";

/** Why there is no answer or no picture. */
export interface Failure {
  code: string;
  message: string;
  hint?: string;
  provider?: string;
  attempts: readonly Attempt[];
  excluded: Explanation["excluded"];
}

export function failureOf(error: unknown): Failure {
  if (!MeshError.isInstance(error)) {
    return { code: "internal", message: error instanceof Error ? error.message : String(error), attempts: [], excluded: [] };
  }
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.provider === undefined ? {} : { provider: error.provider }),
    attempts: error.attempts ?? [],
    excluded: error.excluded ?? [],
  };
}
