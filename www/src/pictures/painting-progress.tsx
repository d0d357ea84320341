import { Progress } from "@mantine/core";
import { BlobImage } from "../app/blob-image";
import { waitingLine } from "../chat/waiting-line";
import type { Painting } from "./painting";
import classes from "./painting-view.module.css";

/** ComfyUI's names of nodes as words: "KSampler" stays, "VAEDecode" is "VAE Decode". */
function nodeWords(node: string): string {
  return node.replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z]{2})(?=[A-Z][a-z])/gu, " ");
}

function Line({ asked, position, progress, pictures }: Painting) {
  if (position !== undefined && asked !== undefined) return <>{waitingLine(asked, position)}</>;
  if (progress === undefined) return <>{pictures.length > 0 ? "The next one…" : "Waiting for the first step…"}</>;
  const { value, max, node } = progress;
  return <>{`Step ${Math.floor(value)} of ${Math.ceil(max)}${node === undefined ? "" : `: ${nodeWords(node)}`}`}</>;
}

/** How far a picture is, and what there is of it. */
export function PaintingProgress({ painting }: { painting: Painting }) {
  const { progress, preview } = painting;
  const share = progress === undefined || progress.max <= 0 ? 0 : (100 * progress.value) / progress.max;
  return (
    <div className={classes.progress}>
      <p className={classes.line}>
        <Line {...painting} />
      </p>
      <Progress value={share} size="sm" aria-label="Progress" />
      {preview !== undefined && <BlobImage className={classes.preview} blob={preview} alt="Preview of the picture that is being made" />}
    </div>
  );
}
