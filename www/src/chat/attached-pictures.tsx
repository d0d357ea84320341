import { CloseButton } from "@mantine/core";
import classes from "./pictures.module.css";
import type { Picture } from "./picture";

/** The images that will go along, each with a way to take it back. */
export function AttachedPictures({ pictures, onRemove }: { pictures: readonly Picture[]; onRemove: (picture: Picture) => void }) {
  if (pictures.length === 0) return null;
  return (
    <ul className={classes.list} aria-label="Attached images">
      {pictures.map((picture) => (
        <li key={picture.id} className={classes.item}>
          <img className={classes.thumbnail} src={picture.url} alt={picture.name} />
          <CloseButton className={classes.remove} size="sm" radius="xl" variant="filled" aria-label={`Remove ${picture.name}`} onClick={() => onRemove(picture)} />
        </li>
      ))}
    </ul>
  );
}
