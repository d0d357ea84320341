import type { CustomProvider, CustomProviderEvent, TextRequest } from "hkm-mesh";
import type { MeshSession } from "../app/mesh-session";
import { ObservableValue } from "../app/observable";
import type { Engine } from "./engine";
import { pageModelBytes, pageModelContextTokens, pageModelId, pageModelName, pageModelUrl, pageProvider } from "./model-file";
import { plainMessages } from "./request-messages";

export type PageModelState =
  | { status: "off" }
  | { status: "downloading"; loadedBytes: number; totalBytes: number }
  | { status: "loading" }
  | { status: "ready" }
  /** Switched on in an earlier visit: the next question loads it. */
  | { status: "resting" }
  | { status: "failed"; message: string };

const storageKey = "visual-light-researcher.page-model";

function wasSwitchedOn(): boolean {
  try {
    return localStorage.getItem(storageKey) === "on";
  } catch {
    return false;
  }
}

function rememberSwitch(on: boolean): void {
  try {
    if (on) localStorage.setItem(storageKey, "on");
    else localStorage.removeItem(storageKey);
  } catch {
    // Storage is switched off: the choice holds for this visit.
  }
}

interface Opening {
  engine: Promise<Engine>;
  waiting: number;
  controller: AbortController;
}

/** The small model that runs in this page: downloaded after a click, kept by the browser, offered to the mesh as a provider. */
export class PageModel {
  readonly state: ObservableValue<PageModelState>;
  readonly #mesh: MeshSession;
  #opening: Opening | undefined;

  constructor(mesh: MeshSession) {
    this.#mesh = mesh;
    const on = wasSwitchedOn();
    this.state = new ObservableValue<PageModelState>({ status: on ? "resting" : "off" });
    if (on) void mesh.register(this.#provider());
  }

  /** What the one click does: download, load, and offer it to the mesh. */
  async switchOn(): Promise<void> {
    try {
      await this.#open(new AbortController().signal);
    } catch {
      return; // the state says why
    }
    rememberSwitch(true);
    await this.#mesh.register(this.#provider());
  }

  cancel(): void {
    this.#opening?.controller.abort();
  }

  /** Takes the model out of the mesh and its file out of the browser's storage. */
  async remove(): Promise<void> {
    rememberSwitch(false);
    this.#mesh.unregister(pageProvider);
    const opening = this.#opening;
    this.#opening = undefined;
    this.state.set({ status: "off" });
    const engine = await opening?.engine.catch(() => undefined);
    await engine?.close();
    const { Engine } = await import("./engine");
    await Engine.removeFile(pageModelUrl);
  }

  /** Opens the engine once for all who wait; when the last one gives up, the download stops too. */
  async #open(signal: AbortSignal): Promise<Engine> {
    signal.throwIfAborted();
    const opening = (this.#opening ??= this.#start());
    opening.waiting += 1;
    const left = Promise.withResolvers<never>();
    const leave = () => {
      if (opening.waiting === 1) opening.controller.abort(signal.reason);
      left.reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([opening.engine, left.promise]);
    } finally {
      opening.waiting -= 1;
      signal.removeEventListener("abort", leave);
    }
  }

  #start(): Opening {
    const controller = new AbortController();
    const opening: Opening = { engine: this.#load(controller.signal), waiting: 0, controller };
    opening.engine.catch((error: unknown) => {
      if (this.#opening === opening) this.#opening = undefined;
      if (controller.signal.aborted) this.state.set({ status: wasSwitchedOn() ? "resting" : "off" });
      else this.state.set({ status: "failed", message: error instanceof Error ? error.message : String(error) });
    });
    return opening;
  }

  async #load(signal: AbortSignal): Promise<Engine> {
    this.state.set({ status: "downloading", loadedBytes: 0, totalBytes: pageModelBytes });
    const { Engine } = await import("./engine");
    const engine = await Engine.open({
      url: pageModelUrl,
      contextTokens: pageModelContextTokens,
      onDownload: (loadedBytes, totalBytes) => this.state.set({ status: "downloading", loadedBytes, totalBytes: totalBytes || pageModelBytes }),
      onLoad: () => this.state.set({ status: "loading" }),
      signal,
    });
    this.state.set({ status: "ready" });
    return engine;
  }

  #provider(): CustomProvider {
    return {
      name: pageProvider,
      locality: "page",
      models: async () => [
        {
          id: pageModelId,
          name: pageModelName,
          type: "text",
          capabilities: [],
          quality: "low",
          isAvailable: true,
          contextLength: pageModelContextTokens,
          sizeBytes: pageModelBytes,
          price: { input: 0, output: 0 },
        },
      ],
      generate: (request, signal) => this.#generate(request, signal),
    };
  }

  async *#generate(request: TextRequest, signal: AbortSignal): AsyncGenerator<CustomProviderEvent, void> {
    const engine = yield* this.#openWithProgress(signal);
    const chunks = engine.complete(
      {
        messages: plainMessages(request),
        max_tokens: request.maxOutputTokens ?? 512,
        // What the makers of SmolLM2 recommend for conversations.
        temperature: request.temperature ?? 0.2,
        top_p: request.topP ?? 0.9,
        // Without it so small a model soon goes round in circles.
        repeat_penalty: 1.1,
        ...(request.stop === undefined ? {} : { stop: request.stop }),
        ...(request.seed === undefined ? {} : { seed: request.seed }),
      },
      signal,
    );
    let reason: "stop" | "length" = "stop";
    try {
      for await (const chunk of chunks) {
        // The last chunk counts the tokens and has no choice.
        const choice = chunk.choices.at(0);
        const text = choice?.delta.content;
        if (text) yield { type: "text-delta", text };
        if (chunk.usage) {
          const cached = chunk.usage.prompt_tokens_details?.cached_tokens;
          yield {
            type: "usage",
            usage: {
              inputTokens: chunk.usage.prompt_tokens,
              outputTokens: chunk.usage.completion_tokens,
              ...(cached === undefined ? {} : { cachedInputTokens: cached }),
            },
          };
        }
        if (choice?.finish_reason === "length") reason = "length";
      }
      yield { type: "finish", reason };
    } catch (error) {
      // A crash of the WebAssembly leaves it unusable: the next question loads it anew.
      if (error instanceof Error && error.name === "RuntimeError") {
        this.#opening = undefined;
        this.state.set({ status: "resting" });
        void engine.close().catch(() => undefined);
      }
      throw error;
    }
  }

  async *#openWithProgress(signal: AbortSignal): AsyncGenerator<CustomProviderEvent, Engine> {
    const opening = this.#open(signal);
    const wait = { over: false };
    const opened = opening.then(
      () => (wait.over = true),
      () => (wait.over = true),
    );
    while (!wait.over) {
      const state = this.state.get();
      if (state.status === "downloading") yield { type: "progress", value: state.loadedBytes, max: state.totalBytes, node: "download" };
      if (state.status === "loading") yield { type: "progress", value: 0, max: 1, node: "load" };
      await Promise.race([opened, this.#nextState()]);
    }
    return opening;
  }

  #nextState(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.state.subscribe(() => {
        stop();
        resolve();
      });
    });
  }
}
