import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { estimatedCost, whereaboutsOf } from "../models/model-facts";
import { plainly } from "../models/plain-words";
import { needsOf } from "./needs";
import classes from "./route-line.module.css";
import type { RoutePreview } from "../models/use-route";

/** Rounded, for it is an estimate. */
function estimatedTime(milliseconds: number): string {
  if (milliseconds < 1000) return "first words within a second";
  const seconds = milliseconds < 10_000 ? Math.round(milliseconds / 500) / 2 : Math.round(milliseconds / 1000);
  return `first words after about ${seconds} s`;
}

function Sentence({ preview }: { preview: RoutePreview }) {
  if (preview.kind === "choosing") return <>Getting ready…</>;
  if (preview.kind === "broken") return <>{plainly(preview.message)}</>;
  if (preview.kind === "none") {
    const [first] = preview.excluded;
    return first === undefined ? (
      <>
        <strong>No model yet.</strong> Run one in this page, start Ollama, or add a key or a server.
      </>
    ) : (
      <>
        <strong>No model fits.</strong> {plainly(preview.hint ?? `${first.model}: ${first.reason.message}`)}
      </>
    );
  }
  const { chosen, estimate } = preview.decision;
  return (
    <>
      <strong>{chosen.name}</strong> would answer: {whereaboutsOf(chosen)}, {estimatedCost(estimate.cost)}, {estimatedTime(estimate.firstTokenMs)}.
    </>
  );
}

/** Says, while the visitor types, which model would answer, what that would cost and take, and unless it is to be brief why it is this one; or why none can. */
export function RouteLine({ preview, brief }: { preview: RoutePreview; brief: boolean }) {
  const { conversation } = useSession();
  const choice = useObservable(conversation.choice);
  const draft = useObservable(conversation.draft);
  const needs = needsOf(choice, draft.pictures.length > 0);
  return (
    <div id="route-line" className={classes.line} data-kind={preview.kind}>
      <p className={classes.sentence}>
        <Sentence preview={preview} /> {needs}
      </p>
      {preview.kind === "chosen" && !brief && <p className={classes.why}>{preview.decision.why.message}</p>}
    </div>
  );
}
