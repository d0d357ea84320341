import { ArrowDownRight, ArrowRight, ArrowUpRight } from "lucide-react";
import { VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";
import { costWords } from "./cost-words";
import classes from "./figures.module.css";
import { changeWords, countWords, dollarWords, durationWords, none, pointWords, rateWords, roughWords, shareWords } from "./number-words";
import type { Span } from "./span";
import type { Measures } from "./use-measures";

/** A smaller change is told, and is neither good nor bad. */
const notable = 0.02;

/** @param isGood whether more of it is welcome; neither where it is left open */
function Trend({ change, words, isGood, than }: { change: number; words: string; isGood?: boolean; than: string }) {
  const Icon = change === 0 ? ArrowRight : change > 0 ? ArrowUpRight : ArrowDownRight;
  const mood = isGood === undefined || Math.abs(change) < notable ? undefined : change > 0 === isGood ? "good" : "bad";
  return (
    <span className={classes.trend} data-mood={mood} title={`Compared with ${than}`}>
      <Icon size={14} aria-hidden />
      {change === 0 ? "the same" : words}
      <VisuallyHidden> compared with {than}</VisuallyHidden>
    </span>
  );
}

function Figure({ label, value, trend, children }: { label: string; value: string; trend?: ReactNode; children?: ReactNode }) {
  return (
    <div className={classes.figure}>
      <dt>{label}</dt>
      <dd className={classes.value}>{value}</dd>
      {(trend !== undefined || children !== undefined) && (
        <dd className={classes.note}>
          {trend}
          {children}
        </dd>
      )}
    </div>
  );
}

/** Changes that would not show in their own words. */
function rounded(change: number): number {
  return Math.abs(change) < 0.005 ? 0 : change;
}

export function Figures({ measures: { report, hasBefore }, span }: { measures: Measures; span: Span }) {
  const { total, trend, costs } = report;
  const { cancelled = 0, unpriced = 0, costCounts, tokenCounts } = total;
  const failed = Object.values(total.errors).reduce((sum, count) => sum + count, 0);
  const answered = total.requests - cancelled - failed;
  const hasAnswers = answered > 0;
  const than = span.before;
  const successChange = Math.abs(trend.successRate) < 0.0005 ? 0 : trend.successRate;
  return (
    <dl className={classes.figures} aria-label={`In ${span.words}`}>
      <Figure
        label="Requests"
        value={countWords(total.requests)}
        trend={hasBefore && <Trend change={rounded(trend.requests)} words={changeWords(trend.requests)} than={than} />}
      >
        {cancelled > 0 && <span>{countWords(cancelled)} cancelled</span>}
      </Figure>
      <Figure
        label="Success"
        value={answered + failed > 0 ? shareWords(total.successRate) : none}
        trend={hasBefore && <Trend change={successChange} words={pointWords(trend.successRate)} isGood than={than} />}
      >
        {failed > 0 && <span>{countWords(failed)} failed</span>}
      </Figure>
      <Figure
        label="Median duration"
        value={hasAnswers ? durationWords(total.p50Ms) : none}
        trend={hasBefore && hasAnswers && <Trend change={rounded(trend.p50Ms)} words={changeWords(trend.p50Ms)} isGood={false} than={than} />}
      />
      <Figure label="95 % within" value={hasAnswers ? durationWords(total.p95Ms) : none}>
        <span>95th percentile</span>
      </Figure>
      <Figure label="99 % within" value={hasAnswers ? durationWords(total.p99Ms) : none}>
        <span>99th percentile</span>
      </Figure>
      <Figure label="First words" value={durationWords(total.firstTokenP50Ms)}>
        {total.firstTokenP95Ms !== undefined && <span>95 % within {durationWords(total.firstTokenP95Ms)}</span>}
      </Figure>
      <Figure label="Speed" value={rateWords(total.tokensPerSecond)}>
        {tokenCounts !== undefined && total.tokens > 0 && (
          <span>
            {roughWords(tokenCounts.input)} tokens read, {roughWords(tokenCounts.output)} written
          </span>
        )}
      </Figure>
      <Figure
        label="Spent"
        value={costWords(total)}
        trend={hasBefore && trend.cost !== 0 && <Trend change={rounded(trend.cost)} words={changeWords(trend.cost)} isGood={false} than={than} />}
      >
        {unpriced > 0 && (
          <span>
            {countWords(unpriced)} {unpriced === 1 ? "try" : "tries"} of unknown price not counted
          </span>
        )}
        {costCounts !== undefined && costCounts.estimated > 0 && <span>{dollarWords(costCounts.estimated)} of it estimated</span>}
      </Figure>
      <Figure label="Saved by local models" value={dollarWords(costs.savedByLocal)}>
        <span>against the best cloud model for the goal</span>
      </Figure>
      <Figure label="Saved by kept answers" value={dollarWords(costs.savedByCache)}>
        <span>
          {hasAnswers ? shareWords(total.cached / answered) : none} from the cache ({countWords(total.cached)})
        </span>
      </Figure>
    </dl>
  );
}
