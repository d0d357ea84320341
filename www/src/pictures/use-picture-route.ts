import { useMemo } from "react";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { useRoute, type PreviewWishes, type RoutePreview } from "../models/use-route";
import { requestFor } from "./picture-draft";

/** Who would make the picture as it is described now, or the second one to compare with. */
export function usePictureRoute({ pinned, explained }: PreviewWishes, which: "model" | "rival" = "model"): RoutePreview {
  const { studio, conversation } = useSession();
  const draft = useObservable(studio.draft);
  const { goal } = useObservable(conversation.choice);
  const basis = useMemo(() => ({ draft: { ...draft, model: pinned ? draft[which] : undefined }, goal }), [draft, goal, pinned, which]);
  return useRoute(basis, (now) => requestFor(now.draft, now.goal), explained);
}
