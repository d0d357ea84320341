import type { Explanation } from "hkm-mesh";
import { reasonWords } from "../models/plain-words";
import classes from "./exclusions.module.css";

/** How many names stand behind one reason. */
const named = 3;

/** The models that are left out, those with the same reason together, most first. */
function byReason(excluded: Explanation["excluded"]): { sentence: string; models: string[] }[] {
  const groups = Map.groupBy(excluded, ({ reason }) => reasonWords(reason));
  return [...groups].map(([sentence, group]) => ({ sentence, models: group.map(({ model }) => model) })).sort((a, b) => b.models.length - a.models.length);
}

/** Why models are left out. With hundreds of models, hundreds share one reason. */
export function Exclusions({ excluded }: { excluded: Explanation["excluded"] }) {
  if (excluded.length === 0) return null;
  return (
    <div className={classes.all}>
      <p className={classes.title}>Left out: {excluded.length === 1 ? "one model" : `${excluded.length} models`}</p>
      <ul className={classes.reasons} aria-label="Left out">
        {byReason(excluded).map(({ sentence, models }) => (
          <li key={sentence}>
            {models.length > 1 && <strong>{models.length} models: </strong>}
            {sentence}{" "}
            <span className={classes.names}>
              {models.slice(0, named).join(", ")}
              {models.length > named && " …"}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
