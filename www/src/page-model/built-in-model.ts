import type { CustomProvider, CustomProviderEvent, TextRequest } from "hkm-mesh";
import type { MeshSession } from "../app/mesh-session";
import { ObservableValue } from "../app/observable";
import { plainMessages, type PlainMessage } from "./request-messages";

/** The part of the Prompt API that this page uses. The browser brings the model and keeps it; the page only asks. */
interface PromptSession {
  promptStreaming(input: string, options: { signal: AbortSignal }): ReadableStream<string>;
  destroy(): void;
}

interface Languages {
  expectedInputs: { type: "text"; languages: string[] }[];
  expectedOutputs: { type: "text"; languages: string[] }[];
}

interface PromptApi {
  availability(options: Languages): Promise<"unavailable" | "downloadable" | "downloading" | "available">;
  create(options: Languages & {
    initialPrompts?: PlainMessage[];
    signal?: AbortSignal;
    monitor?(target: EventTarget): void;
  }): Promise<PromptSession>;
}

export type BuiltInModelState =
  | { status: "absent" }
  | { status: "downloadable" | "downloading" | "available" }
  | { status: "preparing"; progress: number }
  | { status: "ready" }
  | { status: "failed"; message: string };

export const builtInProvider = "browser";
/** Browsers want to know in advance; this page speaks English. */
const languages: Languages = {
  expectedInputs: [{ type: "text", languages: ["en"] }],
  expectedOutputs: [{ type: "text", languages: ["en"] }],
};
const storageKey = "visual-light-researcher.built-in-model";

function promptApi(): PromptApi | undefined {
  return (globalThis as { LanguageModel?: PromptApi }).LanguageModel;
}

function wasSwitchedOn(): boolean {
  try {
    return localStorage.getItem(storageKey) === "on";
  } catch {
    return false;
  }
}

/** The model that some browsers carry themselves, offered to the mesh as a provider after a click. */
export class BuiltInModel {
  readonly state = new ObservableValue<BuiltInModelState>({ status: "absent" });
  readonly #mesh: MeshSession;

  constructor(mesh: MeshSession) {
    this.#mesh = mesh;
    void this.#inspect();
  }

  async #inspect(): Promise<void> {
    // An API that is there but forbidden here throws; that counts as absent.
    const availability = await promptApi()
      ?.availability(languages)
      .catch(() => undefined);
    if (availability === undefined || availability === "unavailable") return;
    if (availability === "available" && wasSwitchedOn()) await this.#offer();
    else this.state.set({ status: availability });
  }

  async switchOn(): Promise<void> {
    const api = promptApi();
    if (api === undefined) return;
    this.state.set({ status: "preparing", progress: 0 });
    try {
      const session = await api.create({
        ...languages,
        monitor: (target) => {
          target.addEventListener("downloadprogress", (event) => {
            const { loaded } = event as ProgressEvent;
            this.state.set({ status: "preparing", progress: loaded });
          });
        },
      });
      session.destroy();
    } catch (error) {
      this.state.set({ status: "failed", message: error instanceof Error ? error.message : String(error) });
      return;
    }
    try {
      localStorage.setItem(storageKey, "on");
    } catch {
      // Storage is switched off: the choice holds for this visit.
    }
    await this.#offer();
  }

  async #offer(): Promise<void> {
    this.state.set({ status: "ready" });
    await this.#mesh.register(this.#provider());
  }

  #provider(): CustomProvider {
    return {
      name: builtInProvider,
      locality: "page",
      models: async () => [
        {
          id: "built-in",
          name: "Built into this browser",
          type: "text",
          capabilities: [],
          quality: "medium",
          isAvailable: true,
          price: { input: 0, output: 0 },
        },
      ],
      generate: (request, signal) => this.#generate(request, signal),
    };
  }

  async *#generate(request: TextRequest, signal: AbortSignal): AsyncGenerator<CustomProviderEvent, void> {
    const api = promptApi();
    if (api === undefined) throw new Error("This browser has no built-in model.");
    const messages = plainMessages(request);
    const question = messages.pop()?.content ?? "";
    const session = await api.create({ ...languages, initialPrompts: messages, signal });
    const reader = session.promptStreaming(question, { signal }).getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        yield { type: "text-delta", text: value };
      }
      yield { type: "finish", reason: "stop" };
    } finally {
      void reader.cancel().catch(() => undefined);
      session.destroy();
    }
  }
}
