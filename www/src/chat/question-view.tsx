import { VisuallyHidden } from "@mantine/core";
import classes from "./question-view.module.css";
import type { QuestionTurn } from "./turn";

export function QuestionView({ turn }: { turn: QuestionTurn }) {
  return (
    <div className={classes.row}>
      <VisuallyHidden component="h2">You asked</VisuallyHidden>
      <p className={classes.bubble}>{turn.text}</p>
    </div>
  );
}
