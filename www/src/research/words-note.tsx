import { demonstrationNotice, isDemonstration, isSimulated, simulatedWordsNotice } from "../models/demonstration";
import { formatCost, placeNames, providerName } from "../models/model-facts";
import { Notice } from "../models/notice";
import type { Findings } from "./fact";
import classes from "./research.module.css";

/** Who wrote the words of a picture: a model's they are, too, until the visitor writes others. */
export function WordsNote({ words }: Pick<Findings, "words">) {
  if (words === undefined) return null;
  const { receipt, areChanged } = words;
  return (
    <>
      <p className={classes.words}>
        Words by {receipt.model}
        {areChanged ? ", changed by you" : ""} · {providerName(receipt.provider)}, {placeNames[receipt.locality]} · {formatCost(receipt)}
      </p>
      {isDemonstration(receipt.model) && <Notice>{demonstrationNotice}</Notice>}
      {isSimulated(receipt.model) && <Notice>{simulatedWordsNotice}</Notice>}
    </>
  );
}
