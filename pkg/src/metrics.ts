// What was measured, as an app asks for it. What is counted, and how, is decided in Rust.
import type { Core } from "./boundary.js";
import type { Connection } from "./connection.js";
import { encode } from "./encode.js";
import { invalidRequest, notBuilt } from "./error.js";
import type { PerformanceReport, Summary } from "./generated/types.js";
import type { Metrics } from "./preview-types.js";
import type { Observable } from "./types.js";

/** How many single generations are listed unless it is said. */
const USUAL_RECENT = 50;

const NOTHING: Summary = { requests: 0, successRate: 1, p50Ms: 0, p95Ms: 0, p99Ms: 0, tokens: 0, cost: 0, saved: 0, cached: 0, errors: {} };

/** What a page shows before the mesh is ready. */
export const EMPTY_REPORT: PerformanceReport = {
  from: 0, to: 0, total: NOTHING, byModel: {}, byProvider: {}, byType: {}, trend: { requests: 0, successRate: 0, p50Ms: 0, cost: 0 },
  costs: { spent: 0, savedByLocal: 0, savedByCache: 0 }, usage: { byHour: Array.from({ length: 24 }, () => 0), byGoal: {} }, quality: {}, anomalies: [],
};

/** How far the page's clock is ahead of UTC, minutes. */
export function utcOffset(): number {
  return -new Date().getTimezoneOffset();
}

/** The usual report. */
export function usualReport(core: Core): PerformanceReport {
  return core.report(encode({}, "range"), utcOffset());
}

/**
 * @param connection the core, from the first use on
 * @param ask makes a request that is not a generation
 */
export function metricsOf(watched: Observable<PerformanceReport>, connection: () => Connection, ask: (begin: (core: Core, id: string) => void) => Promise<number>): Metrics {
  const now = <T>(name: string, action: (core: Core) => T): T => connection().now(`metrics.${name}`, action);
  return {
    ...watched,
    report(range = {}) {
      const bytes = encode(range, "range");
      return now("report", (core) => core.report(bytes, utcOffset()));
    },
    timeline(options = {}) {
      const bytes = encode(options, "range");
      return now("timeline", (core) => core.timeline(bytes, utcOffset()));
    },
    recent(limit = USUAL_RECENT) {
      if (!(limit >= 0)) throw invalidRequest("The `limit` is not a number from 0 on.");
      return now("recent", (core) => core.recent(Math.min(Math.floor(limit), 1e6)));
    },
    export(format, range = {}) {
      if (format === "otlp") throw notBuilt("metrics.export(\"otlp\")");
      // From JavaScript anything may come.
      if (format !== "json" && (format as string) !== "csv") throw invalidRequest("The format is neither \"json\" nor \"csv\".");
      const bytes = encode(range, "range");
      return now("export", (core) => core.exportMetrics(format === "json", bytes));
    },
    async import(json) {
      if (typeof json !== "string") throw invalidRequest("What to import is not a string.");
      const bytes = new TextEncoder().encode(json);
      return ask((core, id) => { core.importMetrics(id, bytes); });
    },
    async clear() {
      await ask((core, id) => { core.clearMetrics(id); });
    },
  };
}
