import type { Choice } from "./request";

/** What the answer needs of a model beside words, as a sentence; undefined where it needs nothing else. */
export function needsOf({ tools, search }: Choice, pictures: boolean): string | undefined {
  const needs = [...(pictures ? ["see images"] : []), ...(tools ? ["use tools"] : []), ...(search ? ["search the web"] : [])];
  const last = needs.pop();
  if (last === undefined) return undefined;
  return `Only models that ${needs.length === 0 ? last : `${needs.join(", ")} and ${last}`} are asked.`;
}
