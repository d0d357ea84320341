import { useModels } from "hkm-mesh/react";
import classes from "../chat/route-line.module.css";
import { canPaint, estimatedCost, formatDuration, whereaboutsOf } from "../models/model-facts";
import { reasonWords } from "../models/plain-words";
import type { RoutePreview } from "../models/use-route";

function Sentence({ preview }: { preview: RoutePreview }) {
  const painters = useModels(canPaint);
  if (preview.kind === "choosing") return <>Getting ready…</>;
  if (preview.kind === "broken") return <>{preview.message}</>;
  if (preview.kind === "none") {
    // Why a model that writes makes no picture is no news.
    const reason = preview.excluded.find(({ model }) => painters.some(({ provider, id }) => model === `${provider}/${id}`));
    return reason === undefined ? (
      <>
        <strong>No model makes pictures yet.</strong> Start ComfyUI, or add a key of a cloud that does.
      </>
    ) : (
      <>
        <strong>No model fits.</strong> {reason.model}: {reasonWords(reason.reason)}
      </>
    );
  }
  const { chosen, estimate } = preview.decision;
  return (
    <>
      <strong>{chosen.name}</strong> would make it: {whereaboutsOf(chosen)}, {estimatedCost(estimate.cost)}, in about {formatDuration(Math.max(1000, estimate.totalMs))}.
    </>
  );
}

/** Says, while the visitor describes a picture, which model would make it, what that would cost and take and why it is this one; or why none can. */
export function PictureRouteLine({ id, preview }: { id?: string; preview: RoutePreview }) {
  return (
    <div id={id} className={classes.line} data-kind={preview.kind}>
      <p className={classes.sentence}>
        <Sentence preview={preview} />
      </p>
      {preview.kind === "chosen" && <p className={classes.why}>{preview.decision.why.message}</p>}
    </div>
  );
}
