import { useLayoutEffect, useRef, type RefObject } from "react";

/** Blobs have an address only while somebody looks at them: each is given back here, where it was made. */

/** For an image that shows this blob as long as it is there. */
export function useBlobImage(blob: Blob | undefined): RefObject<HTMLImageElement | null> {
  const image = useRef<HTMLImageElement>(null);
  useLayoutEffect(() => {
    const element = image.current;
    if (blob === undefined || element === null) return;
    const address = URL.createObjectURL(blob);
    element.src = address;
    return () => URL.revokeObjectURL(address);
  }, [blob]);
  return image;
}

/** Gives the visitor a file. */
export function download(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has to have begun: some begin a moment later.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
