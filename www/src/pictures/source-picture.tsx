import { CloseButton } from "@mantine/core";
import { BlobImage } from "../app/blob-image";
import attached from "../chat/pictures.module.css";
import classes from "./picture-form.module.css";
import type { Source } from "./picture-draft";

/** The picture that is to be changed, with a way to take it back. */
export function SourcePicture({ source, onRemove }: { source: Source; onRemove: () => void }) {
  return (
    <div className={classes.source}>
      <div className={attached.item}>
        <BlobImage className={attached.thumbnail} blob={source.file} alt={source.name} />
        <CloseButton className={attached.remove} size="sm" radius="xl" variant="filled" aria-label={`Remove ${source.name}`} onClick={onRemove} />
      </div>
      <p>This picture is changed as you describe.</p>
    </div>
  );
}
