// useChat: parts, tools, errors, stop and regenerate.
import { createMesh } from "hkm-mesh";
import { type ChatMessage, MeshProvider, type UseChat, useChat } from "hkm-mesh/react";
import { useEffect, useRef } from "react";
import { alone, endless, scripted } from "./provider.js";
import { show, until } from "./render.js";

/** What the model was asked, for the test to see. */
const asked: { system: string | undefined; messages: unknown }[] = [];

const model = scripted(async function* (prompt, signal) {
  if (prompt === "endless") yield* endless(prompt, signal);
  if (prompt === "fail") {
    yield { type: "text-delta", text: "so far" };
    throw new Error("the model fell over");
  }
  if (prompt === "weather") {
    yield { type: "reasoning-delta", text: "A tool " };
    yield { type: "reasoning-delta", text: "knows." };
    yield { type: "tool-call", id: "call-1", name: "weather", input: { city: "Oslo" } };
    yield { type: "finish", reason: "tool-calls" };
    return;
  }
  yield { type: "text-delta", text: `You said ` };
  yield { type: "text-delta", text: prompt };
  yield { type: "source", title: "Here", url: "https://example.org/" };
  yield { type: "finish", reason: "stop" };
});
const generate = model.generate?.bind(model);
model.generate = (request, signal) => {
  const { system, messages } = request as { system?: string; messages?: unknown };
  asked.push({ system, messages });
  if (!generate) throw new Error("it generates");
  return generate(request, signal);
};

let now: UseChat | undefined;

function Chat({ id }: { id: string }) {
  const chat = useChat({ id, system: "Be brief.", tools: [{ name: "weather", inputSchema: { type: "object" } }] });
  useEffect(() => { now = chat; });
  const functions = useRef(new Set<unknown>());
  useEffect(() => { functions.current.add(chat.sendMessage).add(chat.stop).add(chat.regenerate).add(chat.setMessages); });
  return <p id="roles">{chat.messages.map(({ role }) => role).join(" ")}</p>;
}

function chatNow(): UseChat {
  if (!now) throw new Error("nothing is shown");
  return now;
}

function lastMessage(): ChatMessage | undefined {
  return chatNow().messages.at(-1);
}

export async function chat(): Promise<unknown> {
  const mesh = createMesh(alone);
  mesh.register(model);
  const page = (id: string) => <MeshProvider mesh={mesh}><Chat id={id} /></MeshProvider>;
  const { root } = show(page("a"));
  await until(() => now !== undefined, "the chat is there");
  const { sendMessage, setMessages, stop, regenerate } = chatNow();

  await sendMessage("hello");
  await settled();
  const hello = lastMessage();
  const receipt = chatNow().receipt?.model;

  await regenerate();
  await settled();
  const regenerated = { roles: roles(), isNew: lastMessage()?.id !== hello?.id };

  await sendMessage({ text: "weather" });
  await settled();
  const tool = lastMessage();
  setMessages((messages) => messages.map((message) => (message.id !== tool?.id ? message : {
    ...message, parts: message.parts.map((part) => (part.type === "tool-weather" ? { ...part, state: "output-available", output: { degrees: 3 } } as const : part)),
  })));
  await sendMessage();
  await settled();
  const afterTool = { parts: lastMessage()?.parts, asked: asked.at(-1) };

  await sendMessage("fail");
  await settled();
  const failed = { status: chatNow().status, code: chatNow().error?.code, parts: lastMessage()?.parts };

  void sendMessage("endless");
  await until(() => chatNow().status === "streaming", "it streams");
  stop();
  await settled();
  const stopped = { status: chatNow().status, hasText: (lastMessage()?.parts.length ?? 0) > 0 };

  setMessages([]);
  await settled();
  const cleared = chatNow().messages.length;
  const isStable = [chatNow().sendMessage === sendMessage, chatNow().stop === stop].every(Boolean);
  await sendMessage("hello");
  root.render(page("b"));
  await until(() => document.getElementById("roles")?.textContent === "", "another id is another conversation");
  root.unmount();
  await mesh.close();
  return { hello, receipt, regenerated, tool, afterTool, failed, stopped, cleared, isStable, system: asked[0]?.system };
}

/** A state that was shown at once is in the component a moment later. */
async function settled(): Promise<void> {
  await until(() => chatNow().status === "ready" || chatNow().status === "error", "the answer is over");
  await new Promise((resolve) => { setTimeout(resolve, 20); });
}

function roles(): string {
  return chatNow().messages.map(({ role }) => role).join(" ");
}
