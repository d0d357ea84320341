import classes from "./thinking.module.css";

/** What a model thought before it answered, folded: it is not the answer, and often longer than it. */
export function Thinking({ text, running }: { text: string; running: boolean }) {
  if (text === "") return null;
  return (
    <details className={classes.thinking}>
      <summary>{running ? "Thinking…" : "What it thought"}</summary>
      <p className={classes.text}>{text}</p>
    </details>
  );
}
