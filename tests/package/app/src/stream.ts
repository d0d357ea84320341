import { MeshError, createMesh } from "hkm-mesh";
import { alone, greeting, scripted } from "./provider.js";

/** Everything at once: wasm loaded from where the bundler put it, a provider in the page, an answer. */
export async function stream(): Promise<unknown> {
  const mesh = createMesh(alone);
  mesh.register(scripted(greeting));
  const generation = mesh.generate({ prompt: "hello" });
  let text = "";
  for await (const words of generation.textStream) text += words;
  const { receipt } = await generation.result;
  await mesh.close();
  return { text, model: receipt.model, finish: receipt.finish, wasm: wasmRequests() };
}

/** The test breaks the first request for the wasm: the first call says why, the second works. */
export async function retry(): Promise<unknown> {
  const mesh = createMesh(alone);
  mesh.register(scripted(greeting));
  const first = await mesh.generate({ prompt: "hello" }).text.catch((error: unknown) => (MeshError.isInstance(error) ? error.toJSON() : String(error)));
  const second = await mesh.generate({ prompt: "hello" }).text;
  return { first, second };
}

export async function failure(): Promise<unknown> {
  return createMesh(alone).ready.then(() => "ready", (error: unknown) => (MeshError.isInstance(error) ? error.toJSON() : String(error)));
}

function wasmRequests(): string[] {
  return performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname).filter((path) => path.endsWith(".wasm"));
}
