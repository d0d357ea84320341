import type { GenerationMetrics, Mesh, PerformanceReport } from "hkm-mesh";
import { useMesh, useMetrics } from "hkm-mesh/react";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { hourMs, rangeBefore, rangeOf, type Span } from "./span";
import { stepsOf, type Step } from "./steps";

/** What the dashboard shows. */
export interface Measures {
  report: PerformanceReport;
  /** Whether there is anything that the report's trend compares with. */
  hasBefore: boolean;
  steps: readonly Step[];
  /** The newest first; of whatever time. */
  recent: readonly GenerationMetrics[];
}

const recentLimit = 50;

/** @param changed what the mesh said last: another object whenever something was measured */
function measuresOf({ metrics }: Mesh, changed: PerformanceReport, span: Span, hour: number): Measures | undefined {
  // Until the mesh is ready its report is of no time at all.
  if (changed.to === 0) return undefined;
  const range = rangeOf(span, Math.max(changed.to, hour * hourMs));
  try {
    return {
      report: metrics.report(range),
      hasBefore: metrics.report(rangeBefore(range)).total.requests > 0,
      steps: stepsOf(metrics.timeline({ ...range, stepMs: span.stepHours * hourMs }), range, span),
      recent: metrics.recent(recentLimit),
    };
  } catch {
    // Its core was lost a moment ago. The next one tells of itself when it is there.
    return undefined;
  }
}

function untilNextHour(onChange: () => void): () => void {
  let timer: number;
  const wait = () => {
    timer = window.setTimeout(() => {
      onChange();
      wait();
    }, hourMs - (Date.now() % hourMs) + 1);
  };
  wait();
  return () => window.clearTimeout(timer);
}

const currentHour = () => Math.floor(Date.now() / hourMs);

/** What was measured in a span of time, and again whenever something more is measured, or an hour is over. */
export function useMeasures(span: Span): Measures | undefined {
  const mesh = useMesh();
  const changed = useMetrics();
  const hour = useSyncExternalStore(untilNextHour, currentHour);
  return useMemo(() => measuresOf(mesh, changed, span, hour), [mesh, changed, span, hour]);
}

/** Whether the mesh cannot be loaded, so that there will be no measures. */
export function useMeshFailure(): boolean {
  const mesh = useMesh();
  const [failed, setFailed] = useState<Mesh>();
  useEffect(() => {
    mesh.ready.catch(() => setFailed(mesh));
  }, [mesh]);
  return failed === mesh;
}
