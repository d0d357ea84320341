import { formatCost, formatDuration, formatRate } from "../models/model-facts";
import classes from "./answer-facts.module.css";
import { goals } from "./goals";
import type { AnswerTurn } from "./turn";

function measurements({ receipt }: AnswerTurn): { label: string; value: string }[] {
  if (receipt === undefined) return [];
  const facts = [{ label: "Cost", value: formatCost(receipt) }];
  if (receipt.cached !== false) facts.push({ label: "Source", value: "kept from before" });
  if (receipt.firstTokenMs !== undefined) facts.push({ label: "First words", value: `${formatDuration(receipt.firstTokenMs)} to first token` });
  if (receipt.tokensPerSecond !== undefined && receipt.tokensPerSecond > 0) facts.push({ label: "Speed", value: formatRate(receipt.tokensPerSecond) });
  const { outputTokens, estimated } = receipt.usage;
  facts.push({ label: "Length", value: `${estimated ? "about " : ""}${outputTokens} ${outputTokens === 1 ? "token" : "tokens"}` });
  if (receipt.finish === "length") facts.push({ label: "End", value: "cut at its length limit" });
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
  const { decision, receipt } = turn;
  const facts = measurements(turn);
  const goal = goals.find((candidate) => candidate.value === turn.goal);
  const attempts = receipt?.attempts ?? turn.failure?.attempts ?? [];
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
            {receipt !== undefined && (
              <>
                <dt>Tokens</dt>
                <dd>
                  {receipt.usage.inputTokens} read, {receipt.usage.outputTokens} written{receipt.usage.estimated && " (estimated)"}
                </dd>
              </>
            )}
          </dl>
        </details>
      )}
    </div>
  );
}
