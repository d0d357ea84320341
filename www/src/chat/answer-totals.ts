import type { Receipt } from "hkm-mesh";
import type { AnswerStep } from "./answer-step";

/** What an answer took over all its steps. */
export interface Totals {
  cost: Receipt["cost"];
  costKind: Receipt["costKind"];
  inputTokens: number;
  outputTokens: number;
  estimated: boolean;
  firstTokenMs?: number;
  tokensPerSecond?: number;
  /** Nobody was asked: the answer was kept, or shared with the same question elsewhere. */
  source?: "kept" | "shared";
  cutShort: boolean;
}

/** From what is charged for certain to what nobody knows: a sum is as certain as its least certain part. */
const certainty: readonly Receipt["costKind"][] = ["free", "billed", "computed", "estimated", "unknown"];

export function totalsOf(steps: readonly AnswerStep[]): Totals | undefined {
  const receipts = steps.flatMap(({ receipt }) => receipt ?? []);
  const [first] = receipts;
  const last = receipts.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const kinds = receipts.map(({ costKind }) => certainty.indexOf(costKind));
  const isKnown = receipts.every(({ cost }) => cost !== null);
  return {
    cost: isKnown ? receipts.reduce((sum, { cost }) => sum + (cost ?? 0), 0) : null,
    costKind: certainty[Math.max(...kinds)] ?? "unknown",
    inputTokens: receipts.reduce((sum, { usage }) => sum + usage.inputTokens, 0),
    outputTokens: receipts.reduce((sum, { usage }) => sum + usage.outputTokens, 0),
    estimated: receipts.some(({ usage }) => usage.estimated),
    ...(first.firstTokenMs === undefined ? {} : { firstTokenMs: first.firstTokenMs }),
    ...(last.tokensPerSecond === undefined ? {} : { tokensPerSecond: last.tokensPerSecond }),
    ...sourceOf(receipts),
    cutShort: last.finish === "length",
  };
}

function sourceOf(receipts: readonly Receipt[]): Pick<Totals, "source"> {
  if (receipts.every(({ cached }) => cached !== false)) return { source: "kept" };
  return receipts.every(({ joined }) => joined === true) ? { source: "shared" } : {};
}
