import type { PendingGeneration, TextGeneration } from "hkm-mesh";
import { announce } from "../app/announcer";
import type { MeshSession } from "../app/mesh-session";
import { ObservableValue } from "../app/observable";
import { runTool, toolTitle } from "../tools/tools";
import { emptyStep, stepAfter, withOpaque, type AnswerStep } from "./answer-step";
import { failureOf } from "./failure";
import { keepConversation, takeKeptConversation } from "./kept-conversation";
import { forgetPicture, type Picture } from "./picture";
import { emptyDraft, requestFor, type Choice, type Draft } from "./request";
import { messagesOf, textOf, type AnswerTurn, type QuestionTurn, type Turn } from "./turn";
import { waitingLine } from "./waiting-line";

/** A model may go on asking for tools for ever. */
const mostSteps = 6;

/** An answer that is being written. */
interface Running {
  answer: AnswerTurn;
  /** Whether an answer that was kept from before will not do. */
  wantsAnother: boolean;
  generation: TextGeneration | undefined;
  stopped: boolean;
  frame: number;
}

/** One conversation: its turns, what is being written, and the answer that comes now. */
export class Conversation {
  readonly turns = new ObservableValue<readonly Turn[]>([]);
  readonly choice = new ObservableValue<Choice>({ goal: "balanced", tools: false, search: false });
  readonly draft = new ObservableValue<Draft>(emptyDraft);
  readonly #mesh: MeshSession;
  /** Answers that were cut off, by the ids of their generations. */
  readonly #cut = new Map<string, PendingGeneration>();
  #running: Running | undefined;
  #count = 0;

  constructor(mesh: MeshSession) {
    this.#mesh = mesh;
    addEventListener("pagehide", () => this.#keep());
  }

  /** Shows answers that the page went away from, in their conversation where that is known, to go on with or discard. */
  async restore(): Promise<void> {
    const kept = takeKeptConversation();
    const found = await this.#mesh.mesh.get().pending().catch(() => []);
    // Whoever asked something meanwhile is not to be interrupted.
    if (found.length === 0 || this.turns.get().length > 0) return;
    for (const entry of found) this.#cut.set(entry.id, entry);
    const own = kept !== undefined && this.#cut.has(kept.generation) ? kept : undefined;
    const turnOf = ({ id, text, model }: PendingGeneration): AnswerTurn => {
      const step = { ...emptyStep, text, ...(model === "" ? {} : { asked: model, writers: text === "" ? [] : [model] }) };
      return { id: `cut-${id}`, role: "answer", status: "cut", goal: this.choice.get().goal, generation: id, steps: [step] };
    };
    // The oldest first, and at the end the one of this conversation.
    const others = found.filter(({ id }) => id !== own?.generation).reverse();
    const last = found.filter(({ id }) => id === own?.generation);
    const before = (own?.turns ?? []).map((turn) => ({ ...turn, id: `kept-${turn.id}` }));
    this.turns.set([...others.map(turnOf), ...before, ...last.map(turnOf)]);
    announce("An answer was cut off when the page went away. You can go on with it.");
  }

  /** Goes on with an answer that was cut off. */
  goOn({ id, generation }: AnswerTurn): void {
    if (this.#running !== undefined || generation === undefined) return;
    const turn = this.turns.get().find((one) => one.id === id);
    if (turn?.role === "answer") void this.#resume(turn, generation);
  }

  /** Forgets an answer that was cut off. Its question can be asked again, or changed. */
  async discard({ id, generation }: AnswerTurn): Promise<void> {
    const turns = this.turns.get();
    const place = turns.findIndex((turn) => turn.id === id);
    const question = turns[place - 1];
    this.turns.set(turns.filter((turn) => turn.id !== id && turn !== (question?.role === "question" ? question : undefined)));
    if (question?.role === "question" && this.draft.get().text === "") this.draft.set({ ...emptyDraft, text: question.text });
    announce("The answer is discarded.");
    // One that cannot be forgotten now is offered again.
    await this.#cut.get(generation ?? "")?.discard().catch(() => undefined);
  }

  async #resume(turn: AnswerTurn, id: string): Promise<void> {
    const answer: AnswerTurn = { id: turn.id, role: "answer", status: "streaming", goal: turn.goal, steps: turn.steps };
    const running: Running = { answer, wantsAnother: false, generation: undefined, stopped: false, frame: 0 };
    this.#running = running;
    this.#show(running.answer);
    announce("The answer goes on.");
    await this.#run(running, async () => {
      const generation = this.#mesh.mesh.get().resume(id);
      running.generation = generation;
      // What was shown is told again, at once: it takes the place of what is there when the first of it comes.
      let step = emptyStep;
      for await (const event of generation) {
        step = stepAfter(step, event);
        this.#change(running, step);
      }
      this.#change(running, withOpaque(step, await generation.result));
    });
  }

  /** The page goes away: the mesh keeps the answer that is being written, and this the conversation that it belongs to. */
  #keep(): void {
    const running = this.#running;
    if (running?.generation === undefined) return;
    const turns = this.turns.get().filter(({ id }) => id !== running.answer.id);
    // What has to stay private is not written down, and the mesh does not keep such an answer either.
    if (turns.some((turn) => turn.role === "answer" && turn.goal === "privacy") || running.answer.goal === "privacy") return;
    keepConversation({ turns, generation: running.generation.id });
  }

  ask(text: string, pictures: readonly Picture[] = []): void {
    if (this.#running !== undefined) return;
    const question: QuestionTurn = { id: this.#nextId(), role: "question", text, pictures };
    this.turns.set([...this.turns.get(), question]);
    void this.#answer();
  }

  /** Asks what is written, if anything is. */
  send(): void {
    const { text, pictures } = this.draft.get();
    if (this.#running !== undefined || (text.trim() === "" && pictures.length === 0)) return;
    this.draft.set(emptyDraft);
    this.ask(text.trim(), pictures);
  }

  /** Asks the last question again, under the goal and model chosen now. */
  regenerate(): void {
    if (this.#running !== undefined) return;
    const turns = this.turns.get();
    if (turns.at(-1)?.role === "answer") this.turns.set(turns.slice(0, -1));
    void this.#answer({ wantsAnother: true });
  }

  stop(): void {
    const running = this.#running;
    if (running === undefined) return;
    running.stopped = true;
    running.generation?.cancel(new DOMException("The visitor pressed stop.", "AbortError"));
  }

  clear(): void {
    this.stop();
    for (const turn of this.turns.get()) if (turn.role === "question") turn.pictures.forEach(forgetPicture);
    this.turns.set([]);
  }

  #nextId(): string {
    this.#count += 1;
    return `turn-${this.#count}`;
  }

  async #answer({ wantsAnother } = { wantsAnother: false }): Promise<void> {
    const choice = this.choice.get();
    const before = this.turns.get();
    const answer: AnswerTurn = {
      id: this.#nextId(),
      role: "answer",
      status: "waiting",
      goal: choice.goal,
      ...(choice.model === undefined ? {} : { pinned: choice.model }),
      steps: [],
    };
    const running: Running = { answer, wantsAnother, generation: undefined, stopped: false, frame: 0 };
    this.#running = running;
    this.turns.set([...before, answer]);
    announce("Asking. The answer is on its way.");
    await this.#run(running, async () => {
      do await this.#takeStep(running, before, choice);
      while (this.#runTools(running));
    });
  }

  /** Writes an answer to its end, whatever that is. */
  async #run(running: Running, write: () => Promise<void>): Promise<void> {
    try {
      await write();
      running.answer = { ...running.answer, status: "done" };
      announce(`The answer is complete, ${textOf(running.answer).trim().split(/\s+/u).length} words.`);
    } catch (error) {
      this.#end(running, error);
    } finally {
      cancelAnimationFrame(running.frame);
      this.#running = undefined;
      this.#show(running.answer);
    }
  }

  /** One generation: what the model says now, given what its tools said before. */
  async #takeStep(running: Running, before: readonly Turn[], choice: Choice): Promise<void> {
    const request = requestFor(messagesOf([...before, running.answer]), choice);
    const generation = this.#mesh.mesh.get().generate({ ...request, ...(running.wantsAnother ? { cache: "refresh" } : {}) });
    running.generation = generation;
    this.#change(running, emptyStep, running.answer.steps.length);
    for await (const event of generation) {
      const status = running.answer.status;
      this.#change(running, stepAfter(running.answer.steps.at(-1) ?? emptyStep, event));
      if (event.type === "text-delta" && status === "waiting") {
        running.answer = { ...running.answer, status: "streaming" };
        announce("The answer has started.");
      }
      if (event.type === "fallback") announce(event.reason.code === "hedged" ? `${event.from} was late. ${event.to} answers.` : `${event.from} did not work. Asking ${event.to}.`);
      if (event.type === "restart") announce("The answer begins again.");
      if (event.type === "queue" && event.position > 0) announce(waitingLine(running.answer.steps.at(-1)?.asked ?? "", event.position));
    }
    this.#change(running, withOpaque(running.answer.steps.at(-1) ?? emptyStep, await generation.result));
  }

  /** Gives the model what it asked for. Whether there was anything, so that it goes on. */
  #runTools(running: Running): boolean {
    const step = running.answer.steps.at(-1);
    if (step === undefined || step.calls.length === 0) return false;
    const calls = step.calls.map((call) => {
      const { ok, output } = runTool(call.name, call.input);
      announce(`${toolTitle(call.name)}: ${output}`);
      return { ...call, state: ok ? ("done" as const) : ("failed" as const), output };
    });
    this.#change(running, { ...step, calls });
    if (running.answer.steps.length < mostSteps) return true;
    throw new Error(`The model asked for tools ${mostSteps} times in a row and did not come to an answer.`);
  }

  #end(running: Running, error: unknown): void {
    const last = running.answer.steps.at(-1);
    if (last !== undefined) this.#change(running, { ...last, progress: undefined });
    if (running.stopped) {
      running.answer = { ...running.answer, status: "stopped" };
      announce("Stopped.");
      return;
    }
    const failure = failureOf(error);
    running.answer = { ...running.answer, status: "failed", failure };
    announce(`There is no answer. ${failure.message}`);
  }

  /** Puts a step in its place, by default the last one's. Tokens come faster than the screen shows them: one update a frame. */
  #change(running: Running, step: AnswerStep, place = Math.max(0, running.answer.steps.length - 1)): void {
    running.answer = { ...running.answer, steps: [...running.answer.steps.slice(0, place), step] };
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
