import { Trash2 } from "lucide-react";
import { useCallback, useState } from "react";
import { ConfirmButton } from "../app/confirm-button";
import { momentWords } from "../app/moment-words";
import { isSimulated, simulatedNotice } from "../models/demonstration";
import { Notice } from "../models/notice";
import { PictureActions } from "../pictures/picture-actions";
import { PictureFacts } from "../pictures/picture-facts";
import { FindingsList } from "../research/findings-list";
import { styleLabel } from "../pictures/styles";
import classes from "./gallery.module.css";
import { KeptImage } from "./kept-image";
import type { KeptPicture } from "./kept-picture";

interface OpenedPictureProps {
  picture: KeptPicture;
  onEdit: (picture: KeptPicture, file: Blob) => void;
  onAgain: (picture: KeptPicture, seed: number) => void;
  onDelete: (picture: KeptPicture) => void;
}

/** A kept picture in whole, with all that is known of it and what can be done with it. */
export function OpenedPicture({ picture, onEdit, onAgain, onDelete }: OpenedPictureProps) {
  const [file, setFile] = useState<Blob>();
  const take = useCallback((found: Blob) => setFile(found), []);
  const { prompt, style, aspectRatio, side, count, seed, receipt, model, isEdit, at, findings } = picture;
  return (
    <div className={classes.opened} tabIndex={0} role="group" aria-label="The picture">
      <KeptImage picture={picture} className={classes.picture} onFile={take} />
      {isSimulated(model) && <Notice>{simulatedNotice}</Notice>}
      <p className={classes.prompt}>{prompt}</p>
      <p className={classes.when}>{[styleLabel(style), aspectRatio, ...(side === undefined ? [] : [`${side} px`]), ...(isEdit ? ["changed from another picture"] : []), momentWords(at)].join(" · ")}</p>
      {findings !== undefined && <FindingsList findings={findings} />}
      {receipt !== undefined && receipt.model !== model && <p className={classes.when}>Made by {model}. Another one made the rest, and the facts are of both:</p>}
      {receipt !== undefined && <PictureFacts receipt={receipt} pictures={count} seeds={seed === undefined ? [] : [seed]} />}
      <PictureActions
        file={file}
        mediaType={picture.mediaType}
        prompt={prompt}
        onEdit={() => file !== undefined && onEdit(picture, file)}
        // What it was drawn over is not kept.
        onAgain={seed === undefined || isEdit ? undefined : () => onAgain(picture, seed)}
      >
        <ConfirmButton question="Delete it for good?" yes="Delete" no="Keep it" icon={<Trash2 size={15} aria-hidden />} onConfirm={() => onDelete(picture)}>
          Delete
        </ConfirmButton>
      </PictureActions>
    </div>
  );
}
