import type { TimePoint } from "hkm-mesh";
import { hourMs, type Range, type Span } from "./span";

/** What happened in one step of a chart. */
export interface Step {
  /** Its beginning, epoch milliseconds. */
  at: number;
  requests: number;
  answered: number;
  failed: number;
  cancelled: number;
  /** Milliseconds; absent without an answer. */
  median?: number;
  /** Milliseconds; absent without an answer. */
  slow?: number;
  /** USD. */
  cost: number;
  tokens: number;
}

function stepOf({ at, requests, failures, cancelled = 0, p50Ms, p95Ms, cost, tokens }: TimePoint): Step {
  const answered = requests - failures - cancelled;
  return { at, requests, answered, failed: failures, cancelled, cost, tokens, ...(answered > 0 ? { median: p50Ms, slow: p95Ms } : {}) };
}

/** Every step of a range, also those in which nothing happened. They begin as the mesh lets them: with the page's days. */
export function stepsOf(points: readonly TimePoint[], { from, to }: Range, { stepHours }: Span): Step[] {
  const known = new Map(points.map((point) => [point.at, stepOf(point)]));
  const ahead = Math.floor(-new Date().getTimezoneOffset() / 60);
  const first = Math.floor((from / hourMs + ahead) / stepHours) * stepHours - ahead;
  const steps: Step[] = [];
  for (let at = first * hourMs; at < to; at += stepHours * hourMs) {
    steps.push(known.get(at) ?? { at, requests: 0, answered: 0, failed: 0, cancelled: 0, cost: 0, tokens: 0 });
  }
  return steps;
}
