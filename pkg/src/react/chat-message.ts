// A conversation as a page shows it, in the AI SDK's shape, and as a model reads it.
import { isBlob, toDataUrl } from "../files.js";
import { newId } from "../identity.js";
import type { Content, GenerationEvent, Message, TextResult, ToolCall } from "../types.js";

export interface TextPart { type: "text"; text: string; state?: "streaming" | "done" }
export interface ReasoningPart { type: "reasoning"; text: string; state?: "streaming" | "done" }
export interface SourcePart { type: "source-url"; sourceId: string; url: string; title?: string }
/** `url` is a `data:` URL, or a `blob:` URL of this page. */
export interface FilePart { type: "file"; mediaType: string; url: string; filename?: string }
/** Answered by `onToolCall`, or with `addToolOutput`. */
export interface ToolPart {
  type: `tool-${string}`;
  toolCallId: string;
  state: "input-streaming" | "input-available" | "output-available" | "output-error";
  /** Undefined while it streams. */
  input?: unknown;
  output?: unknown;
  errorText?: string;
  /** What the provider wants to see again. */
  opaque?: unknown;
}
export type ChatPart = TextPart | ReasoningPart | SourcePart | FilePart | ToolPart;
export interface ChatMessage {
  id: string;
  role: "system" | "user" | "assistant";
  parts: ChatPart[];
  metadata?: unknown;
  /** What the provider wants to see again with this answer, such as the signature of a thought. Keep it with the message. */
  opaque?: unknown;
}
/** What a tool gave, or why it gave nothing. */
export type ToolOutput = { output: unknown } | { errorText: string };

export function isToolPart(part: ChatPart): part is ToolPart {
  return part.type.startsWith("tool-");
}

function isTextPart(part: ChatPart): part is TextPart {
  return part.type === "text";
}

function isFilePart(part: ChatPart): part is FilePart {
  return part.type === "file";
}

export function isAnswered({ state }: ToolPart): boolean {
  return state === "output-available" || state === "output-error";
}

/** An answer that grows. */
export class AnswerDraft {
  readonly id = newId();
  #parts: ChatPart[] = [];
  #opaque: unknown;

  /** @returns whether there is something new to show */
  add(event: GenerationEvent): boolean {
    switch (event.type) {
      case "text-delta": this.#grow("text", event.text); return true;
      case "reasoning-delta": this.#grow("reasoning", event.text); return true;
      case "tool-call-delta": this.#setTool(event.id, { type: `tool-${event.name}`, toolCallId: event.id, state: "input-streaming" }); return true;
      case "tool-call": this.#setTool(event.id, { type: `tool-${event.name}`, toolCallId: event.id, state: "input-available", input: event.input }); return true;
      case "source": this.#parts.push({ type: "source-url", sourceId: newId(), url: event.url, title: event.title }); return true;
      case "restart": this.#parts = []; return true;
      default: return false;
    }
  }

  /** Undefined while it says nothing. Parts that no longer grow stay the same objects. */
  message(isOver: boolean): ChatMessage | undefined {
    if (this.#parts.length === 0) return undefined;
    if (isOver) this.#parts = this.#parts.map(done);
    return { id: this.id, role: "assistant", parts: this.#parts.slice(), ...(this.#opaque === undefined ? {} : { opaque: this.#opaque }) };
  }

  /** What the provider wants to see again with the answer and with each call. */
  keepOpaque({ toolCalls, opaque }: TextResult): void {
    this.#opaque = opaque;
    for (const call of toolCalls) {
      const part = this.#parts.find((each): each is ToolPart => isToolPart(each) && each.toolCallId === call.id);
      if (part && call.opaque !== undefined) this.#setTool(call.id, { ...part, opaque: call.opaque });
    }
  }

  /** @returns whether this call is in it and was open */
  answer(toolCallId: string, output: ToolOutput): boolean {
    const answered = withOutput(this.#parts, toolCallId, output);
    if (answered) this.#parts = answered;
    return answered !== undefined;
  }

  #grow(type: "text" | "reasoning", text: string): void {
    const last = this.#parts.at(-1);
    if (last?.type === type) {
      // A new object: what was shown before stays as it was.
      this.#parts[this.#parts.length - 1] = { type, text: last.text + text, state: "streaming" };
      return;
    }
    if (last) this.#parts[this.#parts.length - 1] = done(last);
    this.#parts.push({ type, text, state: "streaming" });
  }

  #setTool(id: string, part: ToolPart): void {
    const index = this.#parts.findIndex((each) => isToolPart(each) && each.toolCallId === id);
    if (index < 0) this.#parts.push(part);
    else this.#parts[index] = part;
  }
}

function done(part: ChatPart): ChatPart {
  return (part.type === "text" || part.type === "reasoning") && "state" in part && part.state === "streaming" ? { ...part, state: "done" } : part;
}

/** These parts with the output of a call; undefined where no such call is open. */
export function withOutput(parts: readonly ChatPart[], toolCallId: string, said: ToolOutput): ChatPart[] | undefined {
  const index = parts.findIndex((part) => isToolPart(part) && part.toolCallId === toolCallId && part.state === "input-available");
  const call = parts[index];
  if (!call || !isToolPart(call)) return undefined;
  const answered: ToolPart = "errorText" in said ? { ...call, state: "output-error", errorText: said.errorText } : { ...call, state: "output-available", output: said.output };
  return parts.map((part, at) => (at === index ? answered : part));
}

/** The calls that wait for their output. */
export function openCalls({ parts }: ChatMessage): ToolPart[] {
  return parts.filter(isToolPart).filter(({ state }) => state === "input-available");
}

/** Whether it asked for tools and has all their outputs. */
export function isReadyToGoOn({ role, parts }: ChatMessage): boolean {
  const calls = parts.filter(isToolPart);
  return role === "assistant" && calls.length > 0 && calls.every(isAnswered);
}

/** A file as a part of a message: what a file input gives becomes a `data:` URL, which can be shown and kept. */
export async function toFilePart(file: Blob | FilePart): Promise<FilePart> {
  if (!isBlob(file)) return file;
  const filename = "name" in file && typeof file.name === "string" ? { filename: file.name } : {};
  return { type: "file", ...(await toDataUrl(file)), ...filename };
}

/** The Blobs behind the `blob:` URLs in these messages, by their URL. */
export async function blobsIn(messages: readonly ChatMessage[]): Promise<ReadonlyMap<string, Blob>> {
  const urls = new Set(messages.flatMap(({ parts }) => parts.filter(isFilePart)).map(({ url }) => url).filter((url) => url.startsWith("blob:")));
  return new Map(await Promise.all([...urls].map(async (url) => [url, await (await fetch(url)).blob()] as const)));
}

/** The conversation as the mesh takes it. A call that nobody answered is left out: providers refuse one without its answer. */
export function toMessages(messages: readonly ChatMessage[], blobs: ReadonlyMap<string, Blob>): Message[] {
  return messages.flatMap((message): Message[] => {
    const content = contentOf(message, blobs);
    if (message.role !== "assistant") return [{ role: message.role, content }];
    const calls = message.parts.filter(isToolPart);
    const answered = calls.filter(isAnswered);
    if (content === "" && answered.length === 0) return [];
    const answer: Message = {
      role: "assistant",
      content,
      ...(answered.length === 0 ? {} : { toolCalls: answered.map(toToolCall) }),
      // It belongs to the answer as it was.
      ...(message.opaque === undefined || answered.length < calls.length ? {} : { opaque: message.opaque }),
    };
    return [answer, ...answered.map((part): Message => ({ role: "tool", toolCallId: part.toolCallId, content: outputOf(part) }))];
  });
}

/** One string, unless there are files. */
function contentOf({ role, parts }: ChatMessage, blobs: ReadonlyMap<string, Blob>): string | Content[] {
  if (role !== "user" || !parts.some(isFilePart)) return parts.filter(isTextPart).map((part) => part.text).join("");
  return parts.flatMap((part): Content[] => {
    if (isTextPart(part)) return part.text === "" ? [] : [{ type: "text", text: part.text }];
    if (!isFilePart(part)) return [];
    const { mediaType, url, filename } = part;
    return [{ type: "file", mediaType, data: blobs.get(url) ?? url, ...(filename === undefined ? {} : { name: filename }) }];
  });
}

function toToolCall({ type, toolCallId, input, opaque }: ToolPart): ToolCall {
  const call = { id: toolCallId, name: type.slice("tool-".length), input: input ?? {} };
  return opaque === undefined ? call : { ...call, opaque };
}

function outputOf(part: ToolPart): string {
  if (part.state === "output-error") return part.errorText ?? "The tool failed.";
  return typeof part.output === "string" ? part.output : JSON.stringify(part.output ?? null);
}
