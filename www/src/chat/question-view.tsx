import { VisuallyHidden } from "@mantine/core";
import pictureClasses from "./pictures.module.css";
import classes from "./question-view.module.css";
import type { QuestionTurn } from "./turn";

export function QuestionView({ turn }: { turn: QuestionTurn }) {
  return (
    <div className={classes.question}>
      <VisuallyHidden component="h2">You asked</VisuallyHidden>
      {turn.pictures.length > 0 && (
        <div className={pictureClasses.shown}>
          {turn.pictures.map((picture) => (
            <img key={picture.id} className={pictureClasses.picture} src={picture.url} alt={picture.name} />
          ))}
        </div>
      )}
      {turn.text !== "" && <p className={classes.bubble}>{turn.text}</p>}
    </div>
  );
}
