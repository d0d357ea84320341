import { CloseButton } from "@mantine/core";
import type { Findings } from "../research/fact";
import { FactsNotice } from "../research/facts-notice";
import { WordsNote } from "../research/words-note";
import classes from "./picture-form.module.css";

/** That the words were made of facts, which are kept with the picture, and who wrote them. */
export function FindingsNote({ findings, onRemove }: { findings: Findings; onRemove: () => void }) {
  const { facts, topic, goal, model, words } = findings;
  return (
    <div className={classes.rests}>
      <div className={classes.findings}>
        <p>
          Rests on {facts.length === 1 ? "one fact" : `${facts.length} facts`} about: {topic}
          {goal === "privacy" && ". Found under the goal Privacy: the picture is made under it, too, and not kept."}
        </p>
        <CloseButton size="sm" aria-label="Leave the facts away" onClick={onRemove} />
      </div>
      <FactsNotice model={model} />
      <WordsNote words={words} />
    </div>
  );
}
