import type { Content, Goal, Message } from "hkm-mesh";
import { toolOutputOf, type AnswerStep } from "./answer-step";
import type { Failure } from "./failure";
import type { Picture } from "./picture";

export interface QuestionTurn {
  id: string;
  role: "question";
  text: string;
  pictures: readonly Picture[];
}

export interface AnswerTurn {
  id: string;
  role: "answer";
  /** "cut": the page went away in the middle of it, and nothing was decided about it yet. */
  status: "waiting" | "streaming" | "done" | "stopped" | "failed" | "cut";
  goal: Goal;
  pinned?: string;
  /** One, and another one each time the model was given what its tools said. */
  steps: readonly AnswerStep[];
  /** Of the generation that was cut off. */
  generation?: string;
  failure?: Failure;
}

export type Turn = QuestionTurn | AnswerTurn;

/** All that was written. */
export function textOf({ steps }: AnswerTurn): string {
  return steps.map((step) => step.text).filter((text) => text !== "").join("\n\n");
}

/** A question as a model reads it: the pictures, then the words about them. */
export function questionContent(text: string, pictures: readonly Picture[]): string | Content[] {
  if (pictures.length === 0) return text;
  const files = pictures.map(({ file, mediaType, name }): Content => ({ type: "file", mediaType, data: file, name }));
  return text === "" ? files : [...files, { type: "text", text }];
}

/** A step, and what its tools gave. A call that has no output yet is left out: providers refuse one without its answer. */
function messagesOfStep({ text, calls, opaque }: AnswerStep): Message[] {
  const answered = calls.filter(({ state }) => state === "done" || state === "failed");
  if (text === "" && answered.length === 0) return [];
  const answer: Message = {
    role: "assistant",
    content: text,
    ...(answered.length === 0 ? {} : { toolCalls: answered.map(({ id, name, input, opaque: own }) => ({ id, name, input: input ?? {}, ...(own === undefined ? {} : { opaque: own }) })) }),
    // It belongs to the answer as it was.
    ...(opaque === undefined || answered.length < calls.length ? {} : { opaque }),
  };
  return [answer, ...answered.map((call): Message => ({ role: "tool", toolCallId: call.id, content: toolOutputOf(call) }))];
}

/** The turns as the messages that a model reads. Answers that failed, are empty or have no question are left out. */
export function messagesOf(turns: readonly Turn[]): Message[] {
  const first = turns.findIndex(({ role }) => role === "question");
  return turns.slice(Math.max(0, first)).flatMap((turn): Message[] => {
    if (turn.role === "question") return [{ role: "user", content: questionContent(turn.text, turn.pictures) }];
    return turn.status === "failed" ? [] : turn.steps.flatMap(messagesOfStep);
  });
}
