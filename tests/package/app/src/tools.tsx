// useChat with tools that answer by themselves, with files, and with what a provider wants back.
import { type CustomProviderEvent, createMesh } from "hkm-mesh";
import { type ChatMessage, MeshProvider, type UseChat, type UseChatOptions, useChat } from "hkm-mesh/react";
import { useEffect } from "react";
import { alone, endless, pause, scripted } from "./provider.js";
import { show, until } from "./render.js";

/** What the model was asked, for the test to see. */
let asked: unknown[] = [];

const call = (id: string, name: string): CustomProviderEvent => ({ type: "tool-call", id, name, input: { city: "Oslo" } });

const model = scripted(async function* (prompt, signal) {
  if (prompt === "two tools") {
    yield { type: "text-delta", text: "Let me look." };
    yield call("call-1", "weather");
    yield call("call-2", "clock");
    yield { type: "finish", reason: "tool-calls" };
  } else if (prompt === "for ever" || prompt === "again") {
    yield call(`call-${String(asked.length)}`, "again");
    yield { type: "finish", reason: "tool-calls" };
  } else if (prompt === "slow") {
    yield call("call-slow", "slow");
    yield { type: "finish", reason: "tool-calls" };
  } else if (prompt === "call, then think") {
    yield call("call-early", "manual");
    await pause(50);
    yield { type: "finish", reason: "tool-calls" };
  } else if (prompt === "endless") {
    yield* endless(prompt, signal);
  } else {
    yield { type: "text-delta", text: `Done: ${prompt}` };
    yield { type: "finish", reason: "stop" };
  }
});
model.models = () => Promise.resolve([{ id: "script", type: "text", capabilities: ["tools", "vision"] }]);
const generate = model.generate?.bind(model);
model.generate = (request, signal) => {
  asked.push((request as { messages?: unknown }).messages);
  if (!generate) throw new Error("it generates");
  return generate(request, signal);
};

let now: UseChat | undefined;

function Chat(options: UseChatOptions) {
  const chat = useChat(options);
  useEffect(() => { now = chat; });
  return null;
}

function chatNow(): UseChat {
  if (!now) throw new Error("nothing is shown");
  return now;
}

async function settled(): Promise<ChatMessage[]> {
  await until(() => chatNow().status === "ready" || chatNow().status === "error", "the answer is over");
  await pause(20);
  return chatNow().messages;
}

const TOOLS = ["weather", "clock", "again", "slow", "manual"].map((name) => ({ name, inputSchema: { type: "object" } }));
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

export async function tools(): Promise<unknown> {
  const mesh = createMesh(alone);
  mesh.register(model);
  const called: unknown[] = [];
  let release = () => { /* nothing waits yet */ };
  let slowSignal: AbortSignal | undefined;
  const onToolCall: UseChatOptions["onToolCall"] = async ({ toolCall, signal }) => {
    called.push(toolCall);
    await pause();
    if (toolCall.toolName === "clock") throw new Error("no clock here");
    if (toolCall.toolName === "manual") return undefined;
    if (toolCall.toolName === "again") return "again";
    if (toolCall.toolName === "slow") {
      slowSignal = signal;
      await new Promise<void>((resolve) => { release = resolve; });
    }
    return { degrees: 3 };
  };
  const view = (options: UseChatOptions) => <MeshProvider mesh={mesh}><Chat tools={TOOLS} {...options} /></MeshProvider>;
  const { root } = show(view({ id: "1", onToolCall }));
  await until(() => now !== undefined, "the chat is there");
  const fresh = async (options: UseChatOptions) => {
    const before = chatNow().sendMessage;
    asked = [];
    called.length = 0;
    root.render(view(options));
    await until(() => chatNow().sendMessage !== before, "another conversation");
  };

  const statuses = new Set<string>();
  const watching = setInterval(() => { statuses.add(chatNow().status); }, 0);
  await chatNow().sendMessage("two tools");
  const answered = { messages: await settled(), asked: asked.at(-1), called: [...called], statuses: [...statuses].sort() };
  clearInterval(watching);

  await fresh({ id: "2", onToolCall, maxSteps: 3 });
  await chatNow().sendMessage("for ever");
  const tooMany = { asked: asked.length, status: (await settled(), chatNow().status), code: chatNow().error?.code, message: chatNow().error?.message };

  await fresh({ id: "3", onToolCall });
  void chatNow().sendMessage("slow");
  await until(() => slowSignal !== undefined, "the tool runs");
  await pause(20);
  const busy = chatNow().status;
  chatNow().stop();
  release();
  await settled();
  const stopped = { busy, status: chatNow().status, aborted: slowSignal?.aborted, state: stateOf("call-slow"), asked: asked.length };

  await fresh({ id: "4" });
  await chatNow().sendMessage("two tools");
  await settled();
  await chatNow().addToolOutput({ toolCallId: "call-1", output: "warm" });
  const waiting = { status: chatNow().status, asked: asked.length };
  const unknown = await chatNow().addToolOutput({ toolCallId: "nobody", output: 1 }).then(() => "taken", (error: unknown) => (error as { code: string }).code);
  await chatNow().addToolOutput({ tool: "clock", state: "output-error", toolCallId: "call-2", errorText: "broken" });
  const twice = await chatNow().addToolOutput({ toolCallId: "call-2", output: 1 }).then(() => "taken", (error: unknown) => (error as { code: string }).code);
  const manual = { waiting, unknown, twice, asked: asked.at(-1), last: (await settled()).at(-1)?.parts };

  await fresh({ id: "5", onToolCall });
  void chatNow().sendMessage("call, then think");
  await until(() => stateOf("call-early") === "input-available", "the call is there, and the answer goes on");
  await chatNow().addToolOutput({ toolCallId: "call-early", output: "early" });
  await settled();
  const early = { asked: asked.at(-1), last: chatNow().messages.at(-1)?.parts };

  await fresh({ id: "6", continueOnToolOutput: false });
  await chatNow().sendMessage("two tools");
  await settled();
  for (const toolCallId of ["call-1", "call-2"]) await chatNow().addToolOutput({ toolCallId, output: 1 });
  const held = { asked: asked.length, status: chatNow().status };
  await chatNow().sendMessage();
  await settled();
  const goneOn = asked.length;

  const files = await withFiles(fresh);
  const opaque = await withOpaque(fresh);
  root.unmount();
  await mesh.close();
  return { answered, tooMany, stopped, manual, early, held, goneOn, files, opaque };
}

function stateOf(toolCallId: string): string | undefined {
  for (const { parts } of chatNow().messages) for (const part of parts) if ("toolCallId" in part && part.toolCallId === toolCallId) return part.state;
  return undefined;
}

async function withFiles(fresh: (options: UseChatOptions) => Promise<void>): Promise<unknown> {
  await fresh({ id: "files" });
  const bytes = Uint8Array.from(atob(PNG), (letter) => letter.charCodeAt(0));
  const file = new File([bytes], "dot.png", { type: "image/png" });
  const input = document.createElement("input");
  input.type = "file";
  const transfer = new DataTransfer();
  transfer.items.add(file);
  input.files = transfer.files;
  await chatNow().sendMessage({ text: "look", files: input.files });
  await settled();
  const chosen = { message: chatNow().messages[0]?.parts, asked: asked.at(-1) };

  const url = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
  await chatNow().sendMessage({ parts: [{ type: "file", mediaType: "image/png", url, filename: "blob.png" }, { type: "text", text: "and this" }] });
  await settled();
  const [sent] = ((asked.at(-1) as { content: { data?: unknown }[] }[] | undefined)?.at(-1)?.content ?? []);
  const blob = { isBlob: sent?.data instanceof Blob, size: sent?.data instanceof Blob ? sent.data.size : 0, whole: bytes.length };

  await chatNow().sendMessage({ files: [new Blob([bytes])] });
  await settled();
  const untyped = chatNow().messages.at(-2)?.parts;

  URL.revokeObjectURL(url);
  await chatNow().regenerate();
  await settled();
  const revoked = { status: chatNow().status, code: chatNow().error?.code, message: chatNow().error?.message };
  chatNow().setMessages([]);
  await chatNow().sendMessage({ text: "what", files: [new Blob(["no picture"])] });
  const noType = { status: (await settled(), chatNow().status), code: chatNow().error?.code, messages: chatNow().messages.length };
  return { chosen, blob, untyped, revoked, noType };
}

async function withOpaque(fresh: (options: UseChatOptions) => Promise<void>): Promise<unknown> {
  await fresh({ id: "opaque" });
  chatNow().setMessages([
    { id: "1", role: "user", parts: [{ type: "text", text: "hi" }] },
    { id: "2", role: "assistant", opaque: { signature: "abc" }, parts: [{ type: "text", text: "hello" }, { type: "tool-weather", toolCallId: "1", state: "output-available", input: {}, output: 1, opaque: "of the call" }] },
    { id: "3", role: "assistant", opaque: "cut", parts: [{ type: "text", text: "half" }, { type: "tool-weather", toolCallId: "2", state: "input-available", input: {} }] },
  ]);
  await chatNow().sendMessage("go on");
  await settled();
  return asked.at(-1);
}
