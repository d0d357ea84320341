import type { Goal, Mesh, TextRequest } from "hkm-mesh";
import { factsSchema, type Findings } from "./fact";

/** What facts are looked for, and how. */
export interface ResearchWish {
  topic: string;
  /** Whether a model that can search the web does. */
  searches: boolean;
  /** As "provider/id"; without one the mesh chooses. */
  model?: string | undefined;
}

/** The request for facts; the same for asking and for the line that says who would be asked. */
export function factsRequest(mesh: Mesh, { topic, searches, model }: ResearchWish, goal: Goal): TextRequest<{ facts: { statement: string; source: string | null }[] }> {
  const plain = {
    system: "You collect facts for a picture that explains a topic. State only what you are sure of. Never invent an address.",
    prompt: `Topic: ${topic.trim() === "" ? "light" : topic.trim()}\n\nState the facts that a reader has to know to understand it, the most important first, each with its source.`,
    schema: factsSchema,
    policy: { goal },
    ...(model === undefined ? {} : { model }),
  };
  if (!searches) return plain;
  const searching = { ...plain, search: true };
  try {
    // Nobody is passed over because of the search: it is made where the one who fits best can.
    return mesh.route(plain).chosen.capabilities.includes("search") && mesh.route(searching).chain.length > 0 ? searching : plain;
  } catch {
    return plain;
  }
}

/** The request for words that a model can make a picture of. */
export function descriptionRequest({ topic, facts }: Findings, model: string | undefined, goal: Goal): TextRequest {
  return {
    system: "You describe pictures for a model that makes them. Answer with the description alone: one paragraph, at most 90 words, what is seen and how it is arranged. No introduction, no list.",
    prompt: `An infographic about: ${topic}\n\nIt shows these facts and nothing else:\n${facts.map(({ statement }) => `- ${statement}`).join("\n")}`,
    policy: { goal },
    ...(model === undefined ? {} : { model }),
  };
}
