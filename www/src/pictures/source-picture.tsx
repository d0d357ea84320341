import { Button, CloseButton } from "@mantine/core";
import { Brush } from "lucide-react";
import { useState } from "react";
import { BlobImage } from "../app/blob-image";
import { Dialog } from "../app/dialog";
import attached from "../chat/pictures.module.css";
import { MaskPainter } from "./mask-painter";
import classes from "./picture-form.module.css";
import type { PaintedMask, Source } from "./picture-draft";

interface SourcePictureProps {
  source: Source;
  mask: PaintedMask | undefined;
  onMask: (mask: PaintedMask | undefined) => void;
  onRemove: () => void;
}

/** The picture that is to be changed, with a way to say where, and one to take it back. */
export function SourcePicture({ source, mask, onMask, onRemove }: SourcePictureProps) {
  const [painting, setPainting] = useState(false);
  const close = () => setPainting(false);
  return (
    <div className={classes.source}>
      <div className={attached.item}>
        <BlobImage className={attached.thumbnail} blob={source.file} alt={source.name} />
        <CloseButton className={attached.remove} size="sm" radius="xl" variant="filled" aria-label={`Remove ${source.name}`} onClick={onRemove} />
      </div>
      <div className={classes.change}>
        <p>{mask === undefined ? "This picture is changed as you describe." : "This picture is changed as you describe, only where you painted."}</p>
        <Button variant="default" size="compact-sm" leftSection={<Brush size={14} aria-hidden />} onClick={() => setPainting(true)}>
          Paint where
        </Button>
      </div>
      <Dialog title="Where the picture may change" open={painting} onClose={close}>
        <MaskPainter
          source={source}
          mask={mask}
          onDone={(painted) => {
            onMask(painted);
            close();
          }}
        />
      </Dialog>
    </div>
  );
}
