import { useMemo } from "react";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { useRoute, type PreviewWishes, type RoutePreview } from "../models/use-route";
import { requestForDraft, withModel } from "./request";

/** What the mesh would choose for the draft as it stands. */
export function useRoutePreview({ pinned, explained }: PreviewWishes): RoutePreview {
  const { conversation } = useSession();
  const choice = useObservable(conversation.choice);
  const draft = useObservable(conversation.draft);
  const turns = useObservable(conversation.turns);

  // While an answer is being written its turn changes every frame, and the choice for the next question does not depend on it.
  const last = turns.at(-1);
  const writing = last?.role === "answer" && (last.status === "waiting" || last.status === "streaming");
  const settled = writing ? turns.length : turns;

  const basis = useMemo(() => ({ draft, choice: pinned ? choice : withModel(choice, undefined), settled }), [draft, choice, pinned, settled]);
  return useRoute(basis, (now) => requestForDraft(conversation.turns.get(), now.draft, now.choice), explained);
}
