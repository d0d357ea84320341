import { MeshError, type Goal, type TextGeneration, type TextRequest } from "hkm-mesh";
import { announce } from "../app/announcer";
import type { MeshSession } from "../app/mesh-session";
import { ObservableValue } from "../app/observable";
import { answerAfter, messagesOf, type AnswerTurn, type Failure, type QuestionTurn, type Turn } from "./turn";

export interface Choice {
  goal: Goal;
  /** A model to use whatever the goal says, as "provider/id". */
  model?: string;
}

/** The part of a request that the choice decides; the same for asking and for the line that says what would be chosen. */
export function requestFor(messages: TextRequest["messages"], { goal, model }: Choice): TextRequest {
  return { messages: messages ?? [], policy: { goal }, ...(model === undefined ? {} : { model }) };
}

function failureOf(error: unknown): Failure {
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

/** One conversation: its turns, and the answer that is being written now. */
export class Conversation {
  readonly turns = new ObservableValue<readonly Turn[]>([]);
  readonly choice = new ObservableValue<Choice>({ goal: "balanced" });
  readonly #mesh: MeshSession;
  #running: { answer: AnswerTurn; generation: TextGeneration; stopped: boolean; frame: number } | undefined;
  #count = 0;

  constructor(mesh: MeshSession) {
    this.#mesh = mesh;
  }

  ask(text: string): void {
    if (this.#running !== undefined) return;
    const question: QuestionTurn = { id: this.#nextId(), role: "question", text };
    this.turns.set([...this.turns.get(), question]);
    void this.#answer();
  }

  /** Asks the last question again, under the goal and model chosen now. */
  regenerate(): void {
    if (this.#running !== undefined) return;
    const turns = this.turns.get();
    if (turns.at(-1)?.role === "answer") this.turns.set(turns.slice(0, -1));
    void this.#answer();
  }

  stop(): void {
    const running = this.#running;
    if (running === undefined) return;
    running.stopped = true;
    running.generation.cancel(new DOMException("The visitor pressed stop.", "AbortError"));
  }

  clear(): void {
    this.stop();
    this.turns.set([]);
  }

  #nextId(): string {
    this.#count += 1;
    return `turn-${this.#count}`;
  }

  async #answer(): Promise<void> {
    const choice = this.choice.get();
    const request = requestFor(messagesOf(this.turns.get()), choice);
    const answer: AnswerTurn = {
      id: this.#nextId(),
      role: "answer",
      status: "waiting",
      goal: choice.goal,
      ...(choice.model === undefined ? {} : { pinned: choice.model }),
      text: "",
      writers: [],
      fallbacks: [],
      warnings: [],
    };
    const generation = this.#mesh.mesh.get().generate(request);
    const running = { answer, generation, stopped: false, frame: 0 };
    this.#running = running;
    this.turns.set([...this.turns.get(), answer]);
    announce("Asking. The answer is on its way.");
    try {
      for await (const event of generation) {
        const before = running.answer.status;
        running.answer = answerAfter(running.answer, event);
        if (before === "waiting" && running.answer.status === "streaming") announce("The answer has started.");
        if (event.type === "fallback") announce(`${event.from} did not work. Asking ${event.to}.`);
        this.#showSoon(running);
      }
      running.answer = { ...running.answer, status: "done" };
      announce(`The answer is complete, ${running.answer.text.trim().split(/\s+/u).length} words.`);
    } catch (error) {
      const kept = { ...running.answer, progress: undefined };
      if (running.stopped) {
        running.answer = { ...kept, status: "stopped" };
        announce("Stopped.");
      } else {
        const failure = failureOf(error);
        running.answer = { ...kept, status: "failed", failure };
        announce(`There is no answer. ${failure.message}`);
      }
    } finally {
      cancelAnimationFrame(running.frame);
      this.#running = undefined;
      this.#show(running.answer);
    }
  }

  /** Tokens come faster than the screen shows them: one update a frame. */
  #showSoon(running: { answer: AnswerTurn; frame: number }): void {
    if (running.frame !== 0) return;
    running.frame = requestAnimationFrame(() => {
      running.frame = 0;
      this.#show(running.answer);
    });
  }

  #show(answer: AnswerTurn): void {
    this.turns.set(this.turns.get().map((turn) => (turn.id === answer.id ? answer : turn)));
  }
}
