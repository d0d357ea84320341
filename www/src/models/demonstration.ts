import { pageModelAddress } from "../page-model/model-file";

/** Stands wherever an answer of such a model stands. */
export const demonstrationNotice = "Small demonstration model: do not trust its facts";

export function isDemonstration(model: string): boolean {
  return model === pageModelAddress;
}

/** Stands wherever a picture of a simulator stands. */
export const simulatedNotice = "Made by a simulator, not by a model";
/** The same for facts. */
export const simulatedFactsNotice = "Stated by a simulator, not by a model: nothing of it is true";
/** And for the words of a picture. */
export const simulatedWordsNotice = "Written by a simulator, not by a model";

/** By the name that simulators give their models; their pictures say it, too. */
export function isSimulated(model: string): boolean {
  return /\bsimulat(or|ed)(\b|_)/u.test(model);
}
