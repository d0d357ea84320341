import type { GenerationMetrics, Summary } from "hkm-mesh";
import { dollarWords, none } from "./number-words";

/** What was spent, as far as it is known: what is no bill is "about", and where something has no known price it is more. */
export function costWords({ cost, costCounts, unpriced = 0, tokens }: Summary): string {
  if (cost === 0) {
    if (unpriced > 0) return "unknown";
    return tokens > 0 ? "free" : none;
  }
  const isGuess = costCounts !== undefined && costCounts.computed + costCounts.estimated > 0;
  return `${unpriced > 0 ? "at least " : ""}${isGuess ? "about " : ""}${dollarWords(cost)}`;
}

/** The same of one request. */
export function costOfOne({ cost, costKind, tokens }: GenerationMetrics): string {
  // Who answered nothing cost nothing.
  if ((cost ?? 0) === 0 && (tokens ?? 0) === 0) return none;
  if (cost === undefined || costKind === "unknown") return "unknown";
  if (cost === 0) return "free";
  return costKind === "billed" ? dollarWords(cost) : `about ${dollarWords(cost)}`;
}
