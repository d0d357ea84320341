import type { GenerationMetrics, Locality, Summary } from "hkm-mesh";
import { Card } from "../app/card";
import { costWords } from "./cost-words";
import { DataTable, type Column } from "./data-table";
import { ModelName, usePlaces } from "./model-name";
import { countWords, durationWords, none, rateWords, roughWords, shareWords } from "./number-words";

interface Row extends Summary {
  address: string;
  place: Locality | undefined;
}

/** Whether there were answers or failures to make a rate of, and answers to take the time of. */
const ended = ({ requests, cancelled = 0 }: Summary): boolean => requests > cancelled;
const answered = (row: Summary): boolean => ended(row) && row.successRate > 0;

const columns: readonly Column<Row>[] = [
  { title: "Model", isText: true, order: ({ address }) => address, cell: ({ address, place }) => <ModelName address={address} place={place} /> },
  { title: "Requests", order: ({ requests }) => requests, cell: ({ requests }) => countWords(requests) },
  { title: "Success", order: (row) => (ended(row) ? row.successRate : undefined), cell: (row) => (ended(row) ? shareWords(row.successRate) : none) },
  { title: "Median", order: (row) => (answered(row) ? row.p50Ms : undefined), cell: (row) => (answered(row) ? durationWords(row.p50Ms) : none) },
  { title: "95 % within", order: (row) => (answered(row) ? row.p95Ms : undefined), cell: (row) => (answered(row) ? durationWords(row.p95Ms) : none) },
  { title: "Speed", order: ({ tokensPerSecond }) => tokensPerSecond, cell: ({ tokensPerSecond }) => rateWords(tokensPerSecond) },
  { title: "Tokens", order: ({ tokens }) => tokens, cell: ({ tokens }) => roughWords(tokens) },
  { title: "Cost", order: (row) => (row.cost === 0 && (row.unpriced ?? 0) > 0 ? undefined : row.cost), cell: costWords },
];

/** Every model that was asked. A request counts at the model that answered, tokens and costs at each that used them. */
export function ModelsTable({ byModel, recent }: { byModel: Readonly<Record<string, Summary>>; recent: readonly GenerationMetrics[] }) {
  const places = usePlaces(recent);
  const rows = Object.entries(byModel).map(([address, summary]): Row => ({ ...summary, address, place: places.get(address) }));
  return (
    <Card title="By model">
      <DataTable label="Models" columns={columns} rows={rows} keyOf={({ address }) => address} first={{ column: 1, isDescending: true }} />
    </Card>
  );
}
