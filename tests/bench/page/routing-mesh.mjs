// Our router through its public face: the models come from a provider written in JavaScript, as an app would hand them in.
import { createMesh } from "hkm-mesh";
import { PROVIDER, modelsOf, requestsOf } from "./models.mjs";

const opened = new Map();

async function open({ count, label }) {
  const off = { disabled: true };
  const mesh = createMesh({ name: `bench-${label}-${count}`, storage: "memory", providers: { ollama: off, comfyui: off } });
  mesh.register({ name: PROVIDER, locality: "cloud", models: async () => modelsOf(count).map(({ listed }) => listed) });
  await mesh.ready;
  await new Promise((resolve) => {
    const look = () => {
      if (mesh.models.get().length !== count) return;
      stop();
      resolve();
    };
    const stop = mesh.models.subscribe(look);
    look();
  });
  return mesh;
}

export const cases = {
  route: async ({ count, length, label }) => {
    if (!opened.has(count)) opened.set(count, open({ count, label }));
    const mesh = await opened.get(count);
    const requests = requestsOf(length);
    return (times) => {
      let last;
      for (let time = 0; time < times; time += 1) last = mesh.route(requests[time % requests.length]);
      return last;
    };
  },
};
