// Renders on a server: the hooks have nothing to say there and must not look for a window.
import { createMesh } from "hkm-mesh";
import { MeshProvider, useChat, useGeneration, useHealth, useImage, useModels, usePending, useQueue } from "hkm-mesh/react";
import { createElement } from "react";
import { renderToString } from "react-dom/server";

function Everything() {
  const { messages, status } = useChat();
  const generation = useGeneration();
  const image = useImage();
  return createElement("p", null, [messages.length, status, generation.status, generation.text, image.status, useModels().length, useHealth().length, useQueue().length, usePending().length].join("|"));
}

const app = (props) => createElement(MeshProvider, props, createElement(Everything));
process.stdout.write(`${renderToString(app({ mesh: createMesh({ storage: "memory" }) }))}\n${renderToString(app({ options: { storage: "memory" } }))}\n`);
