// A model in the page that says what it is told to.
import type { CustomProvider, CustomProviderEvent, MeshOptions } from "hkm-mesh";

/** No look at this machine's servers: what is there differs from machine to machine. */
/** Who asks the same twice in a test wants two answers. */
export const alone: MeshOptions = { storage: "memory", cache: false, providers: { ollama: { disabled: true }, comfyui: { disabled: true } } };

export type Script = (prompt: string, signal: AbortSignal) => AsyncIterable<CustomProviderEvent>;

export function scripted(script: Script, name = "scripted"): CustomProvider {
  return {
    name,
    locality: "page",
    models: () => Promise.resolve([{ id: "script", type: "text", capabilities: ["tools", "reasoning"] }]),
    generate: (request, signal) => script(lastWords(request), signal),
  };
}

function lastWords({ prompt, messages }: { prompt?: string; messages?: readonly { content: unknown }[] }): string {
  const last = messages?.at(-1)?.content;
  return prompt ?? (typeof last === "string" ? last : JSON.stringify(last));
}

export async function* greeting(): AsyncGenerator<CustomProviderEvent> {
  for (const text of ["Hello", ", ", "world"]) {
    yield { type: "text-delta", text };
    await pause();
  }
  yield { type: "finish", reason: "stop" };
}

/** Never ends by itself. */
export async function* endless(_prompt: string, signal: AbortSignal): AsyncGenerator<CustomProviderEvent> {
  for (let count = 0; !signal.aborted; count += 1) {
    yield { type: "text-delta", text: `${String(count)} ` };
    await pause();
  }
}

export function pause(ms = 2): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
