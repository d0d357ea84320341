import type { ReactNode } from "react";
import facts from "../chat/answer-facts.module.css";
import type { KeptReceipt } from "../gallery/kept-receipt";
import { formatCost, formatDuration, placeNames, providerName } from "../models/model-facts";

interface ReceiptFactsProps {
  label: string;
  receipt: KeptReceipt;
  /** How many pictures it is for. */
  pictures?: number;
  children?: ReactNode;
}

/** Who did something and where, how long it took and what it cost. */
export function ReceiptFacts({ label, receipt, pictures = 1, children }: ReceiptFactsProps) {
  const { model, provider, locality, durationMs } = receipt;
  return (
    <div className={facts.facts}>
      <ul className={facts.list} aria-label={label}>
        <li title="Model">{model}</li>
        <li title="Where it ran">
          {providerName(provider)}, {placeNames[locality]}
        </li>
        {(receipt.cached ?? false) !== false && <li title="Source">kept from before</li>}
        <li title="Time">{formatDuration(durationMs)}</li>
        <li title="Cost">{pictures > 1 ? `${formatCost(receipt)} for all ${pictures}` : formatCost(receipt)}</li>
        {children}
      </ul>
    </div>
  );
}
