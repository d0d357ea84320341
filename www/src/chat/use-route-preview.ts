import { MeshError, type Decision, type Explanation } from "hkm-mesh";
import { useHealth, useMesh, useModels } from "hkm-mesh/react";
import { useEffect, useState } from "react";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { requestFor } from "./conversation";
import { messagesOf } from "./turn";

export type RoutePreview =
  | { kind: "choosing" }
  | { kind: "chosen"; decision: Decision }
  /** No model fits; without a reason there is none at all. */
  | { kind: "none"; excluded: Explanation["excluded"] }
  | { kind: "broken"; message: string };

/** What the mesh would choose for the text as it stands: asked anew at most once a frame, and nothing is sent. */
export function useRoutePreview(text: string): RoutePreview {
  const { conversation } = useSession();
  const mesh = useMesh();
  const models = useModels();
  const health = useHealth();
  const choice = useObservable(conversation.choice);
  const [ready, setReady] = useState(false);
  const [preview, setPreview] = useState<RoutePreview>({ kind: "choosing" });

  useEffect(() => {
    let current = true;
    const settle = () => {
      if (current) setReady(true);
    };
    mesh.ready.then(settle, settle);
    return () => {
      current = false;
    };
  }, [mesh]);

  useEffect(() => {
    if (!ready) return;
    const frame = requestAnimationFrame(() => {
      const question = text.trim() === "" ? "Hello" : text;
      try {
        const messages = messagesOf(conversation.turns.get());
        setPreview({ kind: "chosen", decision: mesh.route(requestFor([...messages, { role: "user", content: question }], choice)) });
      } catch (error) {
        if (MeshError.isInstance(error) && error.code === "no-model") setPreview({ kind: "none", excluded: error.excluded ?? [] });
        else setPreview({ kind: "broken", message: error instanceof Error ? error.message : String(error) });
      }
    });
    return () => cancelAnimationFrame(frame);
  }, [ready, mesh, models, health, choice, conversation, text]);

  return preview;
}
