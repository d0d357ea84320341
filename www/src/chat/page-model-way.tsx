import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { PageModelCard } from "../page-model/page-model-card";
import classes from "./failure-view.module.css";

/** The quickest way to a model that answers, where it has not been taken yet. */
export function PageModelWay({ onReady }: { onReady: (() => void) | undefined }) {
  const { pageModel } = useSession();
  const { status } = useObservable(pageModel.state);
  if (status === "resting") return null;
  return (
    <div className={classes.way}>
      <PageModelCard level={3} onReady={onReady} />
    </div>
  );
}
