import type { Turn } from "./turn";

const storageKey = "visual-light-researcher.conversation";

/** A conversation in the middle of an answer, as it was when the page went away. */
export interface KeptConversation {
  /** Without the answer that was being written: the mesh keeps that. */
  turns: readonly Turn[];
  /** Of the generation that was being written. */
  generation: string;
}

/** Keeps it for the next page of this tab. Pictures are not kept. */
export function keepConversation({ turns, generation }: KeptConversation): void {
  const kept = turns.map((turn) => (turn.role === "question" ? { ...turn, pictures: [] } : turn));
  try {
    sessionStorage.setItem(storageKey, JSON.stringify({ turns: kept, generation }));
  } catch {
    // There is no room, or storage is switched off: the answer is found again without its conversation.
  }
}

/** What the page before kept, once. */
export function takeKeptConversation(): KeptConversation | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(storageKey) ?? "null");
    sessionStorage.removeItem(storageKey);
    return isKept(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

function isKept(value: unknown): value is KeptConversation {
  if (typeof value !== "object" || value === null) return false;
  const { turns, generation } = value as Partial<Record<keyof KeptConversation, unknown>>;
  return typeof generation === "string" && Array.isArray(turns) && turns.every(isTurn);
}

function isTurn(value: unknown): value is Turn {
  if (typeof value !== "object" || value === null) return false;
  const { id, role, text, steps } = value as Record<string, unknown>;
  return typeof id === "string" && (role === "question" ? typeof text === "string" : role === "answer" && Array.isArray(steps));
}
