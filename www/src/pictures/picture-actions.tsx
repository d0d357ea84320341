import { Button } from "@mantine/core";
import { Download, Pencil, RotateCcw } from "lucide-react";
import type { ReactNode } from "react";
import { announce } from "../app/announcer";
import { download } from "../app/object-url";
import { fileNameOf } from "./file-name";
import classes from "./painting-view.module.css";

interface PictureActionsProps {
  /** Undefined as long as it is being read. */
  file: Blob | undefined;
  mediaType: string;
  prompt: string;
  onEdit: () => void;
  /** Undefined where the picture has no seed. */
  onAgain: (() => void) | undefined;
  children?: ReactNode;
}

/** What can be done with a picture. */
export function PictureActions({ file, mediaType, prompt, onEdit, onAgain, children }: PictureActionsProps) {
  const save = () => {
    if (file === undefined) return;
    download(file, fileNameOf(prompt, mediaType));
    announce("The picture is downloaded.");
  };
  return (
    <div className={classes.actions}>
      <Button variant="default" size="compact-md" leftSection={<Download size={15} aria-hidden />} onClick={save}>
        Download
      </Button>
      <Button variant="default" size="compact-md" leftSection={<Pencil size={15} aria-hidden />} onClick={onEdit}>
        Edit this image
      </Button>
      {onAgain !== undefined && (
        <Button variant="default" size="compact-md" leftSection={<RotateCcw size={15} aria-hidden />} onClick={onAgain}>
          Again with this seed
        </Button>
      )}
      {children}
    </div>
  );
}
