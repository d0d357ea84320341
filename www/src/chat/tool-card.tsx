import { Loader } from "@mantine/core";
import { CircleCheck, CircleX, Wrench } from "lucide-react";
import { toolTitle } from "../tools/tools";
import type { ToolRun } from "./answer-step";
import classes from "./tool-card.module.css";

const states: Record<ToolRun["state"], string> = { writing: "being asked", running: "at work", done: "done", failed: "failed" };

function Sign({ state }: Pick<ToolRun, "state">) {
  if (state === "done") return <CircleCheck size={15} aria-hidden className={classes.good} />;
  if (state === "failed") return <CircleX size={15} aria-hidden className={classes.bad} />;
  return <Loader size={14} aria-hidden />;
}

/** What a model gave to a tool, as it can be read. */
function inputWords(input: unknown): string | undefined {
  if (typeof input !== "object" || input === null) return input === undefined ? undefined : JSON.stringify(input);
  const entries = Object.entries(input);
  if (entries.length === 0) return undefined;
  return entries.map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join("\n");
}

/** One use of a tool: which, with what, and what came of it. */
export function ToolCard({ call }: { call: ToolRun }) {
  const input = inputWords(call.input);
  const title = toolTitle(call.name);
  return (
    <section className={classes.card} aria-label={`Tool: ${title}`} data-state={call.state}>
      <p className={classes.head}>
        <Wrench size={15} aria-hidden />
        <strong>{title}</strong>
        <span className={classes.state}>
          <Sign state={call.state} />
          {states[call.state]}
        </span>
      </p>
      {(input !== undefined || call.output !== undefined) && (
        <dl className={classes.facts}>
          {input !== undefined && (
            <>
              <dt>Asked</dt>
              <dd>{input}</dd>
            </>
          )}
          {call.output !== undefined && (
            <>
              <dt>{call.state === "failed" ? "Problem" : "Result"}</dt>
              <dd>{call.output}</dd>
            </>
          )}
        </dl>
      )}
    </section>
  );
}
