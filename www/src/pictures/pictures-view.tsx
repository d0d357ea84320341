import { SegmentedControl } from "@mantine/core";
import { useModels } from "hkm-mesh/react";
import { useEffect, useRef, type RefObject } from "react";
import { mayLookUnasked } from "../app/local-access";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import view from "../app/view.module.css";
import { GallerySection } from "../gallery/gallery-section";
import { canPaint } from "../models/model-facts";
import type { Painting } from "./painting";
import { PaintingView, type PaintingActions } from "./painting-view";
import classes from "./painting-view.module.css";
import { PictureForm } from "./picture-form";
import { PictureSources } from "./picture-sources";
import { ResearchCard } from "../research/research-card";
import type { AspectRatio } from "./styles";

/** Where what begins to be made is seen: the page shows it, as far as it has to move for that. */
function useShownAtStart(paintings: readonly Painting[]): RefObject<HTMLElement | null> {
  const place = useRef<HTMLElement>(null);
  const newest = paintings[0]?.id;
  const shown = useRef(newest);

  useEffect(() => {
    if (newest === shown.current) return;
    shown.current = newest;
    const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    place.current?.scrollIntoView({ block: "nearest", behavior: isCalm ? "auto" : "smooth" });
  }, [newest]);

  return place;
}

/** Makes pictures of words: what is to be seen, how it goes, and what came of it. */
export function PicturesView() {
  const { mesh, studio, research } = useSession();
  const researches = useObservable(research.isOpen);
  const paintings = useObservable(studio.paintings);
  const earlier = useObservable(studio.earlier);
  const made = useShownAtStart(paintings);
  const { looking, report } = useObservable(mesh.discovery);
  const usable = useModels((model) => canPaint(model) && model.isAvailable).length > 0;
  // Nothing is missing as long as nobody knows.
  const missing = !usable && paintings.length === 0 && (!looking || report?.providers.some(({ provider }) => provider === "comfyui"));
  const input = useRef<HTMLTextAreaElement>(null);
  const busy = paintings.some(({ status }) => status === "running");

  useEffect(() => {
    void mayLookUnasked().then((may) => {
      if (may) void mesh.lookForPictures();
    });
  }, [mesh]);

  const edit = (file: Blob, aspectRatio: AspectRatio | undefined) => {
    studio.edit(file, aspectRatio ?? "1:1");
    input.current?.focus();
  };
  const actions: PaintingActions = { onEdit: ({ request }, { file }) => edit(file, request.aspectRatio), onAgain: (painting, picture) => studio.repeat(painting, picture) };
  return (
    <div className={view.view}>
      <h1>Pictures</h1>
      <p className={view.lead}>Describe a picture, or have a topic researched first. The model that fits your goal best makes it, and you see how far it is, which one it was and what it cost.</p>
      <SegmentedControl
        className={classes.start}
        aria-label="Start with"
        data={[
          { value: "words", label: "Describe a picture" },
          { value: "topic", label: "Research a topic" },
        ]}
        value={researches ? "topic" : "words"}
        onChange={(value) => research.isOpen.set(value === "topic")}
      />
      {researches && <ResearchCard onDescribed={() => input.current?.focus()} />}
      <PictureForm inputRef={input} busy={busy} />
      {missing && (
        <section className={view.section} aria-labelledby="picture-sources">
          <h2 id="picture-sources">What can make pictures</h2>
          <PictureSources />
        </section>
      )}
      {paintings.length > 0 && (
        <section ref={made} className={view.section} aria-labelledby="made-now">
          <h2 id="made-now">{busy ? "Being made" : "Made now"}</h2>
          <div className={classes.paintings} data-pair={paintings.length > 1 || undefined}>
            {paintings.map((painting) => (
              <PaintingView key={painting.id} painting={painting} {...actions} />
            ))}
          </div>
        </section>
      )}
      {earlier.length > 0 && (
        <section className={view.section} aria-labelledby="made-before">
          <h2 id="made-before">Made before, not kept</h2>
          <div className={classes.paintings}>
            {earlier.map((painting) => (
              <PaintingView key={painting.id} painting={painting} {...actions} />
            ))}
          </div>
        </section>
      )}
      <GallerySection onEdit={({ aspectRatio }, file) => edit(file, aspectRatio)} onAgain={(picture, seed) => studio.again(picture, seed)} />
    </div>
  );
}
