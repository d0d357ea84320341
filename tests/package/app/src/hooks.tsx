// The hooks under StrictMode, which mounts every component twice.
import { createMesh } from "hkm-mesh";
import { MeshProvider, useGeneration, useHealth, useImage, useMesh, useModels, useQueue } from "hkm-mesh/react";
import { useEffect, useRef, useState } from "react";
import { alone, endless, greeting, scripted } from "./provider.js";
import { press, show, text, until } from "./render.js";

/** Starts as soon as it appears, as apps do. */
function Eager() {
  const { start, text: words, status } = useGeneration();
  useEffect(() => { start({ prompt: "hello" }); }, [start]);
  return <p id="eager">{`${status}:${words}`}</p>;
}

function Panel() {
  const { start, stop, text: words, status, error } = useGeneration();
  const image = useImage();
  const models = useModels((model) => model.type === "text");
  const health = useHealth();
  const queue = useQueue();
  const [isShown, setShown] = useState(true);
  const seen = useRef(new Set<unknown>());
  const [identities, setIdentities] = useState(0);
  useEffect(() => { seen.current.add(start).add(stop).add(image.start); setIdentities(seen.current.size); }, [start, stop, image.start, words]);
  return (
    <>
      <button id="start" onClick={() => { start({ prompt: "endless" }); }} />
      <button id="fail" onClick={() => { start({ prompt: "fail" }); }} />
      <button id="stop" onClick={stop} />
      <button id="image" onClick={() => { image.start({ prompt: "a cat" }); }} />
      <button id="hide" onClick={() => { setShown(false); }} />
      <p id="text">{words}</p><p id="status">{status}</p><p id="error">{error?.code}</p>
      <p id="image-error">{`${image.status} ${image.error?.code ?? ""} ${image.error?.message ?? ""}`}</p>
      <p id="models">{models.map(({ provider, id }) => `${provider}/${id}`).join(" ")}</p>
      <p id="identities">{identities}</p>
      <p id="lists">{`${String(Array.isArray(health))} ${String(Array.isArray(queue))}`}</p>
      {isShown && <Eager />}
    </>
  );
}

function streams(): boolean {
  return text("status") === "streaming" && text("text").length > 10;
}

export async function strict(): Promise<unknown> {
  const mesh = createMesh(alone);
  const aborted: string[] = [];
  mesh.register(scripted(async function* (prompt, signal) {
    signal.addEventListener("abort", () => { aborted.push(prompt); });
    if (prompt === "fail") {
      yield { type: "text-delta", text: "so far" };
      throw new Error("the model fell over");
    }
    yield* prompt === "endless" ? endless(prompt, signal) : greeting();
  }));
  const { root } = show(<MeshProvider mesh={mesh}><Panel /></MeshProvider>);
  await until(() => document.getElementById("start") !== null, "the panel is there");
  // At once, before React has run the effects that StrictMode runs twice: that must not cancel it.
  press("start");
  await until(streams, "what was started first streams");
  press("stop");
  await until(() => aborted.length === 1, "it stopped");
  aborted.length = 0;
  await until(() => text("eager") === "ready:Hello, world", "the eager component has its answer");
  const models = text("models");

  press("start");
  await until(streams, "text streams");
  press("stop");
  await until(() => text("status") === "ready" && aborted.includes("endless"), "it stopped");
  const kept = text("text").length > 10;

  press("fail");
  await until(() => text("status") === "error", "it failed");
  const failed = { error: text("error") !== "", text: text("text") };

  press("image");
  await until(() => text("image-error").startsWith("error"), "the image was refused");
  const image = text("image-error");
  const identities = text("identities");
  const lists = text("lists");

  press("start");
  await until(streams, "text streams again");
  root.unmount();
  await until(() => aborted.filter((prompt) => prompt === "endless").length === 2, "leaving cancelled it");
  await mesh.close();
  return { models, kept, failed, image, identities, lists };
}

function Closing({ onMesh }: { onMesh: (mesh: unknown) => void }) {
  const mesh = useMesh();
  const { start, text: words } = useGeneration();
  const take = useRef(onMesh);
  useEffect(() => {
    take.current(mesh);
    const withdraw = mesh.register(scripted(greeting));
    start({ prompt: "hello" });
    return withdraw;
  }, [mesh, start]);
  return <p id="text">{words}</p>;
}

/** A provider that makes its own mesh closes it when it leaves, and not between StrictMode's two mounts. */
export async function ownedMesh(): Promise<unknown> {
  const meshes = new Set<unknown>();
  const { root } = show(<MeshProvider options={alone}><Closing onMesh={(mesh) => { meshes.add(mesh); }} /></MeshProvider>);
  await until(() => text("text") === "Hello, world", "it answers");
  const [mesh] = meshes as Set<ReturnType<typeof createMesh>>;
  root.unmount();
  const codes: string[] = [];
  await until(() => {
    void mesh?.discover().catch((error: unknown) => { codes.push((error as { code: string }).code); });
    return codes.includes("closed");
  }, "the mesh was closed");
  return { meshes: meshes.size };
}
