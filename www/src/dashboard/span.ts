import type { PerformanceReport } from "hkm-mesh";
import { ObservableValue } from "../app/observable";

export const hourMs = 3_600_000;

/** How far back the dashboard looks, and in which steps. */
export interface Span {
  name: "day" | "week" | "month";
  label: string;
  /** As a part of a sentence. */
  words: string;
  /** The same span just before it, as a part of a sentence. */
  before: string;
  hours: number;
  stepHours: number;
}

export const spans: readonly Span[] = [
  { name: "day", label: "24 hours", words: "the last 24 hours", before: "the 24 hours before", hours: 24, stepHours: 1 },
  { name: "week", label: "7 days", words: "the last 7 days", before: "the 7 days before", hours: 7 * 24, stepHours: 6 },
  { name: "month", label: "30 days", words: "the last 30 days", before: "the 30 days before", hours: 30 * 24, stepHours: 24 },
];

/** The visitor's choice; it holds until the page is closed. */
export const chosenSpan = new ObservableValue<Span["name"]>("day");

export function spanOf(name: Span["name"]): Span {
  const [usual, ...others] = spans as [Span, ...Span[]];
  return others.find((span) => span.name === name) ?? usual;
}

export type Range = Pick<PerformanceReport, "from" | "to">;

/** Measures are kept by the hour: a range of whole hours is as long as it says, and so is the one before it. */
export function rangeOf({ hours }: Span, now: number): Range {
  const to = (Math.floor(now / hourMs) + 1) * hourMs;
  return { from: to - hours * hourMs, to };
}

export function rangeBefore({ from, to }: Range): Range {
  return { from: from - (to - from), to: from };
}
