/** Where a picture may change. Places and sizes are parts of the picture's width and height, so that it holds at every size. */
export interface Mask {
  strokes: readonly Stroke[];
  /** Ninths of the picture, counted as one reads. */
  ninths: readonly number[];
}

export interface Stroke {
  points: readonly Point[];
  /** A part of the picture's width. */
  radius: number;
}

export interface Point {
  x: number;
  y: number;
}

export const emptyMask: Mask = { strokes: [], ninths: [] };

export const ninthNames = ["top left", "top", "top right", "left", "middle", "right", "bottom left", "bottom", "bottom right"] as const;

export function isEmptyMask({ strokes, ninths }: Mask): boolean {
  return strokes.length === 0 && ninths.length === 0;
}

export function withNinth(mask: Mask, ninth: number, isChosen: boolean): Mask {
  const others = mask.ninths.filter((chosen) => chosen !== ninth);
  return { ...mask, ninths: isChosen ? [...others, ninth] : others };
}

/** One more stroke, or where the last one goes on. */
export function withPoint(mask: Mask, point: Point, radius: number, isNew: boolean): Mask {
  const last = mask.strokes.at(-1);
  if (isNew || last === undefined) return { ...mask, strokes: [...mask.strokes, { points: [point], radius }] };
  return { ...mask, strokes: [...mask.strokes.slice(0, -1), { ...last, points: [...last.points, point] }] };
}

type Canvas = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Draws it in this colour over whatever is there. */
export function drawMask(context: Canvas, { strokes, ninths }: Mask, colour: string): void {
  const { width, height } = context.canvas;
  context.fillStyle = colour;
  context.strokeStyle = colour;
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const ninth of ninths) context.fillRect(((ninth % 3) * width) / 3, (Math.floor(ninth / 3) * height) / 3, width / 3, height / 3);
  for (const { points, radius } of strokes) {
    const [first, ...rest] = points;
    if (first === undefined) continue;
    context.lineWidth = 2 * radius * width;
    context.beginPath();
    context.moveTo(first.x * width, first.y * height);
    // A touch without a movement is a dot.
    context.lineTo(first.x * width, first.y * height);
    for (const { x, y } of rest) context.lineTo(x * width, y * height);
    context.stroke();
  }
}

/** As it is sent: white where the picture may change, black elsewhere. */
export async function maskFile(mask: Mask, { width, height }: { width: number; height: number }): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser draws nothing.");
  context.fillStyle = "black";
  context.fillRect(0, 0, width, height);
  drawMask(context, mask, "white");
  return canvas.convertToBlob({ type: "image/png" });
}
