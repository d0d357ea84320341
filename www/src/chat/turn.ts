import type { Attempt, Decision, Explanation, GenerationEvent, Goal, Message, Reason, Receipt } from "hkm-mesh";

export interface QuestionTurn {
  id: string;
  role: "question";
  text: string;
}

export interface Fallback {
  from: string;
  to: string;
  reason: Reason;
}

export interface Failure {
  code: string;
  message: string;
  hint?: string;
  provider?: string;
  attempts: readonly Attempt[];
  excluded: Explanation["excluded"];
}

export interface AnswerTurn {
  id: string;
  role: "answer";
  status: "waiting" | "streaming" | "done" | "stopped" | "failed";
  goal: Goal;
  pinned?: string;
  text: string;
  /** Every model that wrote a part of the text. */
  writers: readonly string[];
  /** The model that is being asked, as "provider/id". */
  asked?: string;
  decision?: Decision;
  fallbacks: readonly Fallback[];
  warnings: readonly Reason[];
  progress?: { value: number; max: number; node?: string } | undefined;
  receipt?: Receipt;
  failure?: Failure;
}

export type Turn = QuestionTurn | AnswerTurn;

/** What an answer looks like after one more event. */
export function answerAfter(turn: AnswerTurn, event: GenerationEvent): AnswerTurn {
  switch (event.type) {
    case "route":
      return { ...turn, decision: event.decision };
    case "attempt":
      return { ...turn, asked: event.model };
    case "progress":
      return { ...turn, progress: event };
    case "text-delta": {
      const writers = turn.asked === undefined || turn.writers.includes(turn.asked) ? turn.writers : [...turn.writers, turn.asked];
      return { ...turn, status: "streaming", progress: undefined, text: turn.text + event.text, writers };
    }
    case "fallback": {
      const { from, to, reason } = event;
      return { ...turn, progress: undefined, asked: to, fallbacks: [...turn.fallbacks, { from, to, reason }] };
    }
    case "restart":
      return { ...turn, text: "", writers: [] };
    case "warning":
      return { ...turn, warnings: [...turn.warnings, event.reason] };
    case "finish": {
      const { model } = event.receipt;
      // An answer from the cache has a writer although nobody was asked now.
      const writers = turn.writers.length === 0 && turn.text !== "" ? [model] : turn.writers;
      return { ...turn, status: "done", progress: undefined, receipt: event.receipt, asked: model, writers };
    }
    default:
      return turn;
  }
}

/** The turns as the messages that a model reads. Answers that failed or are empty are left out. */
export function messagesOf(turns: readonly Turn[]): Message[] {
  return turns.flatMap((turn): Message[] => {
    if (turn.role === "question") return [{ role: "user", content: turn.text }];
    return turn.text === "" || turn.status === "failed" ? [] : [{ role: "assistant", content: turn.text }];
  });
}
