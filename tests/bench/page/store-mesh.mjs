// A whole `generate()` that nobody has to be asked for: the provider is written in JavaScript and answers at once.
import { createMesh } from "hkm-mesh";
import { textOf } from "./records.mjs";

/** More than fit into memory: asked in turn, each is on the disk alone when its turn comes again. */
const ANSWERS = { memory: 1, disk: 3_000 };

async function asked(mesh, number) {
  const { text, receipt } = await mesh.generate({ system: "Answer in plain words.", prompt: `Question ${number}: why is the sky blue?` }).result;
  return { text, receipt };
}

export const cases = {
  generate: async ({ tier, isCheck }) => {
    const off = { disabled: true };
    const mesh = createMesh({ name: `bench-store-${tier}`, providers: { ollama: off, comfyui: off } });
    mesh.register({
      name: "bench", version: "1", locality: "cloud", models: async () => [{ id: "m", type: "text" }],
      async *generate(request) {
        const [, number] = /Question (\d+)/.exec(JSON.stringify(request));
        yield { type: "text-delta", text: textOf(Number(number)) };
        yield { type: "finish", reason: "stop" };
      },
    });
    await mesh.ready;
    await new Promise((resolve) => {
      const look = () => { if (mesh.models.get().length > 0) resolve(); };
      mesh.models.subscribe(look);
      look();
    });
    const count = isCheck ? Math.min(ANSWERS[tier], 2_200) : ANSWERS[tier];
    for (let number = 0; number < count; number += 1) await asked(mesh, number);
    let next = 0;
    return async (times) => {
      const started = performance.now();
      for (let time = 0; time < times; time += 1, next += 1) {
        const { text, receipt } = await asked(mesh, next % count);
        if (receipt.cached !== tier) throw new Error(`it came from ${receipt.cached} instead of ${tier}`);
        if (text !== textOf(next % count)) throw new Error(`answer ${next % count} is another`);
      }
      return performance.now() - started;
    };
  },
};
