import { Check, Sparkles } from "lucide-react";
import classes from "./model-row.module.css";

/** The first choice: none. */
export function AnyModelRow({ chosen }: { chosen: boolean }) {
  return (
    <div className={classes.row}>
      <p className={classes.title}>
        <Sparkles size={16} aria-hidden className={classes.sign} />
        <span className={classes.name}>Any model</span>
        {chosen && <Check size={16} aria-hidden className={classes.sign} />}
      </p>
      <p className={classes.detail}>The one that fits your goal best, chosen anew each time.</p>
    </div>
  );
}
