// How often React commits while a provider floods the page with deltas.
import { createMesh } from "hkm-mesh";
import { MeshProvider, useChat, useGeneration } from "hkm-mesh/react";
import { alone, pause, scripted } from "./provider.js";
import { press, show, text, until } from "./render.js";

const BURSTS = 80;
const DELTAS = 100;

/** A burst of deltas every few milliseconds, several in each frame. */
const flood = scripted(async function* () {
  for (let burst = 0; burst < BURSTS; burst += 1) {
    for (let delta = 0; delta < DELTAS; delta += 1) yield { type: "text-delta", text: "x" };
    await pause(3);
  }
  yield { type: "finish", reason: "stop" };
});

function Answer() {
  const { start, text: words, status, events } = useGeneration();
  return <><button id="start" onClick={() => { start({ prompt: "flood" }); }} /><p id="length">{words.length}</p><p id="status">{status}</p><p id="events">{events.length}</p></>;
}

function Chat() {
  const { messages, sendMessage, status } = useChat();
  const words = messages.flatMap(({ role, parts }) => (role === "assistant" ? parts : [])).map((part) => (part.type === "text" ? part.text : "")).join("");
  return <><button id="start" onClick={() => { void sendMessage("flood"); }} /><p id="length">{words.length}</p><p id="status">{status}</p></>;
}

export async function frames(): Promise<unknown> {
  const mesh = createMesh(alone);
  mesh.register(flood);
  await mesh.ready;
  const generation = await measured(<MeshProvider mesh={mesh}><Answer /></MeshProvider>);
  const chat = await measured(<MeshProvider mesh={mesh}><Chat /></MeshProvider>);
  return { deltas: BURSTS * DELTAS, generation, chat };
}

/** A page in the background: no frame ever comes. */
export async function hidden(): Promise<unknown> {
  const mesh = createMesh(alone);
  mesh.register(scripted(async function* () {
    yield { type: "text-delta", text: "x" };
    await pause(50);
    setHidden();
    await pause(600);
    yield { type: "text-delta", text: "y" };
    await pause(600);
    yield { type: "finish", reason: "stop" };
  }));
  window.requestAnimationFrame = () => 0;
  document.body.innerHTML = "<div id=\"root\"></div>";
  show(<MeshProvider mesh={mesh}><Answer /></MeshProvider>);
  await until(() => document.getElementById("start") !== null, "the component is there");
  press("start");
  const lengths = new Set<string>();
  await until(() => { lengths.add(`${text("status")} ${text("length")}`); return text("status") === "ready" && text("length") === "2"; }, "the answer is over");
  return [...lengths];
}

function setHidden(): void {
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}

async function measured(node: React.ReactNode): Promise<{ commits: number; frames: number; length: number; events: number }> {
  document.body.innerHTML = "<div id=\"root\"></div>";
  const { root, commits } = show(node);
  await until(() => document.getElementById("start") !== null, "the component is there");
  const before = commits();
  let count = 0;
  let isOver = false;
  const countFrame = () => { count += 1; if (!isOver) requestAnimationFrame(countFrame); };
  requestAnimationFrame(countFrame);
  press("start");
  await until(() => text("status") === "ready" && Number(text("length")) > 0, "the answer is over");
  isOver = true;
  const outcome = { commits: commits() - before, frames: count, length: Number(text("length")), events: Number(text("events")) };
  root.unmount();
  return outcome;
}
