import { providerName } from "../models/model-facts";

const rules = new Intl.PluralRules("en", { type: "ordinal" });
const endings: Partial<Record<Intl.LDMLPluralRule, string>> = { one: "st", two: "nd", few: "rd" };

/** What stands where the answer will: the server is busy with others, of this tab or another. 1 is next. */
export function waitingLine(model: string, position: number): string {
  const place = position === 1 ? "next" : `${position}${endings[rules.select(position)] ?? "th"}`;
  return `Waiting for ${providerName(model.split("/")[0] ?? "")}: ${place} in line`;
}
