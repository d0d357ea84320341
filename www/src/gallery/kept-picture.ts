import type { MadePicture, Painting } from "../pictures/painting";
import { isFindings, type Findings } from "../research/fact";
import { isReceipt, keptReceipt, type KeptReceipt } from "./kept-receipt";
import { aspectRatios, sides, styles, type AspectRatio, type Style } from "../pictures/styles";

/** All that is kept of a picture beside the picture itself. */
export interface KeptPicture {
  id: string;
  /** Epoch milliseconds. */
  at: number;
  prompt: string;
  style: Style;
  aspectRatio: AspectRatio;
  /** Pixels of the longer side, where they were asked for. */
  side?: number;
  /** How many were asked for at once: they may share their seed. */
  count: number;
  seed?: number;
  mediaType: string;
  bytes: number;
  /** As "provider/id". Another one may have made the rest of the request: then the receipt names that one. */
  model: string;
  /** Absent where the rest of the request failed. */
  receipt?: KeptReceipt;
  /** Whether it was drawn over another picture. */
  isEdit: boolean;
  /** The facts that its words were made of. */
  findings?: Findings;
}

/** What is kept of a picture. */
export function toKept({ request, draft: { findings, side }, receipt, asked = "" }: Painting, { file, mediaType, seed, model }: MadePicture, at: number): KeptPicture {
  return {
    id: crypto.randomUUID(),
    at,
    prompt: request.prompt,
    style: typeof request.workflow === "string" ? request.workflow : "artistic",
    aspectRatio: request.aspectRatio ?? "1:1",
    count: request.count ?? 1,
    mediaType,
    bytes: file.size,
    model: model ?? receipt?.model ?? asked,
    isEdit: request.source !== undefined,
    ...(side === undefined ? {} : { side }),
    ...(seed === undefined ? {} : { seed }),
    ...(receipt === undefined ? {} : { receipt: keptReceipt(receipt) }),
    ...(findings === undefined ? {} : { findings }),
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Whether a date can be made of it. */
function isMoment(value: unknown): value is number {
  return typeof value === "number" && !Number.isNaN(new Date(value).getTime());
}

/** A record as an earlier visit left it, if it can be read. Another version of this page may have written it. */
export function readPicture(value: unknown): KeptPicture | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { id, at, prompt, style, aspectRatio, side, count, seed, mediaType, bytes, model, receipt, isEdit, findings } = value as Record<string, unknown>;
  const knownStyle = styles.find((one) => one.value === style)?.value;
  const knownRatio = aspectRatios.find((one) => one.value === aspectRatio)?.value;
  const knownSide = sides.find((one) => one.value === side)?.value;
  if (!isText(id) || !isMoment(at) || !isText(prompt) || !isText(mediaType) || !isText(model)) return undefined;
  if (typeof count !== "number" || !Number.isSafeInteger(count) || typeof bytes !== "number" || !Number.isFinite(bytes)) return undefined;
  if (knownStyle === undefined || knownRatio === undefined || (receipt !== undefined && !isReceipt(receipt)) || (findings !== undefined && !isFindings(findings))) return undefined;
  return {
    id,
    at,
    prompt,
    style: knownStyle,
    aspectRatio: knownRatio,
    count,
    mediaType,
    bytes,
    model,
    isEdit: isEdit === true,
    ...(knownSide === undefined ? {} : { side: knownSide }),
    ...(typeof seed === "number" ? { seed } : {}),
    ...(receipt === undefined ? {} : { receipt }),
    ...(findings === undefined ? {} : { findings }),
  };
}
