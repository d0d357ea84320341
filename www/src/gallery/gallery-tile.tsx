import { useIntersection } from "@mantine/hooks";
import { isSimulated } from "../models/demonstration";
import { momentWords } from "../app/moment-words";
import classes from "./gallery.module.css";
import { KeptImage } from "./kept-image";
import type { KeptPicture } from "./kept-picture";

/** One of the gallery. The picture itself is read only while the tile is near what is seen. */
export function GalleryTile({ picture, onOpen }: { picture: KeptPicture; onOpen: () => void }) {
  const { ref, entry } = useIntersection<HTMLButtonElement>({ rootMargin: "200px" });
  return (
    <button ref={ref} type="button" className={classes.tile} onClick={onOpen}>
      <span className={classes.frame}>{entry?.isIntersecting === true && <KeptImage picture={picture} className={classes.thumbnail} />}</span>
      <span className={classes.words}>{picture.prompt}</span>
      <span className={classes.when}>
        {momentWords(picture.at)}
        {isSimulated(picture.model) && " · simulated"}
      </span>
    </button>
  );
}
