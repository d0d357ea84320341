import { finishSignIn, startSignIn } from "hkm-mesh/openrouter";
import { announce } from "../app/announcer";
import type { MeshSession } from "../app/mesh-session";
import { ObservableValue } from "../app/observable";

export type SignInState = { status: "none" } | { status: "leaving" } | { status: "finishing" } | { status: "done" } | { status: "failed"; message: string };

/** Whether the key is to be remembered has to outlive the way to OpenRouter and back. */
const storageKey = "visual-light-researcher.sign-in-remembers";

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { hint } = error as Error & { hint?: unknown };
  return typeof hint === "string" ? `${error.message} ${hint}` : error.message;
}

/** Signing in with OpenRouter: away to its page, and back with a key of the visitor's own. */
export class OpenRouterSignIn {
  readonly state = new ObservableValue<SignInState>({ status: "none" });
  readonly #mesh: MeshSession;

  constructor(mesh: MeshSession) {
    this.#mesh = mesh;
  }

  async begin(remember: boolean): Promise<void> {
    this.state.set({ status: "leaving" });
    const { signInPage } = this.#mesh.settings.get().openrouter;
    try {
      sessionStorage.setItem(storageKey, remember ? "yes" : "no");
      await startSignIn({ keyLabel: "Visual Light Researcher", ...(signInPage === undefined ? {} : { authUrl: signInPage }) });
    } catch (error) {
      this.state.set({ status: "failed", message: sentenceOf(error) });
    }
  }

  /** On the way back: takes the key, and the code out of the address. Does nothing on any other visit. */
  async finish(): Promise<void> {
    if (location.search === "") return;
    const { endpoint } = this.#mesh.settings.get().openrouter;
    const persist = this.#remembers();
    this.state.set({ status: "finishing" });
    try {
      const isDone = await finishSignIn(this.#mesh, { persist, ...(endpoint === undefined ? {} : { apiUrl: endpoint }) });
      this.state.set({ status: isDone ? "done" : "none" });
      if (isDone) announce("You are signed in with OpenRouter.");
    } catch (error) {
      const message = sentenceOf(error);
      this.state.set({ status: "failed", message });
      announce(message);
    }
  }

  #remembers(): boolean {
    try {
      return sessionStorage.getItem(storageKey) === "yes";
    } catch {
      return false;
    }
  }
}
