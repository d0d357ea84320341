import { formatCost, formatDuration, formatRate } from "../models/model-facts";
import classes from "./answer-facts.module.css";
import { totalsOf, type Totals } from "./answer-totals";
import { goals } from "./goals";
import type { AnswerTurn } from "./turn";

function measurements(totals: Totals): { label: string; value: string }[] {
  const facts = [{ label: "Cost", value: formatCost(totals) }];
  if (totals.source !== undefined) return [...facts, { label: "Source", value: totals.source === "kept" ? "kept from before" : "shared with another tab" }];
  if (totals.firstTokenMs !== undefined) facts.push({ label: "First words", value: `${formatDuration(totals.firstTokenMs)} to first token` });
  if (totals.tokensPerSecond !== undefined && totals.tokensPerSecond > 0) facts.push({ label: "Speed", value: formatRate(totals.tokensPerSecond) });
  const { outputTokens, estimated } = totals;
  facts.push({ label: "Length", value: `${estimated ? "about " : ""}${outputTokens} ${outputTokens === 1 ? "token" : "tokens"}` });
  if (totals.cutShort) facts.push({ label: "End", value: "cut at its length limit" });
  return facts;
}

/** The first models of a chain; with a large catalogue it goes on for pages. */
function orderOf(chain: readonly string[]): string {
  const shown = chain.slice(0, 5);
  const rest = chain.length - shown.length;
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(" → ");
}

/** What an answer cost and why this model gave it. */
export function AnswerFacts({ turn }: { turn: AnswerTurn }) {
  const decision = turn.steps[0]?.decision;
  const totals = totalsOf(turn.steps);
  const facts = totals === undefined ? [] : measurements(totals);
  const goal = goals.find((candidate) => candidate.value === turn.goal);
  const attempts = [...turn.steps.flatMap((step) => step.attempts), ...(turn.failure?.attempts ?? [])];
  return (
    <div className={classes.facts}>
      {decision !== undefined && (
        <p className={classes.why}>
          <span className={classes.label}>Why: </span>
          {decision.why.message}
        </p>
      )}
      {facts.length > 0 && (
        <ul className={classes.list} aria-label="Facts about this answer">
          {facts.map((fact) => (
            <li key={fact.label} title={fact.label}>
              {fact.value}
            </li>
          ))}
        </ul>
      )}
      {(attempts.length > 0 || decision !== undefined) && turn.status !== "waiting" && turn.status !== "streaming" && (
        <details className={classes.details}>
          <summary>How it went</summary>
          <dl>
            <dt>Goal</dt>
            <dd>
              {goal?.label ?? turn.goal}
              {turn.pinned !== undefined && <>, model set to {turn.pinned}</>}
            </dd>
            {decision !== undefined && (
              <>
                <dt>Order</dt>
                <dd>{orderOf(decision.chain)}</dd>
              </>
            )}
            {attempts.length > 0 && (
              <>
                <dt>Attempts</dt>
                <dd>
                  <ol>
                    {attempts.map((attempt, index) => (
                      <li key={index}>
                        {attempt.model}: {attempt.outcome.message} ({formatDuration(attempt.durationMs)})
                      </li>
                    ))}
                  </ol>
                </dd>
              </>
            )}
            {totals !== undefined && (
              <>
                <dt>Tokens</dt>
                <dd>
                  {totals.inputTokens} read, {totals.outputTokens} written{totals.estimated && " (estimated)"}
                </dd>
              </>
            )}
          </dl>
        </details>
      )}
    </div>
  );
}
