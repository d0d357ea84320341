// The one file that knows the chart library, loaded when there is something to draw.
import { useId } from "react";
import { Bar, BarChart, CartesianGrid, Line, LineChart, Tooltip, XAxis, YAxis, type DotItemDotProps, type TooltipContentProps } from "recharts";
import { colourOf, dashes, fillOf, Patterns, Point, Swatch } from "./chart-mark";
import classes from "./plots.module.css";
import type { ChartKind } from "./series";
import type { Span } from "./span";
import type { Step } from "./steps";
import { stepWords, tickWords } from "./time-words";

interface PlotProps {
  kind: ChartKind;
  steps: readonly Step[];
  span: Span;
}

/** What a step says, beside the pointer or the step that the arrow keys chose. */
function StepFacts({ payload, kind, span }: Pick<TooltipContentProps, "payload"> & Pick<PlotProps, "kind" | "span">) {
  const id = useId();
  const step = payload[0]?.payload as Step | undefined;
  if (step === undefined) return null;
  return (
    <div className={classes.facts} role="status">
      <p>{stepWords(step.at, span)}</p>
      <ul>
        {kind.series.map((series) => {
          const value = step[series.name];
          return (
            <li key={series.name}>
              <Swatch series={series} id={`${id}-${series.name}`} />
              {series.label}: {value === undefined ? "no answer" : kind.words(value)}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** What both kinds of charts share. Called, not rendered: the library looks for its own parts among a chart's children. */
function frame({ kind, span }: PlotProps) {
  const text = { fill: "currentColor", fontSize: 12 };
  return [
    <CartesianGrid key="grid" vertical={false} className={classes.grid} stroke="currentColor" />,
    <XAxis key="x" dataKey="at" tickFormatter={(at: number) => tickWords(at, span)} tick={text} tickLine={false} axisLine={false} minTickGap={18} height={24} />,
    <YAxis key="y" tickFormatter={kind.words} tick={text} tickLine={false} axisLine={false} width="auto" allowDecimals={kind.title !== "Requests"} tickCount={4} />,
    <Tooltip
      key="facts"
      isAnimationActive={false}
      filterNull={false}
      cursor={{ className: classes.cursor }}
      content={({ active, payload }: TooltipContentProps) => (active ? <StepFacts payload={payload} kind={kind} span={span} /> : null)}
    />,
  ];
}

const margin = { top: 8, right: 6, bottom: 0, left: 0 };
const howToRead = "The left and right arrow keys go from step to step. The table below says the same.";

export function Bars(props: PlotProps) {
  const { kind, steps } = props;
  const id = useId();
  return (
    <BarChart responsive data={[...steps]} className={classes.plot} margin={margin} barCategoryGap="18%" aria-label={`${kind.title} over time. ${howToRead}`}>
      <Patterns id={id} />
      {frame(props)}
      {kind.series.map((series) => (
        <Bar key={series.name} dataKey={series.name} stackId="all" className={colourOf(series)} fill={fillOf(series, id)} stroke="currentColor" strokeWidth={1} maxBarSize={28} isAnimationActive={false} />
      ))}
    </BarChart>
  );
}

export function Lines(props: PlotProps) {
  const { kind, steps } = props;
  return (
    <LineChart responsive data={[...steps]} className={classes.plot} margin={margin} aria-label={`${kind.title} over time. ${howToRead}`}>
      {frame(props)}
      {kind.series.map((series) => (
        <Line
          key={series.name}
          dataKey={series.name}
          className={colourOf(series)}
          stroke="currentColor"
          strokeWidth={2}
          {...(series.mark === "dashed-line" ? { strokeDasharray: dashes } : {})}
          // A step without an answer has no duration; nothing is drawn through it.
          dot={({ key, cx, cy }: DotItemDotProps) => (
            <g key={key} className={colourOf(series)}>
              {cx != null && cy != null && <Point mark={series.mark} x={cx} y={cy} />}
            </g>
          )}
          activeDot={false}
          isAnimationActive={false}
        />
      ))}
    </LineChart>
  );
}
