import { Button, Loader, SegmentedControl } from "@mantine/core";
import { useMetrics } from "hkm-mesh/react";
import { useObservable } from "../app/observable";
import { showView } from "../app/use-view";
import view from "../app/view.module.css";
import { Notice } from "../models/notice";
import { Chart } from "./chart";
import classes from "./dashboard-view.module.css";
import { Failures } from "./failures";
import { Figures } from "./figures";
import { KeptMeasures } from "./kept-measures";
import { ModelsTable } from "./models-table";
import { RecentTable } from "./recent-table";
import { costChart, durationChart, requestsChart } from "./series";
import { chosenSpan, spanOf, spans, type Span } from "./span";
import { useMeasures, useMeshFailure, type Measures } from "./use-measures";

/** @param hasMore whether a longer time has something */
function Nothing({ span, hasMore }: { span: Span; hasMore: boolean }) {
  return (
    <div className={classes.nothing}>
      <p>Nothing was asked in {span.words}.</p>
      <p className={classes.hint}>
        Requests are counted here: who answered, how long it took, what it cost. No word of what was asked or answered is among it, and it stays in this browser.
      </p>
      <div className={classes.ways}>
        {hasMore && (
          <Button variant="light" onClick={() => chosenSpan.set("month")}>
            Show 30 days
          </Button>
        )}
        <Button variant="light" onClick={() => showView("chat")}>
          Ask something
        </Button>
      </div>
    </div>
  );
}

function Contents({ measures, span }: { measures: Measures; span: Span }) {
  const { report, steps, recent } = measures;
  const month = useMetrics();
  const { total } = report;
  const isUnpriced = (total.unpriced ?? 0) > 0;
  if (total.requests === 0 && total.tokens === 0) return <Nothing span={span} hasMore={span.name !== "month" && month.total.requests > 0} />;
  return (
    <>
      <Figures measures={measures} span={span} />
      <div className={classes.charts}>
        <Chart kind={requestsChart} steps={steps} span={span} nothing="There was no request." />
        <Chart kind={durationChart} steps={steps} span={span} nothing="There was no answer." />
        <Chart
          kind={costChart}
          steps={steps}
          span={span}
          nothing={isUnpriced ? "What was spent is not known: some models that were asked have no known price." : "Nothing was spent."}
          caveat={isUnpriced ? "Without what models of unknown price cost." : undefined}
        />
      </div>
      <ModelsTable byModel={report.byModel} recent={recent} />
      <Failures {...total} />
    </>
  );
}

/** What the mesh did in this browser, in numbers. */
export function DashboardView() {
  const span = spanOf(useObservable(chosenSpan));
  const measures = useMeasures(span);
  const hasFailed = useMeshFailure();
  return (
    <div className={view.view} data-wide>
      <div className={view.head}>
        <h1>Dashboard</h1>
        <SegmentedControl
          aria-label="Time"
          value={span.name}
          onChange={(name) => chosenSpan.set(name)}
          data={spans.map(({ name, label }) => ({ value: name, label }))}
        />
      </div>
      {measures !== undefined && (
        <>
          <Contents measures={measures} span={span} />
          {measures.recent.length > 0 && <RecentTable recent={measures.recent} now={measures.report.to - 1} />}
          <KeptMeasures />
        </>
      )}
      {measures === undefined && (hasFailed ? <Notice>The measures could not be loaded. Load the page anew to try again.</Notice> : <Loader aria-label="The measures are loading" />)}
    </div>
  );
}
