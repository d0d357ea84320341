// A conversation and the answer that is being written.
import { type MeshError, toMeshError } from "../error.js";
import { newId } from "../identity.js";
import type { Goal, Mesh, Policy, Receipt, TextGeneration, Tool } from "../types.js";
import { AnswerDraft, type ChatMessage, type ChatPart, toMessages } from "./chat-message.js";
import { FrameStore } from "./frame-store.js";
import { type GenerationStatus, isCancelled } from "./generation-store.js";
import { Hold } from "./hold.js";

export interface ChatSetup { mesh: Mesh; policy: Goal | Policy | undefined; system: string | undefined; tools: Tool[] | undefined }
export interface ChatState { messages: ChatMessage[]; status: GenerationStatus; error: MeshError | undefined; receipt: Receipt | undefined }
/** What a user says: text, or parts as the AI SDK writes them. */
export type ChatInput = string | { text: string; metadata?: unknown } | { parts: ChatPart[]; metadata?: unknown };

interface Run { generation: TextGeneration; draft: AnswerDraft; receipt: Receipt | undefined }

export class ChatStore {
  readonly #frames = new FrameStore<ChatState>({ messages: [], status: "ready", error: undefined, receipt: undefined });
  readonly get = this.#frames.get;
  readonly subscribe = this.#frames.subscribe;
  /** For the component that shows it: what runs is cancelled when it leaves. */
  readonly hold = new Hold(() => { this.stop(); }).take;
  #setup: ChatSetup;
  /** Without the answer that is being written. */
  #messages: ChatMessage[] = [];
  #run: Run | undefined;

  constructor(setup: ChatSetup) {
    this.#setup = setup;
  }

  /** For the next answer. */
  configure(setup: ChatSetup): void {
    this.#setup = setup;
  }

  /** Says this and asks for an answer; without a message it asks for an answer to what is there. Never rejects: see `error`. */
  readonly sendMessage = (input?: ChatInput): Promise<void> => {
    this.stop();
    if (input !== undefined) this.#messages = [...this.#messages, toMessage(input)];
    return this.#answer();
  };

  /** Asks again for the last answer, or for the message with this id. */
  readonly regenerate = ({ messageId }: { messageId?: string } = {}): Promise<void> => {
    this.stop();
    const messages = this.#messages;
    const index = messageId === undefined ? messages.findLastIndex(({ role }) => role === "user") : messages.findIndex(({ id }) => id === messageId);
    if (index >= 0) this.#messages = messages.slice(0, messages[index]?.role === "assistant" ? index : index + 1);
    return this.#answer();
  };

  readonly setMessages = (next: ChatMessage[] | ((messages: ChatMessage[]) => ChatMessage[])): void => {
    const writing = this.#run?.draft.id;
    const messages = typeof next === "function" ? next(this.#frames.get().messages) : next;
    this.#messages = messages.filter(({ id }) => id !== writing);
    const { status, error, receipt } = this.#frames.get();
    this.#frames.showNow(this.#run ? this.#writing(this.#run) : { messages, status, error, receipt });
  };

  /** Cancels the answer and keeps what it said. */
  readonly stop = (): void => {
    const run = this.#run;
    if (!run) return;
    this.#end(run, "ready", undefined);
    run.generation.cancel();
  };

  async #answer(): Promise<void> {
    const { mesh, policy, system, tools } = this.#setup;
    const generation = mesh.generate({
      messages: toMessages(this.#messages),
      ...(policy === undefined ? {} : { policy }),
      ...(system === undefined ? {} : { system }),
      ...(tools === undefined ? {} : { tools }),
    });
    const run: Run = { generation, draft: new AnswerDraft(), receipt: undefined };
    this.#run = run;
    this.#frames.showNow({ messages: this.#messages, status: "submitted", error: undefined, receipt: undefined });
    try {
      for await (const event of generation) {
        if (this.#run !== run) return;
        if (event.type === "finish") run.receipt = event.receipt;
        if (run.draft.add(event)) this.#frames.showSoon(() => this.#writing(run));
      }
      run.draft.keepOpaque((await generation.result).toolCalls);
      this.#end(run, "ready", undefined);
    } catch (thrown) {
      if (isCancelled(thrown)) this.#end(run, "ready", undefined);
      else this.#end(run, "error", toMeshError(thrown));
    }
  }

  #writing({ draft }: Run): ChatState {
    const answer = draft.message(false);
    return { messages: answer ? [...this.#messages, answer] : this.#messages, status: answer ? "streaming" : "submitted", error: undefined, receipt: undefined };
  }

  #end(run: Run, status: GenerationStatus, error: MeshError | undefined): void {
    if (this.#run !== run) return;
    this.#run = undefined;
    const answer = run.draft.message(true);
    if (answer) this.#messages = [...this.#messages, answer];
    this.#frames.showNow({ messages: this.#messages, status, error, receipt: run.receipt ?? error?.receipt });
  }
}

function toMessage(input: ChatInput): ChatMessage {
  const { metadata, ...said } = typeof input === "string" ? { text: input } : { metadata: undefined, ...input };
  const parts: ChatPart[] = "parts" in said ? said.parts : [{ type: "text", text: said.text }];
  return { id: newId(), role: "user", parts, ...(metadata === undefined ? {} : { metadata }) };
}
