// useGeneration with a schema: the object grows.
import { createMesh } from "hkm-mesh";
import { MeshProvider, useGeneration } from "hkm-mesh/react";
import { useEffect } from "react";
import { alone, pause, scripted } from "./provider.js";
import { press, show, text, until } from "./render.js";

interface Weather { city: string; degrees: number }
const schema = { type: "object", properties: { city: { type: "string" }, degrees: { type: "number" } }, required: ["city", "degrees"] };

const seen: unknown[] = [];

function Answer() {
  const { start, object, status } = useGeneration<Weather>();
  useEffect(() => { if (object !== undefined && seen.at(-1) !== object) seen.push(object); }, [object]);
  return (
    <>
      <button id="start" onClick={() => { start({ prompt: "weather", schema }); }} />
      <button id="plain" onClick={() => { start({ prompt: "weather" }); }} />
      <p id="status">{status}</p><p id="city">{object?.city}</p><p id="object">{JSON.stringify(object)}</p>
    </>
  );
}

export async function objects(): Promise<unknown> {
  const mesh = createMesh(alone);
  const model = scripted(async function* () {
    for (const piece of ["{\"city\":\"O", "sl", "o\",\"degrees\":3", "}"]) {
      yield { type: "text-delta", text: piece };
      await pause(60);
    }
    yield { type: "finish", reason: "stop" };
  });
  model.models = () => Promise.resolve([{ id: "script", type: "text", capabilities: ["json"] }]);
  mesh.register(model);
  const { root } = show(<MeshProvider mesh={mesh}><Answer /></MeshProvider>);
  await until(() => document.getElementById("start") !== null, "the component is there");
  press("start");
  await until(() => text("status") === "ready" && text("object") === "{\"city\":\"Oslo\",\"degrees\":3}", "the object is whole");
  press("plain");
  await until(() => text("status") === "ready" && text("object") === "", "without a schema there is none");
  root.unmount();
  await mesh.close();
  return seen;
}
