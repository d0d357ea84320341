// What a component shows of the generation it started last.
import { MeshError, toMeshError } from "../error.js";
import { PartialJson } from "../partial-json.js";
import type { Generation, GenerationEvent, Receipt } from "../types.js";
import { FrameStore } from "./frame-store.js";
import { Hold } from "./hold.js";

export type GenerationStatus = "ready" | "submitted" | "streaming" | "error";

export interface GenerationState {
  text: string;
  reasoning: string;
  /** Of a request with a schema; what there is of it while it streams. */
  object: unknown;
  events: readonly GenerationEvent[];
  preview: Blob | undefined;
  progress: { value: number; max: number; node?: string } | undefined;
  images: readonly Blob[];
  video: Blob | undefined;
  status: GenerationStatus;
  receipt: Receipt | undefined;
  error: MeshError | undefined;
}

const NOTHING: GenerationState = { text: "", reasoning: "", object: undefined, events: [], preview: undefined, progress: undefined, images: [], video: undefined, status: "ready", receipt: undefined, error: undefined };

export class GenerationStore {
  readonly #frames = new FrameStore<GenerationState>(NOTHING);
  readonly get = this.#frames.get;
  readonly subscribe = this.#frames.subscribe;
  /** For the component that shows it: what runs is cancelled when it leaves. */
  readonly hold = new Hold(() => { this.stop(); }).take;
  #current: { generation: Generation<unknown>; draft: Draft } | undefined;

  /** Shows this generation from now on; one that still runs is cancelled. */
  start<G extends Generation<unknown>>(generation: G, hasSchema = false): G {
    this.#current?.generation.cancel();
    const current = { generation, draft: new Draft(hasSchema) };
    this.#current = current;
    this.#frames.showNow({ ...NOTHING, status: "submitted" });
    void this.#follow(current);
    return generation;
  }

  /** Cancels what runs and keeps what it said. */
  readonly stop = (): void => {
    const current = this.#current;
    if (!current) return;
    this.#current = undefined;
    this.#frames.showNow({ ...current.draft.state(), status: "ready" });
    current.generation.cancel();
  };

  async #follow(current: { generation: Generation<unknown>; draft: Draft }): Promise<void> {
    const { generation, draft } = current;
    try {
      for await (const event of generation) {
        if (this.#current !== current) return;
        draft.add(event);
        this.#frames.showSoon(() => draft.state());
      }
      const whole = draft.hasSchema ? { object: ((await generation.result) as { object?: unknown }).object } : {};
      this.#end(current, { ...draft.state(), ...whole, status: "ready" });
    } catch (thrown) {
      this.#end(current, isCancelled(thrown) ? { ...draft.state(), status: "ready" } : { ...draft.state(), status: "error", error: toMeshError(thrown) });
    }
  }

  #end(current: object, state: GenerationState): void {
    if (this.#current !== current) return;
    this.#current = undefined;
    this.#frames.showNow(state);
  }
}

/** Every failure of the mesh is a MeshError; anything else is the reason of whoever cancelled. */
export function isCancelled(thrown: unknown): boolean {
  return !MeshError.isInstance(thrown);
}

class Draft {
  readonly hasSchema: boolean;
  #state: GenerationState = { ...NOTHING, status: "submitted" };
  readonly #events: GenerationEvent[] = [];
  readonly #images: Blob[] = [];
  #json = new PartialJson();
  /** How much of the text it has read. */
  #parsed = 0;

  constructor(hasSchema: boolean) {
    this.hasSchema = hasSchema;
  }

  add(event: GenerationEvent): void {
    const state = this.#state;
    this.#events.push(event);
    switch (event.type) {
      case "text-delta": state.text += event.text; break;
      case "reasoning-delta": state.reasoning += event.text; break;
      case "restart":
        state.text = "";
        state.reasoning = "";
        state.object = undefined;
        this.#json = new PartialJson();
        this.#parsed = 0;
        break;
      case "preview": state.preview = event.blob; break;
      case "image": this.#images.push(event.blob); break;
      case "video": state.video = event.blob; break;
      case "progress": state.progress = event; break;
      case "finish": state.receipt = event.receipt; break;
      default: return;
    }
    state.status = "streaming";
  }

  /** A copy that what comes later does not touch. */
  state(): GenerationState {
    if (this.hasSchema) this.#parse();
    return { ...this.#state, events: this.#events.slice(), images: this.#images.slice() };
  }

  /** Once a frame, not once a word. */
  #parse(): void {
    const { text } = this.#state;
    this.#json.add(text.slice(this.#parsed));
    this.#parsed = text.length;
    const object = this.#json.next();
    if (object !== undefined) this.#state.object = object;
  }
}
