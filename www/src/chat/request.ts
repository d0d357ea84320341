import type { Goal, TextRequest } from "hkm-mesh";
import { toolDefinitions } from "../tools/tools";
import type { Picture } from "./picture";
import { messagesOf, questionContent, type Turn } from "./turn";

export interface Choice {
  goal: Goal;
  /** A model to use whatever the goal says, as "provider/id". */
  model?: string;
  /** Whether the model may use this page's tools. */
  tools: boolean;
  /** Whether the answer has to rest on a web search. */
  search: boolean;
}

/** The same choice with another model, or with none. */
export function withModel({ goal, tools, search }: Choice, model: string | undefined): Choice {
  return { goal, tools, search, ...(model === undefined ? {} : { model }) };
}

/** What is being written and not sent yet. */
export interface Draft {
  text: string;
  pictures: readonly Picture[];
}

export const emptyDraft: Draft = { text: "", pictures: [] };

/** A request under this choice; the same for asking and for the line that says what would be chosen. */
export function requestFor(messages: TextRequest["messages"], { goal, model, tools, search }: Choice): TextRequest {
  return {
    messages: messages ?? [],
    // A long conversation goes on without its oldest turns, and the answer says so. Who is in a hurry has a second model
    // asked when the first is late.
    policy: { goal, context: "trim", hedge: goal === "speed" },
    ...(model === undefined ? {} : { model }),
    ...(tools ? { tools: toolDefinitions } : {}),
    ...(search ? { search: true } : {}),
  };
}

/** The request that sending the draft would make, as far as it is written. */
export function requestForDraft(turns: readonly Turn[], { text, pictures }: Draft, choice: Choice): TextRequest {
  const question = text.trim() === "" && pictures.length === 0 ? "Hello" : text;
  return requestFor([...messagesOf(turns), { role: "user", content: questionContent(question, pictures) }], choice);
}
