import { Button } from "@mantine/core";
import type { GenerationMetrics } from "hkm-mesh";
import { useState } from "react";
import { Card } from "../app/card";
import { StateMark } from "../app/state-mark";
import { addressOf } from "../models/model-facts";
import { costOfOne } from "./cost-words";
import { DataTable, type Column } from "./data-table";
import { failureOf } from "./failure-words";
import { ModelName } from "./model-name";
import { durationWords, none, roughWords } from "./number-words";
import { momentWords } from "./time-words";

/** How many are shown unless more are wanted. */
const fewest = 10;

interface Row extends GenerationMetrics {
  key: number;
}

function Outcome({ success, cancelled, error, attempts = 1 }: GenerationMetrics) {
  if (cancelled === true) return <StateMark kind="idle">Cancelled</StateMark>;
  if (!success) return <StateMark kind="bad">{error === undefined ? "Failed" : failureOf(error)}</StateMark>;
  return <StateMark kind="good">{attempts > 1 ? `Answered, try ${attempts}` : "Answered"}</StateMark>;
}

function columnsAt(now: number): readonly Column<Row>[] {
  return [
    { title: "Model", isText: true, cell: ({ provider, modelId, locality }) => <ModelName address={provider === "" ? "" : addressOf({ provider, id: modelId })} place={locality} /> },
    { title: "Outcome", isText: true, cell: Outcome },
    { title: "When", cell: ({ at }) => <time dateTime={new Date(at).toISOString()}>{momentWords(at, now)}</time> },
    { title: "Duration", cell: ({ duration }) => durationWords(duration) },
    { title: "First words", cell: ({ firstTokenMs }) => durationWords(firstTokenMs) },
    { title: "Tokens", cell: ({ tokens }) => (tokens === undefined ? none : roughWords(tokens)) },
    { title: "Cost", cell: costOfOne },
    { title: "From cache", cell: ({ cached }) => (cached ? "yes" : "no") },
  ];
}

/** The last requests, without a word of what was asked or answered: that is not measured. */
export function RecentTable({ recent, now }: { recent: readonly GenerationMetrics[]; now: number }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? recent : recent.slice(0, fewest);
  const rows = shown.map((generation, index): Row => ({ ...generation, key: recent.length - index }));
  return (
    <Card title="Last requests">
      <DataTable label="Last requests" columns={columnsAt(now)} rows={rows} keyOf={({ key }) => key} />
      {recent.length > fewest && (
        <Button variant="default" size="sm" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? `Show ${fewest}` : `Show ${recent.length}`}
        </Button>
      )}
    </Card>
  );
}
