import type { Reason } from "hkm-mesh";

/** The mesh speaks to programmers, too. What names its code is left away: the page offers a button in its place. */
export function plainly(message: string): string {
  const sentences = message.split(/(?<=[.!?])\s+(?=[A-Z])/u);
  const plain = sentences.filter((sentence) => !/`|\bmesh\./u.test(sentence));
  return plain.length > 0 ? plain.join(" ") : message;
}

/** Why a model is left out or comes last, for the visitor. */
export function reasonWords({ code, message, params }: Reason): string {
  if (code === "capability-unknown") return `Its server does not say whether it can do this: ${String(params?.["capability"] ?? "what the question needs")}. Choose it to try.`;
  return plainly(message);
}
