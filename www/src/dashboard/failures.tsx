import type { Summary } from "hkm-mesh";
import { Card } from "../app/card";
import { DataTable, type Column } from "./data-table";
import { failureOf } from "./failure-words";
import { countWords } from "./number-words";

interface Row {
  code: string;
  requests: number;
  attempts: number;
}

const columns: readonly Column<Row>[] = [
  { title: "What happened", isText: true, cell: ({ code }) => failureOf(code) },
  { title: "Requests without an answer", cell: ({ requests }) => countWords(requests) },
  { title: "Tries that failed", cell: ({ attempts }) => countWords(attempts) },
];

/** What went wrong, for whole requests and for single tries: of those most were saved by another model. */
export function Failures({ errors, attemptErrors = {} }: Summary) {
  const codes = [...new Set([...Object.keys(errors), ...Object.keys(attemptErrors)])];
  const rows = codes
    .map((code): Row => ({ code, requests: errors[code] ?? 0, attempts: attemptErrors[code] ?? 0 }))
    .sort((a, b) => b.requests - a.requests || b.attempts - a.attempts);
  return (
    <Card title="Failures">
      {rows.length === 0 ? (
        <p>Nothing failed.</p>
      ) : (
        <DataTable label="Failures" columns={columns} rows={rows} keyOf={({ code }) => code} />
      )}
    </Card>
  );
}
