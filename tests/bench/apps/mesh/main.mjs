// An app that routes and streams chat from Ollama, OpenRouter and Gemini, with our package.
import { createMesh } from "hkm-mesh";

const mesh = createMesh({ policy: "balanced" });

async function answer(question, show) {
  for await (const text of mesh.generate({ prompt: question }).textStream) show(text);
}

globalThis.document.forms[0].addEventListener("submit", (event) => {
  event.preventDefault();
  const output = globalThis.document.querySelector("output");
  void answer(event.target.question.value, (text) => output.append(text));
});

await mesh.ready;
globalThis.readyAt = performance.now();
