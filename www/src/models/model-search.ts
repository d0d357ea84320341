import type { Locality, ModelConfig } from "hkm-mesh";
import { abilityLabels, type Ability } from "./abilities";
import { addressOf, localityNames, localityOf, providerName } from "./model-facts";
import { blendedPrice, priceKindOf, type PriceKind } from "./price-words";

export type Order = "recommended" | "price" | "context" | "quality" | "name";

export interface Wishes {
  words: string;
  where: Locality | "any";
  price: PriceKind | "any";
  ability: Ability | "any";
  provider: string;
  order: Order;
}

export const noWishes: Wishes = { words: "", where: "any", price: "any", ability: "any", provider: "any", order: "recommended" };

/** How many of the filters beside the words are set. */
export function filtersSet({ where, price, ability, provider }: Wishes): number {
  return [where, price, ability, provider].filter((value) => value !== "any").length;
}

/** The place of a model in the mesh's own order, best first; undefined for one that is left out. */
export type Place = (address: string) => number | undefined;

const texts = new WeakMap<ModelConfig, string>();

/** What a search looks through. Models stay the same objects until they change. */
function textOf(model: ModelConfig): string {
  const known = texts.get(model);
  if (known !== undefined) return known;
  const parts = [model.name, addressOf(model), providerName(model.provider), localityNames[localityOf(model)], ...model.capabilities, ...abilityLabels(model)];
  const text = parts.join(" ").toLowerCase();
  texts.set(model, text);
  return text;
}

function fits(model: ModelConfig, { where, price, ability, provider }: Wishes): boolean {
  return (
    (where === "any" || localityOf(model) === where) &&
    (price === "any" || priceKindOf(model) === price) &&
    (ability === "any" || model.capabilities.includes(ability)) &&
    (provider === "any" || model.provider === provider)
  );
}

const grades: Record<ModelConfig["quality"], number> = { low: 0, medium: 1, high: 2 };
/** The same as localeCompare, many times faster. */
const names = new Intl.Collator("en", { numeric: true });

/** What is unknown comes last, whichever way the rest is ordered. */
function byNumber(a: number | undefined, b: number | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  return b === undefined ? -1 : a - b;
}

function inOrder(order: Order, place: Place): (a: ModelConfig, b: ModelConfig) => number {
  const byPlace = (a: ModelConfig, b: ModelConfig) => byNumber(place(addressOf(a)), place(addressOf(b)));
  const byName = (a: ModelConfig, b: ModelConfig) => names.compare(a.name, b.name) || names.compare(addressOf(a), addressOf(b));
  const larger = (value: number | undefined) => (value === undefined ? undefined : -value);
  switch (order) {
    case "recommended":
      return (a, b) => byPlace(a, b) || Number(b.isAvailable) - Number(a.isAvailable) || byName(a, b);
    case "price":
      return (a, b) => byNumber(blendedPrice(a), blendedPrice(b)) || byPlace(a, b) || byName(a, b);
    case "context":
      return (a, b) => byNumber(larger(a.contextLength), larger(b.contextLength)) || byPlace(a, b) || byName(a, b);
    case "quality":
      return (a, b) => grades[b.quality] - grades[a.quality] || byPlace(a, b) || byName(a, b);
    case "name":
      return byName;
  }
}

/** The models that a visitor looks for, in the order asked for. Every word has to be found. */
export function searched(models: readonly ModelConfig[], wishes: Wishes, place: Place): ModelConfig[] {
  const words = wishes.words.toLowerCase().split(/\s+/u).filter(Boolean);
  return models.filter((model) => fits(model, wishes) && words.every((word) => textOf(model).includes(word))).sort(inOrder(wishes.order, place));
}
