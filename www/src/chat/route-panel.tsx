import type { Explanation } from "hkm-mesh";
import { useModels } from "hkm-mesh/react";
import { addressOf } from "../models/model-facts";
import { plainly } from "../models/plain-words";
import { Exclusions } from "./exclusions";
import classes from "./route-panel.module.css";
import type { RoutePreview } from "../models/use-route";

/** How many of the best are shown. */
const shown = 5;

const measures = [
  { name: "quality", label: "quality" },
  { name: "cost", label: "cost" },
  { name: "speed", label: "speed" },
  { name: "locality", label: "nearness" },
] as const;

/** Scores are parts of one; a person reads parts of a hundred. */
function points(score: number): number {
  return Math.round(100 * score);
}

function Scores({ scores }: { scores: Explanation["scores"] }) {
  const models = useModels();
  const nameOf = (address: string) => models.find((model) => addressOf(model) === address)?.name ?? address;
  const best = scores.slice(0, shown);
  return (
    <div>
      <p className={classes.title}>{scores.length > shown ? `The best ${shown} of ${scores.length} that fit` : "Those that fit"}, with points of a hundred</p>
      <ol className={classes.scores} aria-label="Best models">
        {best.map((score) => (
          <li key={score.model} className={classes.score}>
            <span className={classes.name}>{nameOf(score.model)}</span>
            <span className={classes.measures}>
              <strong>{points(score.total)} in all</strong>
              {measures.map(({ name, label }) => ` · ${label} ${points(score[name])}`).join("")}
            </span>
            {score.note !== undefined && <span className={classes.note}>{plainly(score.note.message)}</span>}
          </li>
        ))}
      </ol>
    </div>
  );
}

/** How the decision came about: the scores of the best, and who was left out for which reason. */
export function RoutePanel({ preview }: { preview: RoutePreview }) {
  const explanation = preview.kind === "chosen" ? preview.explanation : undefined;
  const excluded = preview.kind === "none" ? preview.excluded : (explanation?.excluded ?? []);
  return (
    <div className={classes.panel} tabIndex={0} role="group" aria-label="How it is chosen">
      {preview.kind === "chosen" && <p className={classes.why}>{preview.decision.why.message}</p>}
      {explanation !== undefined && explanation.scores.length > 0 && <Scores scores={explanation.scores} />}
      <Exclusions excluded={excluded} />
    </div>
  );
}
