// A conversation and the answer that is being written.
import { MeshError, invalidRequest, toMeshError } from "../error.js";
import { newId } from "../identity.js";
import type { Goal, Mesh, Policy, Receipt, TextGeneration, Tool } from "../types.js";
import { AnswerDraft, type ChatMessage, type ChatPart, type FilePart, type ToolOutput, type ToolPart, blobsIn, isReadyToGoOn, openCalls, toFilePart, toMessages, withOutput } from "./chat-message.js";
import { FrameStore } from "./frame-store.js";
import { type GenerationStatus, isCancelled } from "./generation-store.js";
import { Hold } from "./hold.js";

/** A tool that a model asked for. */
export interface ChatToolCall { toolCallId: string; toolName: string; input: unknown }
export interface ChatSetup {
  mesh: Mesh;
  policy?: Goal | Policy | undefined;
  system?: string | undefined;
  tools?: Tool[] | undefined;
  /**
   * Gives a tool's output; what it throws is told to the model as the tool's failure. Undefined: the output comes later, with
   * `addToolOutput`. The signal is aborted when the chat is stopped.
   */
  onToolCall?: ((call: { toolCall: ChatToolCall; signal: AbortSignal }) => unknown) | undefined;
  /** Whether the chat asks on by itself when every call of the last answer has its output; by default it does. */
  continueOnToolOutput?: boolean | undefined;
  /** How many answers may follow one message of the user, 10 by default: a model may go on asking for tools for ever. */
  maxSteps?: number | undefined;
}
export interface ChatState { messages: ChatMessage[]; status: GenerationStatus; error: MeshError | undefined; receipt: Receipt | undefined }
/** What a user says: text and files, or parts as the AI SDK writes them. */
export type ChatInput =
  | string
  | { text?: string; files?: FileList | readonly (Blob | FilePart)[]; metadata?: unknown }
  | { parts: ChatPart[]; metadata?: unknown };
/** `tool` and `state` are the AI SDK's and not needed. */
export type ChatToolOutput = ToolOutput & { toolCallId: string; tool?: string; state?: "output-available" | "output-error" };

const MOST_STEPS = 10;

/** From what the user said to the last answer to it, tools and all. */
class Run {
  /** The answer that is being written. */
  draft: AnswerDraft | undefined;
  generation: TextGeneration | undefined;
  receipt: Receipt | undefined;
  /** @param wantsAnother whether an answer that is kept will not do */
  constructor(readonly wantsAnother: boolean) {}
  /** For tools. */
  readonly stopper = new AbortController();
}

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
  /** Answers since the user last said something. */
  #steps = 0;

  constructor(setup: ChatSetup) {
    this.#setup = setup;
  }

  /** For the next answer. */
  configure(setup: ChatSetup): void {
    this.#setup = setup;
  }

  /** Says this and asks for an answer; without a message it asks for an answer to what is there. Never rejects: see `error`. */
  readonly sendMessage = async (input?: ChatInput): Promise<void> => {
    this.stop();
    this.#steps = 0;
    await this.#go(async (run) => {
      if (input === undefined) return;
      const message = toMessage(input);
      // Only files have to be waited for.
      const said = message instanceof Promise ? await readable(message) : message;
      if (this.#run === run) this.#messages = [...this.#messages, said];
    });
  };

  /** Asks a model again for the last answer, or for the message with this id: what is kept would be the same. */
  readonly regenerate = ({ messageId }: { messageId?: string } = {}): Promise<void> => {
    this.stop();
    this.#steps = 0;
    const messages = this.#messages;
    const index = messageId === undefined ? messages.findLastIndex(({ role }) => role === "user") : messages.findIndex(({ id }) => id === messageId);
    if (index >= 0) this.#messages = messages.slice(0, messages[index]?.role === "assistant" ? index : index + 1);
    return this.#go(undefined, true);
  };

  /** Gives a tool's output and goes on when it was the last that the answer waited for. Rejects where no such call is open. */
  readonly addToolOutput = async ({ toolCallId, ...said }: ChatToolOutput): Promise<void> => {
    if (!this.#setOutput(toolCallId, "errorText" in said ? { errorText: said.errorText } : { output: said.output })) {
      throw invalidRequest("No call with this `toolCallId` waits for an output.");
    }
    if (!this.#run && this.#wantsToGoOn()) await this.#go();
  };

  readonly setMessages = (next: ChatMessage[] | ((messages: ChatMessage[]) => ChatMessage[])): void => {
    const writing = this.#run?.draft?.id;
    const messages = typeof next === "function" ? next(this.#frames.get().messages) : next;
    this.#messages = messages.filter(({ id }) => id !== writing);
    this.#show();
  };

  /** Cancels the answer and keeps what it said. */
  readonly stop = (): void => {
    const run = this.#run;
    if (!run) return;
    this.#end(run, "ready", undefined);
    run.generation?.cancel();
    run.stopper.abort();
  };

  async #go(prepare?: (run: Run) => Promise<void>, wantsAnother = false): Promise<void> {
    const run = new Run(wantsAnother);
    this.#run = run;
    try {
      const preparing = prepare?.(run);
      this.#show();
      await preparing;
      do {
        if (this.#run !== run) return;
        this.#countStep();
        await this.#answer(run);
        if (this.#run !== run) return;
        await this.#callTools(run);
      } while (this.#wantsToGoOn());
      this.#end(run, "ready", undefined);
    } catch (thrown) {
      if (isCancelled(thrown)) this.#end(run, "ready", undefined);
      else this.#end(run, "error", toMeshError(thrown));
    }
  }

  async #answer(run: Run): Promise<void> {
    const { mesh, policy, system, tools } = this.#setup;
    const messages = this.#messages;
    const blobs = await readable(blobsIn(messages));
    if (this.#run !== run) return;
    const draft = new AnswerDraft();
    run.draft = draft;
    run.generation = mesh.generate({
      messages: toMessages(messages, blobs),
      ...(policy === undefined ? {} : { policy }),
      ...(system === undefined ? {} : { system }),
      ...(tools === undefined ? {} : { tools }),
      ...(run.wantsAnother ? { cache: "refresh" as const } : {}),
    });
    // The first step was shown when it began: a page is not told the same twice.
    const shown = this.#frames.get();
    if (shown.status !== "submitted" || shown.messages !== this.#messages) this.#show();
    for await (const event of run.generation) {
      if (this.#run !== run) return;
      if (event.type === "finish") run.receipt = event.receipt;
      if (draft.add(event)) this.#frames.showSoon(() => this.#state(run));
    }
    draft.keepOpaque(await run.generation.result);
    if (this.#run === run) this.#keepDraft(run);
  }

  /** Lets the page's own function answer what the last answer asked for, all calls at once. */
  async #callTools({ stopper: { signal } }: Run): Promise<void> {
    const { onToolCall } = this.#setup;
    const last = this.#messages.at(-1);
    if (!onToolCall || last?.role !== "assistant") return;
    this.#show();
    await Promise.all(openCalls(last).map(async (part) => {
      const output = await outputOf(onToolCall, part, signal);
      if (output && !signal.aborted) this.#setOutput(part.toolCallId, output);
    }));
  }

  #wantsToGoOn(): boolean {
    const last = this.#messages.at(-1);
    return this.#setup.continueOnToolOutput !== false && last !== undefined && isReadyToGoOn(last);
  }

  #countStep(): void {
    const most = this.#setup.maxSteps ?? MOST_STEPS;
    if (this.#steps >= most) throw new MeshError({ code: "bad-output", message: `The model asked for tools ${String(most)} times in a row.`, hint: "Send a message to go on, or raise `maxSteps`." });
    this.#steps += 1;
  }

  /** @returns whether a call of this id was open, in what was said or is being said */
  #setOutput(toolCallId: string, output: ToolOutput): boolean {
    if (this.#run?.draft?.answer(toolCallId, output)) {
      this.#show();
      return true;
    }
    const index = this.#messages.findLastIndex(({ parts }) => withOutput(parts, toolCallId, output) !== undefined);
    const message = this.#messages[index];
    if (!message) return false;
    const parts = withOutput(message.parts, toolCallId, output) ?? message.parts;
    this.#messages = this.#messages.map((each, at) => (at === index ? { ...each, parts } : each));
    this.#show();
    return true;
  }

  /** What there is now: the answer that is being written, or what the last one left. */
  #show(): void {
    const { status, error, receipt } = this.#frames.get();
    this.#frames.showNow(this.#run ? this.#state(this.#run) : { messages: this.#messages, status, error, receipt });
  }

  #state({ draft }: Run): ChatState {
    const answer = draft?.message(false);
    return { messages: answer ? [...this.#messages, answer] : this.#messages, status: answer ? "streaming" : "submitted", error: undefined, receipt: undefined };
  }

  #keepDraft(run: Run): void {
    const answer = run.draft?.message(true);
    run.draft = undefined;
    if (answer) this.#messages = [...this.#messages, answer];
  }

  #end(run: Run, status: GenerationStatus, error: MeshError | undefined): void {
    if (this.#run !== run) return;
    this.#keepDraft(run);
    this.#run = undefined;
    this.#frames.showNow({ messages: this.#messages, status, error, receipt: run.receipt ?? error?.receipt });
  }
}

/** What a browser says of a file that it cannot read is no MeshError, and would pass for a cancellation. */
async function readable<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (thrown) {
    if (MeshError.isInstance(thrown)) throw thrown;
    throw invalidRequest("A file of the message could not be read.", "It may have changed since it was chosen: attach it again.");
  }
}

async function outputOf(onToolCall: NonNullable<ChatSetup["onToolCall"]>, { type, toolCallId, input }: ToolPart, signal: AbortSignal): Promise<ToolOutput | undefined> {
  try {
    const output = await onToolCall({ toolCall: { toolCallId, toolName: type.slice("tool-".length), input }, signal });
    return output === undefined ? undefined : { output };
  } catch (thrown) {
    return { errorText: thrown instanceof Error && thrown.message !== "" ? thrown.message : "The tool failed." };
  }
}

function toMessage(input: ChatInput): ChatMessage | Promise<ChatMessage> {
  const said = typeof input === "string" ? { text: input } : input;
  const message = (parts: ChatPart[]): ChatMessage => ({ id: newId(), role: "user", parts, ...("metadata" in said && said.metadata !== undefined ? { metadata: said.metadata } : {}) });
  if ("parts" in said) return message(said.parts);
  const { text, files } = said as { text?: string; files?: Iterable<Blob | FilePart> | ArrayLike<Blob | FilePart> };
  const words: ChatPart[] = text === undefined ? [] : [{ type: "text", text }];
  return files ? Promise.all(Array.from(files, toFilePart)).then((parts) => message([...parts, ...words])) : message(words);
}
