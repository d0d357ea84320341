import { MeshError, type Decision, type Explanation, type Mesh, type TextRequest } from "hkm-mesh";
import { useHealth, useMesh, useModels } from "hkm-mesh/react";
import { useEffect, useState } from "react";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { requestForDraft, withModel } from "./request";

export type RoutePreview =
  | { kind: "choosing" }
  | { kind: "chosen"; decision: Decision; explanation?: Explanation }
  /** No model fits; without an exclusion there is none at all. */
  | { kind: "none"; excluded: Explanation["excluded"]; hint?: string }
  | { kind: "broken"; message: string };

export interface PreviewWishes {
  /** Whether the model that the visitor chose counts; otherwise it is as if none were chosen. */
  pinned: boolean;
  /** Whether every model's score or exclusion is wanted, too: with a thousand models that takes longer than the choice. */
  explained: boolean;
}

function previewOf(mesh: Mesh, request: TextRequest, explained: boolean): RoutePreview {
  try {
    const decision = mesh.route(request);
    return { kind: "chosen", decision, ...(explained ? { explanation: mesh.explain(decision) } : {}) };
  } catch (error) {
    if (!MeshError.isInstance(error)) return { kind: "broken", message: error instanceof Error ? error.message : String(error) };
    if (error.excluded === undefined) return { kind: "broken", message: error.message };
    return { kind: "none", excluded: error.excluded, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  }
}

/** What the mesh would choose for the draft as it stands: asked anew at most once a frame, and nothing is sent. */
export function useRoutePreview({ pinned, explained }: PreviewWishes): RoutePreview {
  const { conversation } = useSession();
  const mesh = useMesh();
  const models = useModels();
  const health = useHealth();
  const choice = useObservable(conversation.choice);
  const draft = useObservable(conversation.draft);
  const turns = useObservable(conversation.turns);
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

  // While an answer is being written its turn changes every frame, and the choice for the next question does not depend on it.
  const last = turns.at(-1);
  const writing = last?.role === "answer" && (last.status === "waiting" || last.status === "streaming");
  const settled = writing ? turns.length : turns;

  useEffect(() => {
    if (!ready) return;
    const frame = requestAnimationFrame(() => {
      const counted = pinned ? choice : withModel(choice, undefined);
      setPreview(previewOf(mesh, requestForDraft(conversation.turns.get(), draft, counted), explained));
    });
    return () => cancelAnimationFrame(frame);
  }, [ready, mesh, models, health, choice, draft, settled, conversation, pinned, explained]);

  return preview;
}
