import type { Content, Message, TextRequest } from "hkm-mesh";

export interface PlainMessage {
  role: "system" | "user" | "assistant";
  content: string;
}

function plainText(content: string | Content[]): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}

function isPlain(message: Message): message is Exclude<Message, { role: "tool" }> {
  return message.role !== "tool";
}

/** A request as plain messages: all that a small model in the page understands. */
export function plainMessages(request: TextRequest): PlainMessage[] {
  const messages: PlainMessage[] = [];
  if (request.system !== undefined) messages.push({ role: "system", content: request.system });
  if (request.prompt !== undefined) messages.push({ role: "user", content: request.prompt });
  for (const message of request.messages ?? []) {
    if (isPlain(message)) messages.push({ role: message.role, content: plainText(message.content) });
  }
  return messages;
}
