import { dollarWords, durationWords, roughWords } from "./number-words";
import type { Step } from "./steps";

/** How a series is told from the others without its colour: how a bar is filled, or how a line is drawn and its points look. */
export type Mark = "filled" | "hatched" | "dotted" | "solid-line" | "dashed-line";

/** One thing that a chart shows of each step. */
export interface Series {
  name: "answered" | "failed" | "cancelled" | "median" | "slow" | "cost";
  label: string;
  mark: Mark;
}

export interface ChartKind {
  title: string;
  series: readonly Series[];
  words: (value: number) => string;
  /** What a step says, for its table. */
  tableTitle: string;
}

export const requestsChart: ChartKind = {
  title: "Requests",
  tableTitle: "Requests step by step",
  words: roughWords,
  series: [
    { name: "answered", label: "Answered", mark: "filled" },
    { name: "cancelled", label: "Cancelled", mark: "dotted" },
    { name: "failed", label: "Failed", mark: "hatched" },
  ],
};

export const durationChart: ChartKind = {
  title: "Duration",
  tableTitle: "Duration step by step",
  words: durationWords,
  series: [
    { name: "median", label: "Median", mark: "solid-line" },
    { name: "slow", label: "95 % within", mark: "dashed-line" },
  ],
};

export const costChart: ChartKind = {
  title: "Cost",
  tableTitle: "Cost step by step",
  words: dollarWords,
  series: [{ name: "cost", label: "Spent", mark: "filled" }],
};

/** What a chart has to show. Cost and durations may be missing although there were requests. */
export function hasAnything({ series }: ChartKind, steps: readonly Step[]): boolean {
  return steps.some((step) => series.some(({ name }) => (step[name] ?? 0) > 0));
}
