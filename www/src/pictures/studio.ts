import type { Generation, Goal, ImageRequest, ImageResult } from "hkm-mesh";
import { announce } from "../app/announcer";
import type { MeshSession } from "../app/mesh-session";
import { ObservableValue } from "../app/observable";
import type { Conversation } from "../chat/conversation";
import type { Gallery } from "../gallery/gallery";
import type { KeptPicture } from "../gallery/kept-picture";
import { failureOf } from "../chat/failure";
import { waitingLine } from "../chat/waiting-line";
import { newPainting, paintingAfter, paintingDone, type MadePicture, type NotKept, type Painting } from "./painting";
import { areReplaced, comparisonFault, emptyDraft, isSameDraft, repeatOf, requestFor, requestsFor, type PictureDraft } from "./picture-draft";
import type { AspectRatio } from "./styles";
import { seedFault } from "./seed";

interface Running {
  painting: Painting;
  generation: Generation<ImageResult>;
  stopped: boolean;
  frame: number;
}

/** What has to stay private is not written down. */
function isPrivate({ policy }: ImageRequest): boolean {
  return typeof policy === "object" && policy.goal === "privacy";
}

function privately({ pictures, draft }: Painting): NotKept {
  const why = draft.findings?.goal === "privacy" ? "It rests on what was found under the goal Privacy:" : "Made under the goal Privacy,";
  return { message: `${why} it is not kept when you close the page.`, pictures: pictures.map(({ id }) => id) };
}

/** Whether a picture would be lost if it were no longer shown. */
function isOnlyHere({ pictures, isKept }: Painting): boolean {
  return pictures.length > 0 && isKept !== true;
}

function countWords(count: number): string {
  return count === 1 ? "The picture is there." : `${count} pictures are there.`;
}

/** Where pictures are made: the one that is being described, and the ones that are made now. It goes on while another view is shown. */
export class Studio {
  readonly draft = new ObservableValue<PictureDraft>(emptyDraft);
  /** What was asked for last. */
  readonly paintings = new ObservableValue<readonly Painting[]>([]);
  /** What was asked for before that and lies nowhere else: not kept, or still being kept. The newest first. */
  readonly earlier = new ObservableValue<readonly Painting[]>([]);
  readonly #mesh: MeshSession;
  readonly #conversation: Conversation;
  readonly #gallery: Gallery;
  readonly #running = new Map<string, Running>();
  #count = 0;
  /** The draft as it was asked for last. */
  #asked: PictureDraft | undefined;

  constructor(mesh: MeshSession, conversation: Conversation, gallery: Gallery) {
    this.#mesh = mesh;
    this.#conversation = conversation;
    this.#gallery = gallery;
  }

  change(part: Partial<PictureDraft>): void {
    this.draft.set({ ...this.draft.get(), ...part });
  }

  /** Has the draft made, if anything is described. */
  start(): void {
    const draft = this.draft.get();
    if (this.#running.size > 0 || draft.prompt.trim() === "" || seedFault(draft.seed) !== undefined) return;
    const fault = comparisonFault(draft);
    if (fault !== undefined) {
      announce(fault);
      return;
    }
    this.#asked = draft;
    this.#paint(requestsFor(draft, this.#goal()), draft);
  }

  /** What the visitor types. Facts belong to the words that were made of them, and go with these. */
  write(prompt: string): void {
    const { prompt: before, findings } = this.draft.get();
    if (findings === undefined || prompt === before) {
      this.change({ prompt });
      return;
    }
    const made = this.#asked?.findings?.facts === findings.facts ? this.#asked.prompt : undefined;
    const isOther = prompt.trim() === "" || (made !== undefined && areReplaced(made, prompt));
    const changed = findings.words === undefined ? findings : { ...findings, words: { ...findings.words, areChanged: true } };
    this.change({ prompt, findings: isOther ? undefined : changed });
  }

  /** Whether the draft holds nothing that the visitor would miss: it is empty, or was asked for as it is. */
  isFree(): boolean {
    const draft = this.draft.get();
    return (this.#asked !== undefined && isSameDraft(draft, this.#asked)) || (draft.prompt.trim() === "" && draft.source === undefined);
  }

  /** Takes a picture to change. Words that are typed and not asked for yet stay. */
  edit(file: Blob, aspectRatio: AspectRatio): void {
    const words = this.isFree() ? { prompt: "", seed: "", findings: undefined } : {};
    this.change({ ...words, source: { file, name: "the picture" }, mask: undefined, aspectRatio });
  }

  /** Has a picture made once more from its seed by the model that made it, as many as then, under the goal that is chosen now. */
  repeat({ request, draft, receipt }: Painting, picture: MadePicture): void {
    if (picture.seed === undefined) return;
    this.#repeat(repeatOf(draft, { seed: picture.seed, model: picture.model ?? receipt?.model ?? request.model }), request);
  }

  /** The same for a kept picture. */
  again({ prompt, style, aspectRatio, side, count, model, findings }: KeptPicture, seed: number): void {
    this.#repeat(repeatOf({ ...emptyDraft, prompt, style, aspectRatio, side, count, findings }, { seed, model }));
  }

  /** It is the draft from then on, unless the visitor is at another one. */
  #repeat(repeated: PictureDraft, { policy }: Pick<ImageRequest, "policy"> = {}): void {
    if (this.#running.size > 0) return;
    if (this.isFree()) {
      this.draft.set(repeated);
      this.#asked = repeated;
    }
    // Whoever wants it once more does not want the one that is kept.
    const request: ImageRequest = { ...requestFor(repeated, this.#goal()), cache: "refresh" };
    const wanted = typeof policy === "object" ? policy : {};
    this.#paint([typeof request.policy === "object" ? { ...request, policy: { ...wanted, ...request.policy } } : request], repeated);
  }

  #goal(): Goal {
    return this.#conversation.choice.get().goal;
  }

  stop(): void {
    for (const running of this.#running.values()) {
      running.stopped = true;
      running.generation.cancel(new DOMException("The visitor pressed stop.", "AbortError"));
    }
  }

  #paint(requests: readonly ImageRequest[], draft: PictureDraft): void {
    const begun = requests.map((request): Running => {
      this.#count += 1;
      const painting = newPainting(`painting-${this.#count}`, request, draft);
      return { painting, generation: this.#mesh.mesh.get().image(request), stopped: false, frame: 0 };
    });
    for (const running of begun) this.#running.set(running.painting.id, running);
    this.earlier.set([...this.paintings.get(), ...this.earlier.get()].filter(isOnlyHere));
    this.paintings.set(begun.map(({ painting }) => painting));
    announce(begun.length === 1 ? "The picture is being made." : "The picture is being made by two models.");
    for (const running of begun) void this.#follow(running);
  }

  async #follow(running: Running): Promise<void> {
    const { generation } = running;
    try {
      for await (const event of generation) {
        this.#change(running, paintingAfter(running.painting, event));
        if (event.type === "fallback") announce(`${event.from} did not work. Asking ${event.to}.`);
        if (event.type === "warning") announce(event.reason.message);
        if (event.type === "queue" && event.position > 0) announce(waitingLine(running.painting.asked ?? "", event.position));
      }
      running.painting = paintingDone(running.painting, await generation.result);
      announce(countWords(running.painting.pictures.length));
    } catch (error) {
      this.#end(running, error);
    } finally {
      cancelAnimationFrame(running.frame);
      this.#running.delete(running.painting.id);
      this.#show(running.painting);
    }
    await this.#keep(running.painting);
  }

  /** Puts what was made into the gallery, and says it where that cannot be. */
  async #keep(painting: Painting): Promise<void> {
    if (painting.pictures.length === 0) return;
    const notKept = isPrivate(painting.request) ? privately(painting) : await this.#gallery.keepAll(painting);
    if (notKept === undefined) {
      this.#show({ ...painting, isKept: true });
      return;
    }
    this.#show({ ...painting, notKept });
    announce(notKept.message);
  }

  #end(running: Running, error: unknown): void {
    const ended: Painting = { ...running.painting, progress: undefined, preview: undefined, position: undefined };
    if (running.stopped) {
      running.painting = { ...ended, status: "stopped" };
      announce("Stopped.");
      return;
    }
    const failure = failureOf(error);
    running.painting = { ...ended, status: "failed", failure };
    announce(`There is no picture. ${failure.message}`);
  }

  /** Steps come faster than the screen shows them: one update a frame. */
  #change(running: Running, painting: Painting): void {
    running.painting = painting;
    if (running.frame !== 0) return;
    running.frame = requestAnimationFrame(() => {
      running.frame = 0;
      this.#show(running.painting);
    });
  }

  #show(painting: Painting): void {
    const shown = (paintings: readonly Painting[]) => paintings.map((one) => (one.id === painting.id ? painting : one));
    this.paintings.set(shown(this.paintings.get()));
    if (this.earlier.get().some(({ id }) => id === painting.id)) this.earlier.set(shown(this.earlier.get()).filter(isOnlyHere));
  }
}
