import { useBlobImage } from "./object-url";

/** A picture that is no file of this page. */
export function BlobImage({ blob, alt, className }: { blob: Blob; alt: string; className?: string | undefined }) {
  const image = useBlobImage(blob);
  return <img ref={image} alt={alt} className={className} decoding="async" />;
}
