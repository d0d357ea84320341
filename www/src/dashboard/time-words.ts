import { hourMs, type Span } from "./span";

/** Times as the visitor writes them. */

const hour = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const weekdayHour = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const wholeDay = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });
const moment = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });

/** A day begins at midnight as the clock stands today; before the clocks changed it may begin an hour too early. */
function middleOf(at: number, { stepHours }: Span): number {
  return at + (stepHours * hourMs) / 2;
}

/** Where a step begins, for an axis. */
export function tickWords(at: number, span: Span): string {
  if (span.name === "day") return hour.format(at);
  return (span.name === "week" ? weekday : day).format(span.name === "month" ? middleOf(at, span) : at);
}

/** A step in whole. */
export function stepWords(at: number, span: Span): string {
  if (span.name === "month") return wholeDay.format(middleOf(at, span));
  return weekdayHour.formatRange(at, at + span.stepHours * hourMs);
}

/** When something was: of today the time is enough. */
export function momentWords(at: number, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return (isToday ? hour : moment).format(at);
}
