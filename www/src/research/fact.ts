import type { Goal, JsonSchema } from "hkm-mesh";
import { isReceipt, type KeptReceipt } from "../gallery/kept-receipt";
import { goals } from "../chat/goals";

/**
 * Where a fact comes from. "found": the search that the model made found this page. "named": the model names this address by
 * itself, and nobody looked there. "none": it names nothing that is an address.
 */
export type Origin = { kind: "found" | "named"; url: string } | { kind: "none" };

export interface Fact {
  statement: string;
  origin: Origin;
}

/** What a picture rests on. */
export interface Findings {
  topic: string;
  facts: readonly Fact[];
  /** Who stated them, as "provider/id"; absent in what earlier versions kept. */
  model?: string;
  /** The goal under which they were found: what is private stays so. */
  goal?: Goal;
  /** Who wrote the picture's words, and whether the visitor has changed them since. */
  words?: { receipt: KeptReceipt; areChanged: boolean };
}

interface StatedFacts {
  facts: { statement: string; source: string | null }[];
}

/** What the mesh checks an answer against before it gives it to this page. */
export const factsSchema: JsonSchema<StatedFacts> = {
  type: "object",
  properties: {
    facts: {
      type: "array",
      minItems: 3,
      maxItems: 7,
      items: {
        type: "object",
        properties: {
          statement: { type: "string", description: "One fact, in one short sentence." },
          source: { type: ["string", "null"], description: "The whole address of the page that says so, or null where there is none." },
        },
        required: ["statement", "source"],
        additionalProperties: false,
      },
    },
  },
  required: ["facts"],
  additionalProperties: false,
};

/** The same address however it is written; undefined where it is none of the web. */
function addressOf(text: string): string | undefined {
  try {
    const url = new URL(text.trim());
    if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
    url.hash = "";
    return url.href;
  } catch {
    return undefined;
  }
}

/** The facts of an answer, each with where it comes from as far as this page can tell. Empty sentences are left out. */
export function factsOf({ facts }: StatedFacts, found: readonly { url: string }[]): Fact[] {
  const pages = new Set(found.flatMap(({ url }) => addressOf(url) ?? []));
  return facts.flatMap(({ statement, source }): Fact[] => {
    if (statement.trim() === "") return [];
    const url = addressOf(source ?? "");
    return [{ statement: statement.trim(), origin: url === undefined ? { kind: "none" } : { kind: pages.has(url) ? "found" : "named", url } }];
  });
}

function isFact(value: unknown): value is Fact {
  if (typeof value !== "object" || value === null) return false;
  const { statement, origin } = value as Record<string, unknown>;
  if (typeof statement !== "string" || typeof origin !== "object" || origin === null) return false;
  const { kind, url } = origin as Record<string, unknown>;
  return kind === "none" || ((kind === "found" || kind === "named") && typeof url === "string" && addressOf(url) !== undefined);
}

function isWords(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { receipt, areChanged } = value as Record<string, unknown>;
  return isReceipt(receipt) && typeof areChanged === "boolean";
}

/** Whether what an earlier visit kept can be read. */
export function isFindings(value: unknown): value is Findings {
  if (typeof value !== "object" || value === null) return false;
  const { topic, facts, model, goal, words } = value as Record<string, unknown>;
  if (typeof topic !== "string" || !Array.isArray(facts) || !facts.every(isFact)) return false;
  return (model === undefined || typeof model === "string") && (goal === undefined || goals.some((one) => one.value === goal)) && (words === undefined || isWords(words));
}
