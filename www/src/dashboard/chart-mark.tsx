import type { Series } from "./series";
import classes from "./chart-mark.module.css";

/** What bars are filled with: a pattern over the colour, so that it can be told without seeing colours. */
export function Patterns({ id }: { id: string }) {
  return (
    <defs>
      <pattern id={`${id}-failed`} className={classes.failed} width={6} height={6} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width={6} height={6} className={classes.ground} />
        <rect width={3} height={6} fill="currentColor" />
      </pattern>
      <pattern id={`${id}-cancelled`} className={classes.cancelled} width={5} height={5} patternUnits="userSpaceOnUse">
        <rect width={5} height={5} className={classes.ground} />
        <circle cx={2.5} cy={2.5} r={1.4} fill="currentColor" />
      </pattern>
    </defs>
  );
}

/** @param id as given to the patterns */
export function fillOf({ mark, name }: Series, id: string): string {
  return mark === "filled" ? "currentColor" : `url(#${id}-${name})`;
}

export function Point({ mark, x, y }: { mark: Series["mark"]; x: number; y: number }) {
  return mark === "dashed-line" ? <rect x={x - 3.5} y={y - 3.5} width={7} height={7} fill="currentColor" /> : <circle cx={x} cy={y} r={3.5} fill="currentColor" />;
}

export const dashes = "6 4";

/** A series as the legend shows it. */
export function Swatch({ series, id }: { series: Series; id: string }) {
  const isLine = series.mark === "solid-line" || series.mark === "dashed-line";
  return (
    <svg className={classes[series.name]} width={isLine ? 26 : 14} height={14} aria-hidden>
      {isLine ? (
        <>
          <line x1={0} x2={26} y1={7} y2={7} stroke="currentColor" strokeWidth={2} strokeDasharray={series.mark === "dashed-line" ? dashes : undefined} />
          <Point mark={series.mark} x={13} y={7} />
        </>
      ) : (
        <>
          <Patterns id={id} />
          <rect x={1} y={1} width={12} height={12} rx={2} fill={fillOf(series, id)} stroke="currentColor" />
        </>
      )}
    </svg>
  );
}

export const colourOf = (series: Series): string | undefined => classes[series.name];
