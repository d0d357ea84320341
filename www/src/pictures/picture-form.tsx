import { Button, VisuallyHidden } from "@mantine/core";
import { Sparkles, Square } from "lucide-react";
import type { MouseEvent, RefObject } from "react";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { AttachButton } from "../chat/attach-button";
import composer from "../chat/composer.module.css";
import { useQuestionForm } from "../chat/use-question-form";
import classes from "./picture-form.module.css";
import { FindingsNote } from "./findings-note";
import { PictureSettings } from "./picture-settings";
import { SourcePicture } from "./source-picture";
import { useSource } from "./use-source";
import { WhoPaints } from "./who-paints";

/** The picture as it is to be: its words, one to change, its style and shape; and below who makes it. */
export function PictureForm({ inputRef, busy }: { inputRef: RefObject<HTMLTextAreaElement | null>; busy: boolean }) {
  const { studio } = useSession();
  const { prompt, source, mask, findings } = useObservable(studio.draft);
  const { take, drop, fault } = useSource();

  const { dropping, form, onKeyDown } = useQuestionForm(() => studio.start(), take);
  const onStop = (event: MouseEvent) => {
    // By the time the browser acts on the click, the same button may be the one that begins.
    event.preventDefault();
    studio.stop();
  };
  return (
    <div className={composer.card}>
      <form className={composer.question} aria-label="Describe a picture" {...form}>
        {findings !== undefined && <FindingsNote findings={findings} onRemove={() => studio.change({ findings: undefined })} />}
        {source !== undefined && <SourcePicture source={source} mask={mask} onMask={(painted) => studio.change({ mask: painted })} onRemove={drop} />}
        {fault !== undefined && (
          <p role="alert" className={composer.fault}>
            {fault}
          </p>
        )}
        <label>
          <VisuallyHidden>The picture in words</VisuallyHidden>
          <textarea
            ref={inputRef}
            className={composer.input}
            rows={2}
            value={prompt}
            placeholder={dropping ? "Drop the picture here" : source === undefined ? "Describe a picture" : "Describe what is to change"}
            aria-describedby="picture-route-line"
            onChange={(event) => studio.write(event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
        </label>
        <PictureSettings />
        <div className={composer.controls}>
          <AttachButton single label="Change a picture of yours" onFiles={take} />
          {busy ? (
            <Button className={classes.make} variant="default" type="button" leftSection={<Square size={13} fill="currentColor" aria-hidden />} onClick={onStop}>
              Stop
            </Button>
          ) : (
            <Button className={classes.make} type="submit" aria-disabled={prompt.trim() === ""} leftSection={<Sparkles size={16} aria-hidden />}>
              {source === undefined ? "Make the picture" : "Change the picture"}
            </Button>
          )}
        </div>
      </form>
      {/* Beside the form, not in it: the list of models holds forms of its own. */}
      <WhoPaints />
    </div>
  );
}
