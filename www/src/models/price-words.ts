import type { ModelConfig } from "hkm-mesh";
import { formatDollars, localityOf, providerName } from "./model-facts";

export type PriceKind = "free" | "paid" | "unknown";

/** What runs on the visitor's own machine costs nothing, whether or not somebody said so. */
export function priceKindOf({ price, isLocal }: ModelConfig): PriceKind {
  if (price === undefined) return isLocal ? "free" : "unknown";
  return price.input === 0 && price.output === 0 && (price.request ?? 0) === 0 ? "free" : "paid";
}

/** USD per token, three parts input to one part output; undefined where unknown. For sorting only. */
export function blendedPrice(model: ModelConfig): number | undefined {
  if (priceKindOf(model) === "free") return 0;
  return model.price && (3 * model.price.input + model.price.output) / 4;
}

/** US dollars per million tokens, which is how prices are told everywhere: at least cents, and what makes $0.075 of $0.08. */
export function perMillion(dollarsPerToken: number): string {
  const dollars = dollarsPerToken * 1e6;
  if (dollars === 0 || dollars >= 1) return formatDollars(dollars);
  return `$${dollars.toFixed(4).replace(/0{1,2}$/u, "")}`;
}

/** Where a price comes from, in words. */
function originOf(model: ModelConfig, catalogueDay: string | undefined): string | undefined {
  switch (model.provenance?.price) {
    case "probed":
      return `told by ${providerName(model.provider)}`;
    case "listed":
      return `listed by ${providerName(model.provider)}`;
    case "snapshot":
      return catalogueDay === undefined ? "from the built-in catalogue" : `from the built-in catalogue of ${catalogueDay}`;
    case "guessed":
      return "a guess";
    default:
      return undefined;
  }
}

/** What a model costs, and who says so. */
export function priceWords(model: ModelConfig, catalogueDay: string | undefined): { price: string; origin?: string } {
  const kind = priceKindOf(model);
  const origin = originOf(model, catalogueDay);
  if (kind === "unknown") return { price: "Price unknown" };
  if (kind === "free") {
    if (localityOf(model) === "cloud") return { price: "Free", ...(origin === undefined ? {} : { origin }) };
    return { price: "Free", origin: model.isLocal ? "runs on your own machine" : "runs on a machine of yours" };
  }
  const { input = 0, output = 0, request = 0 } = model.price ?? {};
  const perRequest = request > 0 ? `, ${formatDollars(request)} a request` : "";
  return { price: `${perMillion(input)} in, ${perMillion(output)} out per million tokens${perRequest}`, ...(origin === undefined ? {} : { origin }) };
}
