// Our package, through its public face and with the storage that an app gets.
import { MeshError, createMesh } from "hkm-mesh";

const QUESTION = "Why is the sky blue?";

const PROVIDERS = {
  openai: (origin) => ({ server: { kind: "openai", endpoint: `${origin}/v1`, locality: "device" } }),
  ollama: (origin) => ({ ollama: { endpoint: origin } }),
  openrouter: (origin) => ({ openrouter: { endpoint: `${origin}/openrouter/api/v1`, apiKey: "sk-or-v1-bench" } }),
  gemini: (origin) => ({ gemini: { endpoint: `${origin}/gemini/v1beta`, apiKey: "AIzaBench" } }),
};

let opened = new Map();

/** One mesh a protocol, that knows the server's models. */
function meshFor({ origin, protocol, label }) {
  if (!opened.has(protocol)) opened.set(protocol, open({ origin, protocol, label }));
  return opened.get(protocol);
}

async function open({ origin, protocol, label }) {
  const providers = PROVIDERS[protocol](origin);
  const [name] = Object.keys(providers);
  const off = { disabled: true };
  const mesh = createMesh({ name: `bench-${label}-${protocol}`, cache: false, providers: { ollama: off, comfyui: off, ...providers } });
  await mesh.ready;
  const report = await mesh.discover({ providers: [name] });
  const found = report.providers.find(({ provider }) => provider === name);
  if (!found?.ok) throw found?.error ?? new Error(`${name} was not discovered`);
  return { mesh, name };
}

const asking = (use) => async (at) => {
  let known;
  try {
    known = await meshFor(at);
  } catch (error) {
    if (MeshError.isInstance(error) && error.code === "unsupported") return { missing: error.message };
    throw error;
  }
  const request = { model: `${known.name}/${at.model}`, prompt: QUESTION };
  return () => use(known.mesh.generate(request));
};

export const cases = {
  text: asking((generation) => generation.text),
  textStream: asking(async (generation) => {
    let text = "";
    for await (const piece of generation.textStream) text += piece;
    return text;
  }),
  events: asking(async (generation) => {
    let text = "";
    for await (const event of generation) if (event.type === "text-delta") text += event.text;
    return text;
  }),
};

/** The page is to begin anew. */
export async function closeAll() {
  const all = [...opened.values()];
  opened = new Map();
  await Promise.allSettled(all.map(async (one) => (await one).mesh.close()));
}
