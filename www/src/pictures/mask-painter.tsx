import { Button, Checkbox } from "@mantine/core";
import { useEffect, useLayoutEffect, useRef, useState, type PointerEvent } from "react";
import { announce } from "../app/announcer";
import { BlobImage } from "../app/blob-image";
import { drawMask, emptyMask, isEmptyMask, maskFile, ninthNames, withNinth, withPoint, type Mask } from "./mask";
import classes from "./mask-painter.module.css";
import type { PaintedMask, Source } from "./picture-draft";

const brushes = [
  { label: "Fine", radius: 0.02 },
  { label: "Medium", radius: 0.05 },
  { label: "Broad", radius: 0.1 },
] as const;

/** Pixels of the longer side of what is painted on: as fine as a finger is. */
const fineness = 768;

interface MaskPainterProps {
  source: Source;
  mask: PaintedMask | undefined;
  onDone: (mask: PaintedMask | undefined) => void;
}

/** Paints where a picture may change: with a brush, or ninth by ninth, which the keyboard can do, too. */
export function MaskPainter({ source, mask, onDone }: MaskPainterProps) {
  const [marks, setMarks] = useState<Mask>(mask?.marks ?? emptyMask);
  const [radius, setRadius] = useState<number>(brushes[1].radius);
  const size = useSizeOf(source.file);
  const canvas = useRef<HTMLCanvasElement>(null);

  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    drawMask(context, marks, "rgb(255 64 128)");
  }, [marks, size]);

  const paint = (event: PointerEvent<HTMLCanvasElement>, isNew: boolean) => {
    if (event.buttons === 0) return;
    const area = event.currentTarget.getBoundingClientRect();
    const point = { x: (event.clientX - area.left) / area.width, y: (event.clientY - area.top) / area.height };
    setMarks((before) => withPoint(before, point, radius, isNew));
  };
  const done = async () => {
    if (isEmptyMask(marks) || size === undefined) {
      onDone(undefined);
      return;
    }
    onDone({ marks, file: await maskFile(marks, size) });
    announce("Only where you painted is changed.");
  };
  if (size === undefined) return <p>Reading the picture…</p>;
  const scale = Math.min(1, fineness / Math.max(size.width, size.height));
  return (
    <div className={classes.painter}>
      <p className={classes.hint}>Paint over what may change. The rest stays, but for the finest details.</p>
      <div className={classes.stage}>
        <BlobImage className={classes.picture} blob={source.file} alt={source.name} />
        <canvas
          ref={canvas}
          className={classes.canvas}
          width={Math.max(1, Math.round(size.width * scale))}
          height={Math.max(1, Math.round(size.height * scale))}
          data-testid="mask"
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            paint(event, true);
          }}
          onPointerMove={(event) => paint(event, false)}
        />
      </div>
      <div className={classes.tools}>
        <fieldset className={classes.brushes}>
          <legend>Brush</legend>
          {brushes.map((brush) => (
            <label key={brush.label}>
              <input type="radio" name="brush" checked={radius === brush.radius} onChange={() => setRadius(brush.radius)} /> {brush.label}
            </label>
          ))}
        </fieldset>
        <fieldset className={classes.ninths}>
          <legend>Whole parts</legend>
          {ninthNames.map((name, ninth) => (
            <Checkbox key={name} size="sm" aria-label={name} title={name} checked={marks.ninths.includes(ninth)} onChange={(event) => setMarks(withNinth(marks, ninth, event.currentTarget.checked))} />
          ))}
        </fieldset>
        <div className={classes.ends}>
          <Button variant="default" disabled={isEmptyMask(marks)} onClick={() => setMarks(emptyMask)}>
            Clear
          </Button>
          <Button onClick={() => void done()}>Done</Button>
        </div>
      </div>
    </div>
  );
}

/** Pixels of a picture; undefined until they are known. */
function useSizeOf(file: Blob): { width: number; height: number } | undefined {
  const [size, setSize] = useState<{ width: number; height: number }>();
  useEffect(() => {
    let isOver = false;
    createImageBitmap(file).then(
      (picture) => {
        if (!isOver) setSize({ width: picture.width, height: picture.height });
        picture.close();
      },
      // What no browser can read was refused when it was taken.
      () => undefined,
    );
    return () => {
      isOver = true;
    };
  }, [file]);
  return size;
}
