import type { ModelConfig } from "hkm-mesh";

/** What a visitor can look for, with the mesh's own words for it. */
export const abilities = [
  { value: "vision", label: "Sees images" },
  { value: "tools", label: "Uses tools" },
  { value: "reasoning", label: "Reasons" },
  { value: "json", label: "Keeps to a schema" },
  { value: "search", label: "Searches the web" },
] as const;

export type Ability = (typeof abilities)[number]["value"];

const labels: Partial<Record<string, string>> = {
  vision: "images",
  tools: "tools",
  reasoning: "reasoning",
  json: "schema",
  search: "web search",
  "image-edit": "image editing",
  "image-mask": "editing where you paint",
};

/** The abilities of a model as labels, the ones that can be looked for first. */
export function abilityLabels({ capabilities }: ModelConfig): string[] {
  const known = abilities.map(({ value }) => value).filter((value) => capabilities.includes(value));
  const others = capabilities.filter((word) => !known.some((value) => value === word));
  return [...known, ...others].map((word) => labels[word] ?? word);
}
