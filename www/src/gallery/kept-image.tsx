import { useEffect, useState } from "react";
import { BlobImage } from "../app/blob-image";
import { useSession } from "../app/session-context";
import classes from "./gallery.module.css";
import type { KeptPicture } from "./kept-picture";

/** A kept picture, read from storage while it is there and no longer. */
export function KeptImage({ picture, className, onFile }: { picture: KeptPicture; className?: string | undefined; onFile?: (file: Blob) => void }) {
  const { gallery } = useSession();
  const [found, setFound] = useState<Blob | "gone" | "unreadable">();
  const { id, prompt } = picture;

  useEffect(() => {
    let isCurrent = true;
    gallery.file(id).then(
      (file) => {
        if (!isCurrent) return;
        setFound(file ?? "gone");
        if (file !== undefined) onFile?.(file);
      },
      () => isCurrent && setFound("unreadable"),
    );
    return () => {
      isCurrent = false;
    };
  }, [gallery, id, onFile]);

  if (found === undefined) return null;
  if (found instanceof Blob) return <BlobImage className={className} blob={found} alt={prompt} />;
  return <span className={classes.gone}>{found === "gone" ? "This picture is gone from storage." : "This picture cannot be read from storage now."}</span>;
}
