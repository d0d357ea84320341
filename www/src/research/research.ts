import type { Generation, Goal, Mesh, Receipt } from "hkm-mesh";
import { announce } from "../app/announcer";
import type { MeshSession } from "../app/mesh-session";
import { ObservableValue } from "../app/observable";
import { emptyStep, stepAfter, type AnswerStep, type Source } from "../chat/answer-step";
import type { Conversation } from "../chat/conversation";
import { failureOf, type Failure } from "../chat/failure";
import { keptReceipt } from "../gallery/kept-receipt";
import { hasSameWords } from "../pictures/picture-draft";
import type { Studio } from "../pictures/studio";
import { factsOf, type Fact, type Findings } from "./fact";
import { descriptionRequest, factsRequest, type ResearchWish } from "./research-request";

export interface ResearchState {
  /** What is being done now. */
  task?: "facts" | "description" | undefined;
  /** What the facts are about; the topic may have been changed since. */
  topic: string;
  facts: readonly (Fact & { isChosen: boolean })[];
  /** The pages that were found with them. */
  sources: readonly Source[];
  receipt?: Receipt;
  /** The goal under which they were found. */
  goal?: Goal;
  /** What happened while facts were looked for last: who was asked, who did not work. */
  step: AnswerStep;
  /** A description that would have taken the place of words that the visitor wrote meanwhile. */
  offer?: Offer | undefined;
  failure?: Failure | undefined;
}

interface Offer {
  prompt: string;
  findings: Findings;
}

interface Running {
  /** Aborted when the visitor presses stop. */
  stop: AbortController;
  generation?: Generation<unknown>;
}

const nothingYet: ResearchState = { topic: "", facts: [], sources: [], step: emptyStep };

/** What is waited for, unless the signal comes first. */
function unlessStopped<T>(wait: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(new DOMException("The visitor pressed stop.", "AbortError")), { once: true }));
  return Promise.race([wait, stopped]);
}

/** From a topic to facts, and from the facts to the words of a picture. What the models do not say is not made up here. */
export class Research {
  readonly wish = new ObservableValue<ResearchWish>({ topic: "", searches: true });
  readonly state = new ObservableValue<ResearchState>(nothingYet);
  /** Whether the visitor starts from a topic. */
  readonly isOpen = new ObservableValue(false);
  readonly #mesh: MeshSession;
  readonly #conversation: Conversation;
  readonly #studio: Studio;
  #running: Running | undefined;

  constructor(mesh: MeshSession, conversation: Conversation, studio: Studio) {
    this.#mesh = mesh;
    this.#conversation = conversation;
    this.#studio = studio;
  }

  change(part: Partial<ResearchWish>): void {
    this.wish.set({ ...this.wish.get(), ...part });
  }

  /** Takes a fact among those that the picture shows, or out of them. */
  choose(place: number, isChosen: boolean): void {
    const state = this.state.get();
    this.state.set({ ...state, facts: state.facts.map((fact, index) => (index === place ? { ...fact, isChosen } : fact)) });
  }

  stop(): void {
    if (this.#running === undefined) return;
    this.#running.stop.abort();
    this.#running.generation?.cancel(new DOMException("The visitor pressed stop.", "AbortError"));
  }

  /** Asks for facts about the topic. */
  async findFacts(): Promise<void> {
    const wish = this.wish.get();
    const topic = wish.topic.trim();
    if (this.state.get().task !== undefined || topic === "") return;
    this.state.set({ ...this.state.get(), task: "facts", step: emptyStep, failure: undefined });
    announce("Looking for facts.");
    await this.#run(async (mesh, running) => {
      await unlessStopped(mesh.ready, running.stop.signal);
      const goal = this.#goal();
      const generation = mesh.generate(factsRequest(mesh, wish, goal));
      running.generation = generation;
      for await (const event of generation) {
        const { step, ...state } = this.state.get();
        // The words of the answer are JSON: they are shown when they are checked.
        if (event.type !== "text-delta") this.state.set({ ...state, step: stepAfter(step, event) });
      }
      const { object, sources, receipt } = await generation.result;
      const facts = object === undefined ? [] : factsOf(object, sources);
      if (facts.length === 0) throw new Error("The model stated no facts.");
      this.state.set({ ...this.state.get(), topic, sources, receipt, goal, facts: facts.map((fact) => ({ ...fact, isChosen: true })), offer: undefined });
      announce(facts.length === 1 ? "One fact is there." : `${facts.length} facts are there.`);
    });
  }

  /** Has the chosen facts turned into the words of a picture, which the visitor can change. Tells whether they are in the draft. */
  async describe(): Promise<boolean> {
    const { task, topic, facts, receipt, goal } = this.state.get();
    const chosen = facts.filter(({ isChosen }) => isChosen).map(({ statement, origin }): Fact => ({ statement, origin }));
    if (task !== undefined || chosen.length === 0) return false;
    // What was found in private is told to nobody else later.
    const kept = goal === "privacy" ? goal : this.#goal();
    const findings: Findings = { topic, facts: chosen, goal: kept, ...(receipt === undefined ? {} : { model: receipt.model }) };
    const before = this.#studio.draft.get();
    let isDescribed = false;
    this.state.set({ ...this.state.get(), task: "description", failure: undefined, offer: undefined });
    announce("The picture is being described.");
    await this.#run(async (mesh, running) => {
      const generation = mesh.generate(descriptionRequest(findings, this.wish.get().model, kept));
      running.generation = generation;
      const result = await generation.result;
      const prompt = result.text.trim();
      if (prompt === "") throw new Error("The model described no picture.");
      const offer = { prompt, findings: { ...findings, words: { receipt: keptReceipt(result.receipt), areChanged: false } } };
      if (!hasSameWords(before, this.#studio.draft.get())) {
        this.state.set({ ...this.state.get(), offer });
        announce("The picture is described. Your own words are left as they are.");
        return;
      }
      this.#use(offer);
      isDescribed = true;
    });
    return isDescribed;
  }

  /** Puts the description that waits in the place of the visitor's words. */
  takeOffer(): void {
    const { offer, ...state } = this.state.get();
    if (offer === undefined) return;
    this.state.set(state);
    this.#use(offer);
  }

  #use({ prompt, findings }: Offer): void {
    this.#studio.change({ prompt, style: "infographic", source: undefined, findings });
    announce("The picture is described. You can change the words before it is made.");
  }

  #goal() {
    return this.#conversation.choice.get().goal;
  }

  async #run(work: (mesh: Mesh, running: Running) => Promise<void>): Promise<void> {
    const running: Running = { stop: new AbortController() };
    this.#running = running;
    try {
      await work(this.#mesh.mesh.get(), running);
    } catch (error) {
      if (running.stop.signal.aborted) {
        announce("Stopped.");
      } else {
        const failure = failureOf(error);
        this.state.set({ ...this.state.get(), failure });
        announce(failure.message);
      }
    } finally {
      this.#running = undefined;
      this.state.set({ ...this.state.get(), task: undefined });
    }
  }
}
