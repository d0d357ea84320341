import { VisuallyHidden } from "@mantine/core";
import { lazy, Suspense, useId } from "react";
import { Card } from "../app/card";
import { PartBoundary } from "../app/part-boundary";
import { Swatch } from "./chart-mark";
import classes from "./chart.module.css";
import { DataTable, type Column } from "./data-table";
import { countWords, none } from "./number-words";
import { hasAnything, type ChartKind } from "./series";
import type { Span } from "./span";
import type { Step } from "./steps";
import { stepWords } from "./time-words";

const Bars = lazy(async () => ({ default: (await import("./plots")).Bars }));
const Lines = lazy(async () => ({ default: (await import("./plots")).Lines }));

/**
 * A chart with its legend, and what it shows as a table.
 * @param nothing what is said where there is nothing to draw
 * @param caveat what is not drawn
 */
export function Chart({ kind, steps, span, nothing, caveat }: { kind: ChartKind; steps: readonly Step[]; span: Span; nothing: string; caveat?: string | undefined }) {
  const id = useId();
  const Plot = kind.series.some(({ mark }) => mark.endsWith("line")) ? Lines : Bars;
  const busy = steps.filter(({ requests, cost }) => requests > 0 || cost > 0);
  const columns: readonly Column<Step>[] = [
    { title: span.name === "month" ? "Day" : "Time", isText: true, cell: ({ at }) => stepWords(at, span) },
    ...kind.series.map((series): Column<Step> => ({
      title: series.label,
      cell: (step) => {
        const value = step[series.name];
        return value === undefined ? none : kind.title === "Requests" ? countWords(value) : kind.words(value);
      },
    })),
  ];
  return (
    <Card title={kind.title}>
      {hasAnything(kind, steps) ? (
        <>
          <ul className={classes.legend} aria-label="What is drawn">
            {kind.series.map((series) => (
              <li key={series.name}>
                <Swatch series={series} id={`${id}-${series.name}`} />
                {series.label}
              </li>
            ))}
          </ul>
          <div className={classes.plot}>
            <PartBoundary fallback={<p className={classes.nothing}>The chart could not be loaded. The table says the same.</p>}>
              <Suspense fallback={null}>
                <Plot kind={kind} steps={steps} span={span} />
              </Suspense>
            </PartBoundary>
          </div>
          {caveat !== undefined && <p className={classes.nothing}>{caveat}</p>}
        </>
      ) : (
        <p className={classes.nothing}>{nothing}</p>
      )}
      <details className={classes.behind}>
        <summary>
          Show as table<VisuallyHidden>: {kind.title.toLowerCase()}</VisuallyHidden>
        </summary>
        <DataTable label={kind.tableTitle} columns={columns} rows={busy} keyOf={({ at }) => at} />
        <p className={classes.nothing}>Times without a request are left out.</p>
      </details>
    </Card>
  );
}
