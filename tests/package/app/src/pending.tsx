// Answers that a reload cut off, as a component sees them.
import { createMesh } from "hkm-mesh";
import { MeshProvider, useGeneration, usePending } from "hkm-mesh/react";
import { alone, endless, scripted } from "./provider.js";
import { show, until } from "./render.js";

function Panel() {
  const { start, resume, text: words, status } = useGeneration();
  const pending = usePending();
  return (
    <>
      <button id="start" onClick={() => { start({ id: "answer", prompt: "endless" }); }} />
      <p id="status">{status}</p><p id="text">{words}</p>
      <ul id="pending">{pending.map((entry) => (
        <li key={entry.id}>
          <span className="shown">{entry.text}</span>
          <button id="resume" onClick={() => { resume(entry.id); }} />
          <button id="discard" onClick={() => { void entry.discard(); }} />
        </li>
      ))}</ul>
    </>
  );
}

export async function pending(): Promise<void> {
  const mesh = createMesh({ ...alone, name: "pending", storage: "indexeddb" });
  Object.assign(globalThis, { mesh });
  mesh.register(scripted(endless));
  show(<MeshProvider mesh={mesh}><Panel /></MeshProvider>);
  await until(() => document.getElementById("start") !== null, "the panel is there");
}
