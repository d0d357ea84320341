import type { Findings } from "./fact";
import { FactOrigin } from "./fact-origin";
import { FactsNotice } from "./facts-notice";
import classes from "./research.module.css";
import { WordsNote } from "./words-note";

/** The facts that a kept picture rests on, who stated them, and who made words of them. */
export function FindingsList({ findings }: { findings: Findings }) {
  return (
    <section aria-label="Facts">
      <h3 className={classes.subtitle}>Facts about: {findings.topic}</h3>
      <FactsNotice model={findings.model} />
      <ul className={classes.plain}>
        {findings.facts.map(({ statement, origin }, index) => (
          <li key={index}>
            {statement} <FactOrigin origin={origin} />
          </li>
        ))}
      </ul>
      <WordsNote words={findings.words} />
    </section>
  );
}
