// A conversation as a page shows it, in the AI SDK's shape, and as a model reads it.
import { newId } from "../identity.js";
import type { GenerationEvent, Message, ToolCall } from "../types.js";

export interface TextPart { type: "text"; text: string; state?: "streaming" | "done" }
export interface ReasoningPart { type: "reasoning"; text: string; state?: "streaming" | "done" }
export interface SourcePart { type: "source-url"; sourceId: string; url: string; title?: string }
/** To answer a call, set `state` and `output` with `setMessages` and go on with `sendMessage()`. */
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
export type ChatPart = TextPart | ReasoningPart | SourcePart | ToolPart;
export interface ChatMessage { id: string; role: "system" | "user" | "assistant"; parts: ChatPart[]; metadata?: unknown }

export function isToolPart(part: ChatPart): part is ToolPart {
  return part.type.startsWith("tool-");
}

function isTextPart(part: ChatPart): part is TextPart {
  return part.type === "text";
}

/** An answer that grows. */
export class AnswerDraft {
  readonly id = newId();
  #parts: ChatPart[] = [];

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
    return { id: this.id, role: "assistant", parts: this.#parts.slice() };
  }

  /** What the provider wants to see again with each call. */
  keepOpaque(calls: readonly ToolCall[]): void {
    for (const { id, opaque } of calls) {
      const part = this.#parts.find((each): each is ToolPart => isToolPart(each) && each.toolCallId === id);
      if (part && opaque !== undefined) this.#setTool(id, { ...part, opaque });
    }
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

/** The conversation as the mesh takes it. A call that nobody answered is left out: providers refuse one without its answer. */
export function toMessages(messages: readonly ChatMessage[]): Message[] {
  return messages.flatMap((message): Message[] => {
    const content = message.parts.filter(isTextPart).map((part) => part.text).join("");
    if (message.role !== "assistant") return [{ role: message.role, content }];
    const answered = message.parts.filter(isToolPart).filter((part) => part.state === "output-available" || part.state === "output-error");
    if (content === "" && answered.length === 0) return [];
    const answer: Message = answered.length === 0 ? { role: "assistant", content } : { role: "assistant", content, toolCalls: answered.map(toToolCall) };
    return [answer, ...answered.map((part): Message => ({ role: "tool", toolCallId: part.toolCallId, content: outputOf(part) }))];
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
