// First words of two servers of which one is late now and then: ours with and without hedging, and by hand.
import { createMesh } from "hkm-mesh";

/** How long a fixed delay is, milliseconds: what a library without a memory takes by default. */
const FIXED_MS = 1_000;

async function open({ servers, label, hedge }) {
  const off = { disabled: true };
  const named = Object.fromEntries(Object.entries(servers).map(([name, endpoint]) => [name, { kind: "openai", endpoint, locality: "cloud" }]));
  const mesh = createMesh({ name: `bench-${label}`, storage: "memory", cache: false, providers: { ollama: off, comfyui: off, ...named }, policy: { prefer: ["one", "two"], hedge } });
  await mesh.ready;
  await mesh.discover({ providers: ["one", "two"] });
  return mesh;
}

const ours = (hedge) => async (at) => {
  const mesh = await open({ ...at, hedge });
  return (prompt) => firstPiece(mesh.generate({ prompt }).textStream);
};

/** Milliseconds until the first piece; the rest is read to its end. */
async function firstPiece(pieces) {
  const started = performance.now();
  let first;
  for await (const piece of pieces) if (piece !== "") first ??= performance.now() - started;
  return first;
}

/** One request; who is stopped before its first byte of text says nothing. */
async function* asked(endpoint, prompt, signal) {
  const response = await fetch(`${endpoint}/chat/completions`, {
    method: "POST", signal, headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: prompt }] }),
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}

/** Both, the second after a time that is always the same; the first word decides. */
const byHand = (afterMs) => async ({ servers }) => (prompt) => new Promise((resolve, reject) => {
  const started = performance.now();
  const all = [];
  let isDecided = false;
  const run = async (endpoint) => {
    const controller = new AbortController();
    all.push(controller);
    try {
      for await (const part of asked(endpoint, prompt, controller.signal)) {
        if (part === "" || isDecided) continue;
        isDecided = true;
        resolve(performance.now() - started);
        for (const other of all) if (other !== controller) other.abort();
      }
    } catch (error) {
      if (!controller.signal.aborted) reject(error);
    }
  };
  run(servers.one);
  if (afterMs === 0) run(servers.two);
  else if (afterMs !== undefined) setTimeout(() => { if (!isDecided) run(servers.two); }, afterMs);
});

export const cases = { without: ours(false), learned: ours(true), alone: byHand(undefined), fixed: byHand(FIXED_MS), both: byHand(0) };
