import type { Goal, ImageRequest } from "hkm-mesh";
import type { Findings } from "../research/fact";
import { randomSeed, seedFault, seedOf } from "./seed";
import type { Mask } from "./mask";
import { sizeOf, type AspectRatio, type Style } from "./styles";

/** A picture that is to be changed. */
export interface Source {
  file: Blob;
  name: string;
}

/** Where it may change, as it was painted and as it is sent. */
export interface PaintedMask {
  marks: Mask;
  file: Blob;
}

/** A picture as it is asked for. */
export interface PictureDraft {
  prompt: string;
  style: Style;
  aspectRatio: AspectRatio;
  /** Pixels of the longer side, if it matters. */
  side?: number | undefined;
  /** As it was typed. */
  seed: string;
  count: number;
  /** The chosen model as "provider/id"; without one the mesh chooses. */
  model?: string | undefined;
  source?: Source | undefined;
  mask?: PaintedMask | undefined;
  /** Whether a second model makes it, too, so that both can be seen side by side. */
  compares: boolean;
  rival?: string | undefined;
  /** The facts that its words were made of. */
  findings?: Findings | undefined;
}

export const emptyDraft: PictureDraft = { prompt: "", style: "infographic", aspectRatio: "1:1", seed: "", count: 1, compares: false };

export const mostPictures = 4;

/** What keeps two models from being compared, or nothing. */
export function comparisonFault({ compares, model, rival }: PictureDraft): string | undefined {
  if (!compares) return undefined;
  if (model === undefined || rival === undefined) return "Choose the two models to compare.";
  return model === rival ? "Choose two different models to compare." : undefined;
}

/** The goal that holds for a draft: what rests on private facts is private. */
function goalOf({ findings }: PictureDraft, goal: Goal): Goal {
  return findings?.goal === "privacy" ? "privacy" : goal;
}

/** Whether two drafts are of the same picture: the same words, about the same facts, over the same picture. */
export function hasSameWords(one: PictureDraft, other: PictureDraft): boolean {
  return one.prompt === other.prompt && one.source === other.source && one.mask === other.mask && one.findings === other.findings;
}

/** Whether they are the same in all that is asked for. */
export function isSameDraft(one: PictureDraft, other: PictureDraft): boolean {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof PictureDraft>;
  return [...keys].every((key) => one[key] === other[key]);
}

/** Whether nearly nothing of these words is left: less than half of them stands at the beginning and the end. */
export function areReplaced(before: string, after: string): boolean {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return start + end < before.length / 2;
}

/** The draft of a picture that is to be made once more, by that model if it may be asked. */
export function repeatOf(draft: PictureDraft, { seed, model }: { seed: number; model: string | undefined }): PictureDraft {
  return { ...draft, seed: `${seed}`, model, compares: false, rival: undefined };
}

/** The requests for a draft: one, or for two models the same with the same seed, each made by that model or not at all. */
export function requestsFor(draft: PictureDraft, goal: Goal): ImageRequest[] {
  if (!draft.compares) return [requestFor(draft, goal)];
  const seed = seedOf(draft.seed) ?? randomSeed();
  return [draft.model, draft.rival].map((model) => ({ ...requestFor({ ...draft, model }, goal), seed, cache: "refresh" as const, policy: { goal: goalOf(draft, goal), fallback: false } }));
}

/** The request for a draft under this goal; the same for asking and for the line that says who would make it. */
export function requestFor(draft: PictureDraft, goal: Goal): ImageRequest {
  const { prompt, style, aspectRatio, side, seed, count, model, source, mask } = draft;
  const number = seedFault(seed) === undefined ? seedOf(seed) : undefined;
  return {
    prompt: prompt.trim() === "" ? "A picture" : prompt.trim(),
    workflow: style,
    aspectRatio,
    ...sizeOf(aspectRatio, side),
    count,
    policy: { goal: goalOf(draft, goal) },
    ...(number === undefined ? {} : { seed: number }),
    ...(model === undefined ? {} : { model }),
    ...(source === undefined ? {} : { source: source.file, ...(mask === undefined ? {} : { mask: mask.file }) }),
  };
}
