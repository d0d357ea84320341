import type { Decision, GenerationEvent, ImageRequest, ImageResult, Reason, Receipt } from "hkm-mesh";
import type { Fallback } from "../chat/answer-step";
import type { Failure } from "../chat/failure";
import type { PictureDraft } from "./picture-draft";

export interface MadePicture {
  id: string;
  file: Blob;
  mediaType: string;
  /** With which it can be had again. */
  seed?: number;
  /** Who made it, as "provider/id": another one may have made the rest. */
  model?: string;
}

/** That pictures are shown and not kept. */
export interface NotKept {
  /** Why, and what helps. */
  message: string;
  /** Their ids. */
  pictures: readonly string[];
}

/** One request for pictures, from the first moment to what came of it. */
export interface Painting {
  id: string;
  request: ImageRequest;
  /** What it was asked for with: it can be had again. */
  draft: PictureDraft;
  status: "running" | "done" | "stopped" | "failed";
  pictures: readonly MadePicture[];
  /** What the model says beside them. */
  words: string;
  /** The model that is being asked, as "provider/id". */
  asked?: string;
  decision?: Decision;
  fallbacks: readonly Fallback[];
  warnings: readonly Reason[];
  /** The place in the server's line; 1 is next. */
  position?: number | undefined;
  /** Done and whole, and what is being worked on. */
  progress?: { value: number; max: number; node?: string } | undefined;
  preview?: Blob | undefined;
  receipt?: Receipt;
  failure?: Failure;
  /** Whether all pictures are in the gallery. Until then they are nowhere but here. */
  isKept?: boolean;
  notKept?: NotKept;
}

export function newPainting(id: string, request: ImageRequest, draft: PictureDraft): Painting {
  return { id, request, draft, status: "running", pictures: [], words: "", fallbacks: [], warnings: [] };
}

function pictureId({ id, pictures }: Painting): string {
  return `${id}-${pictures.length + 1}`;
}

/** What a painting looks like after one more event. */
export function paintingAfter(painting: Painting, event: GenerationEvent): Painting {
  switch (event.type) {
    case "route":
      return { ...painting, decision: event.decision };
    case "attempt":
      return { ...painting, position: undefined, asked: event.model };
    case "queue":
      return { ...painting, position: event.position === 0 ? undefined : event.position };
    case "progress":
      return { ...painting, position: undefined, progress: event };
    case "text-delta":
      // What is said beside several pictures comes as one text, without a word about which picture it is said of.
      return (painting.request.count ?? 1) > 1 ? painting : { ...painting, words: painting.words + event.text };
    case "preview":
      return { ...painting, preview: event.blob };
    case "image":
      return { ...painting, preview: undefined, pictures: [...painting.pictures, { id: pictureId(painting), file: event.blob, mediaType: event.blob.type, ...(painting.asked === undefined ? {} : { model: painting.asked }) }] };
    case "fallback": {
      const { from, to, reason } = event;
      return { ...painting, progress: undefined, preview: undefined, words: "", asked: to, fallbacks: [...painting.fallbacks, { from, to, reason, wasCut: painting.pictures.length > 0 }] };
    }
    case "warning":
      return { ...painting, warnings: [...painting.warnings, event.reason] };
    case "finish":
      return { ...painting, receipt: event.receipt, asked: event.receipt.model };
    default:
      return painting;
  }
}

/** With what is known of the pictures when all are there. */
export function paintingDone(painting: Painting, { images, receipt }: ImageResult): Painting {
  const pictures = images.map(({ blob, mediaType, seed }, place): MadePicture => {
    const model = painting.pictures[place]?.model ?? receipt.model;
    return { id: `${painting.id}-${place + 1}`, file: blob, mediaType, model, ...(seed === undefined ? {} : { seed }) };
  });
  return { ...painting, status: "done", pictures, receipt, progress: undefined, preview: undefined, position: undefined };
}
