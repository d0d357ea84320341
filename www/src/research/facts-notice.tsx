import { demonstrationNotice, isDemonstration, isSimulated, simulatedFactsNotice } from "../models/demonstration";
import { Notice } from "../models/notice";

/** Stands wherever facts stand that no real model stated, or one that is too small to trust. */
export function FactsNotice({ model }: { model: string | undefined }) {
  if (model === undefined) return null;
  if (isDemonstration(model)) return <Notice>{demonstrationNotice}</Notice>;
  return isSimulated(model) ? <Notice>{simulatedFactsNotice}</Notice> : null;
}
