import { pageModelAddress } from "../page-model/model-file";

/** Stands wherever an answer of such a model stands. */
export const demonstrationNotice = "Small demonstration model: do not trust its facts";

export function isDemonstration(model: string): boolean {
  return model === pageModelAddress;
}
