/** An image that goes along with a question. */
export interface Picture {
  id: string;
  name: string;
  mediaType: string;
  bytes: number;
  file: Blob;
  /** A blob: address of this page, for showing it. */
  url: string;
}

/** What models with vision read. */
const readable: readonly string[] = ["image/png", "image/jpeg", "image/webp", "image/gif"];
export const acceptedTypes = readable.join(",");

/** The mesh sends 20 MB of files in one request at most. */
const mostBytes = 20_000_000;
export const mostPictures = 5;

let count = 0;

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function nameOf(file: Blob): string {
  return file instanceof File && file.name !== "" ? file.name : "This file";
}

/** Why a file cannot go along, in words, or nothing. */
export function pictureFault(file: Blob, others: readonly Picture[]): string | undefined {
  const name = nameOf(file);
  if (!readable.includes(file.type)) {
    const isPicture = file.type.startsWith("image/");
    return `${name} ${isPicture ? "is a kind of image that models do not read" : "is no image"}. PNG, JPEG, WebP and GIF can go along.`;
  }
  if (file.size === 0) return `${name} is empty.`;
  if (others.length >= mostPictures) return `${mostPictures} images can go along with one question.`;
  const before = others.reduce((sum, { bytes }) => sum + bytes, 0);
  if (before + file.size <= mostBytes) return undefined;
  return before === 0
    ? `${name} is too large: ${megabytes(file.size)}, and ${megabytes(mostBytes)} is the most. Make it smaller and try again.`
    : `${name} does not fit: the images would have ${megabytes(before + file.size)} together, and ${megabytes(mostBytes)} is the most.`;
}

export function toPicture(file: Blob): Picture {
  count += 1;
  const name = file instanceof File && file.name !== "" ? file.name : `image ${count}`;
  return { id: `picture-${count}`, name, mediaType: file.type, bytes: file.size, file, url: URL.createObjectURL(file) };
}

export function forgetPicture({ url }: Picture): void {
  URL.revokeObjectURL(url);
}

/** The files in what was pasted or dropped; text is none. */
export function filesIn(transfer: DataTransfer | null): File[] {
  return [...(transfer?.files ?? [])];
}
