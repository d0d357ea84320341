import { Trash2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { announce } from "../app/announcer";
import { ConfirmButton } from "../app/confirm-button";
import { Dialog } from "../app/dialog";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import view from "../app/view.module.css";
import { formatBytes } from "../models/model-facts";
import { Notice } from "../models/notice";
import classes from "./gallery.module.css";
import { GalleryTile } from "./gallery-tile";
import type { KeptPicture } from "./kept-picture";
import { OpenedPicture } from "./opened-picture";

interface GallerySectionProps {
  onEdit: (picture: KeptPicture, file: Blob) => void;
  onAgain: (picture: KeptPicture, seed: number) => void;
}

function countWords(count: number): string {
  return count === 1 ? "One picture is" : `${count} pictures are`;
}

/** All pictures that are kept in this browser. */
export function GallerySection({ onEdit, onAgain }: GallerySectionProps) {
  const { gallery } = useSession();
  const { pictures, unreadable, problem } = useObservable(gallery.state);
  const [openedId, setOpenedId] = useState<string>();
  const opened = pictures.find(({ id }) => id === openedId);
  const heading = useRef<HTMLHeadingElement>(null);
  const close = () => setOpenedId(undefined);

  // Another tab may have made some meanwhile.
  useEffect(() => void gallery.load(), [gallery]);

  // What had the focus is gone with the picture.
  const rest = () => (gallery.state.get().pictures.length > 0 ? heading.current : document.getElementById("main"))?.focus({ preventScroll: true });
  const remove = async ({ id }: KeptPicture) => {
    close();
    announce((await gallery.remove(id)) ? "The picture is deleted." : "The picture is not deleted.");
    rest();
  };
  const clear = async () => {
    announce((await gallery.clear()) ? "All pictures are deleted." : "The pictures are not deleted.");
    rest();
  };
  if (pictures.length === 0 && unreadable === 0 && problem === undefined) return null;
  const bytes = pictures.reduce((sum, picture) => sum + picture.bytes, 0);
  return (
    <section className={view.section} aria-labelledby="gallery">
      <h2 ref={heading} id="gallery" tabIndex={-1} className={classes.heading}>
        Gallery
      </h2>
      {problem !== undefined && <p role="alert">{problem}</p>}
      {unreadable > 0 && <Notice>{`${countWords(unreadable)} left out: what is kept of ${unreadable === 1 ? "it" : "them"} cannot be read.`}</Notice>}
      {pictures.length > 0 && (
        <ul className={classes.tiles} aria-label="Gallery">
          {pictures.map((picture) => (
            <li key={picture.id}>
              <GalleryTile picture={picture} onOpen={() => setOpenedId(picture.id)} />
            </li>
          ))}
        </ul>
      )}
      {(pictures.length > 0 || unreadable > 0) && (
        <div className={classes.foot}>
          <p>{`${countWords(pictures.length)} kept with ${pictures.length === 1 ? "its" : "their"} words, unencrypted, in ${formatBytes(bytes)} of this browser's storage. What is made under the goal Privacy is not kept.`}</p>
          <ConfirmButton question="Delete all pictures for good?" yes="Delete all" no="Keep them" icon={<Trash2 size={15} aria-hidden />} onConfirm={() => void clear()}>
            Delete all
          </ConfirmButton>
        </div>
      )}
      <Dialog title="A kept picture" open={opened !== undefined} onClose={close}>
        {opened !== undefined && (
          <OpenedPicture
            picture={opened}
            onEdit={(picture, file) => {
              // A dialog that closes gives the focus back. What comes next is to have it.
              flushSync(close);
              onEdit(picture, file);
            }}
            onAgain={(picture, seed) => {
              close();
              onAgain(picture, seed);
            }}
            onDelete={(picture) => void remove(picture)}
          />
        )}
      </Dialog>
    </section>
  );
}
