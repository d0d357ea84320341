import { useMesh } from "hkm-mesh/react";
import { useMemo } from "react";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { useRoute, type PreviewWishes, type RoutePreview } from "../models/use-route";
import { factsRequest } from "./research-request";

/** Who would be asked for facts about the topic as it is written now. */
export function useFactsRoute({ pinned, explained }: PreviewWishes): RoutePreview {
  const { research, conversation } = useSession();
  const mesh = useMesh();
  const wish = useObservable(research.wish);
  const { goal } = useObservable(conversation.choice);
  const basis = useMemo(() => ({ wish: pinned ? wish : { ...wish, model: undefined }, goal }), [wish, goal, pinned]);
  return useRoute(basis, (now) => factsRequest(mesh, now.wish, now.goal), explained);
}
