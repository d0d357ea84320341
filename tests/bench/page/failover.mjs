// Two providers, of which the first fails: our package, and what an author writes. `cases` are asked once each, since who
// failed is remembered.
import { createMesh } from "hkm-mesh";

const QUESTION = "Why is the sky blue?";

/** The floor: whatever goes wrong, the next one is asked at once, with what was shown as the beginning of its answer. */
async function byHand({ first, second, model }) {
  let text = "";
  for (const root of [first, second]) {
    try {
      const messages = [{ role: "user", content: QUESTION }, ...(text === "" ? [] : [{ role: "assistant", content: text }])];
      const response = await fetch(`${root}/chat/completions`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ model, stream: true, messages }),
      });
      if (!response.ok) continue;
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      let rest = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return text;
        const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
        rest = lines.pop();
        for (const line of lines) if (line.startsWith("data: {")) text += JSON.parse(line.slice(6)).choices[0]?.delta.content ?? "";
      }
    } catch { /* the next one */ }
  }
  throw new Error("nobody answered");
}

let count = 0;

export const cases = {
  loop: (at) => () => byHand(at),

  mesh: async ({ first, second, model, label }) => {
    const off = { disabled: true };
    const mesh = createMesh({
      name: `bench-${label}-${count++}`, storage: "memory", cache: false, policy: { prefer: ["first"] },
      providers: { ollama: off, comfyui: off, first: { kind: "openai", endpoint: first }, second: { kind: "openai", endpoint: second } },
    });
    await mesh.ready;
    await mesh.discover({ providers: ["first", "second"] });
    return async () => {
      const generation = mesh.generate({ prompt: QUESTION, policy: { allow: [`first/${model}`, `second/${model}`] } });
      try {
        let text = "";
        for await (const event of generation) {
          if (event.type === "text-delta") text += event.text;
          if (event.type === "restart") text = "";
        }
        return text;
      } finally {
        await mesh.close();
      }
    };
  },
};
