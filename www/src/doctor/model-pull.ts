import { announce } from "../app/announcer";
import type { MeshSession } from "../app/mesh-session";
import { ObservableValue } from "../app/observable";

export type PullState =
  | { status: "idle" }
  | { status: "pulling"; model: string; completedBytes: number; totalBytes: number; step: string }
  | { status: "done"; model: string }
  | { status: "failed"; model: string; message: string };

/** Ollama's download of one model. It goes on while the visitor looks at another view. */
export class ModelPull {
  readonly state = new ObservableValue<PullState>({ status: "idle" });
  readonly #mesh: MeshSession;
  #controller: AbortController | undefined;

  constructor(mesh: MeshSession) {
    this.#mesh = mesh;
  }

  async start(model: string): Promise<void> {
    const controller = new AbortController();
    this.#controller?.abort();
    this.#controller = controller;
    this.state.set({ status: "pulling", model, completedBytes: 0, totalBytes: 0, step: "" });
    try {
      await this.#mesh.mesh.get().pull(`ollama/${model}`, {
        signal: controller.signal,
        onProgress: ({ completedBytes, totalBytes, status }) => this.state.set({ status: "pulling", model, completedBytes, totalBytes, step: status }),
      });
      await this.#mesh.look(["ollama"]);
      this.state.set({ status: "done", model });
      announce(`${model} is downloaded and can answer.`);
    } catch (error) {
      if (controller.signal.aborted) {
        this.state.set({ status: "idle" });
        return;
      }
      const message = error instanceof Error ? error.message : String(error);
      this.state.set({ status: "failed", model, message });
      announce(`${model} was not downloaded. ${message}`);
    }
  }

  cancel(): void {
    this.#controller?.abort();
  }
}
