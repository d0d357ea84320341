import { MeshError, type Decision, type Explanation, type ImageRequest, type Mesh, type TextRequest } from "hkm-mesh";
import { useHealth, useMesh, useModels } from "hkm-mesh/react";
import { useEffect, useEffectEvent, useState } from "react";

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

function previewOf(mesh: Mesh, request: TextRequest | ImageRequest, explained: boolean): RoutePreview {
  try {
    const decision = mesh.route(request);
    return { kind: "chosen", decision, ...(explained ? { explanation: mesh.explain(decision) } : {}) };
  } catch (error) {
    if (!MeshError.isInstance(error)) return { kind: "broken", message: error instanceof Error ? error.message : String(error) };
    if (error.excluded === undefined) return { kind: "broken", message: error.message };
    return { kind: "none", excluded: error.excluded, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  }
}

/** What the mesh would choose for a request as it stands: asked anew when the basis of the request is another one, at most once a frame, and nothing is sent. */
export function useRoute<Basis>(basis: Basis, requestFrom: (basis: Basis) => TextRequest | ImageRequest, explained: boolean): RoutePreview {
  const mesh = useMesh();
  const models = useModels();
  const health = useHealth();
  const [ready, setReady] = useState(false);
  const [preview, setPreview] = useState<RoutePreview>({ kind: "choosing" });
  const look = useEffectEvent(() => setPreview(previewOf(mesh, requestFrom(basis), explained)));

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
    const frame = requestAnimationFrame(() => look());
    return () => cancelAnimationFrame(frame);
  }, [ready, mesh, models, health, basis, explained]);

  return preview;
}
