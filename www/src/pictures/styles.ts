import type { ImageRequest } from "hkm-mesh";

export type Style = Extract<ImageRequest["workflow"], string>;
export type AspectRatio = NonNullable<ImageRequest["aspectRatio"]>;

export const styles: readonly { value: Style; label: string; meaning: string }[] = [
  { value: "infographic", label: "Infographic", meaning: "Flat and clear, with room for facts." },
  { value: "scientific", label: "Scientific", meaning: "An illustration as in a textbook." },
  { value: "artistic", label: "Artistic", meaning: "Free, with light and mood." },
];

export const aspectRatios: readonly { value: AspectRatio; label: string }[] = [
  { value: "1:1", label: "Square, 1:1" },
  { value: "4:3", label: "Landscape, 4:3" },
  { value: "16:9", label: "Wide, 16:9" },
  { value: "3:4", label: "Portrait, 3:4" },
  { value: "9:16", label: "Tall, 9:16" },
];

export function styleLabel(style: Style): string {
  return styles.find(({ value }) => value === style)?.label ?? style;
}

/** Pixels of the longer side; without one the model makes what it makes best. */
export const sides: readonly { value: number; label: string }[] = [
  { value: 768, label: "Small, 768 px" },
  { value: 1536, label: "Large, 1536 px" },
  { value: 2048, label: "Very large, 2048 px" },
];

/** That side of a picture of this shape, as a request says it: the other one follows from the shape. */
export function sizeOf(aspectRatio: AspectRatio, side: number | undefined): { width?: number; height?: number } {
  if (side === undefined) return {};
  const [width = 1, height = 1] = aspectRatio.split(":").map(Number);
  return width >= height ? { width: side } : { height: side };
}
