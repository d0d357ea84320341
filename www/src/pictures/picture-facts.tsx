import type { KeptReceipt } from "../gallery/kept-receipt";
import { ReceiptFacts } from "./receipt-facts";

/** What pictures took that were made together: where, how long, what they cost, and where chance began. */
export function PictureFacts({ receipt, pictures, seeds }: { receipt: KeptReceipt; pictures: number; seeds: readonly number[] }) {
  return (
    <ReceiptFacts label="Facts about this picture" receipt={receipt} pictures={pictures}>
      {seeds.length > 0 && <li title="Seed">{`${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")}`}</li>}
    </ReceiptFacts>
  );
}
