import { Button, VisuallyHidden } from "@mantine/core";
import { ArrowUp, Square } from "lucide-react";
import type { MouseEvent, RefObject } from "react";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { AttachButton } from "./attach-button";
import { AttachedPictures } from "./attached-pictures";
import classes from "./composer.module.css";
import { RequestSwitches } from "./request-switches";
import { useAttachments } from "./use-attachments";
import { useQuestionForm } from "./use-question-form";
import { WhoAnswers } from "./who-answers";

function SendButton({ busy, empty }: { busy: boolean; empty: boolean }) {
  const { conversation } = useSession();
  const stop = (event: MouseEvent) => {
    // By the time the browser acts on the click, the same button may be the one that sends.
    event.preventDefault();
    conversation.stop();
  };
  return busy ? (
    <Button className={classes.send} variant="default" type="button" onClick={stop}>
      <Square size={13} fill="currentColor" aria-hidden />
      <span className={classes.word}>Stop</span>
    </Button>
  ) : (
    <Button className={classes.send} type="submit" aria-disabled={empty}>
      <ArrowUp size={18} aria-hidden />
      <span className={classes.word}>Send</span>
    </Button>
  );
}

/** The question: its words, its pictures, and what the answer may use. */
function Question({ inputRef, busy }: { inputRef: RefObject<HTMLTextAreaElement | null>; busy: boolean }) {
  const { conversation } = useSession();
  const draft = useObservable(conversation.draft);
  const { attach, detach, faults } = useAttachments();
  const empty = draft.text.trim() === "" && draft.pictures.length === 0;

  const { dropping, form, onKeyDown } = useQuestionForm(() => conversation.send(), attach);

  return (
    <form className={classes.question} aria-label="Ask" {...form}>
      <AttachedPictures pictures={draft.pictures} onRemove={detach} />
      {faults.map((fault) => (
        <p key={fault} role="alert" className={classes.fault}>
          {fault}
        </p>
      ))}
      <label>
        <VisuallyHidden>Your question</VisuallyHidden>
        <textarea
          ref={inputRef}
          className={classes.input}
          rows={1}
          value={draft.text}
          placeholder={dropping ? "Drop the image here" : "Ask a question"}
          aria-describedby="route-line"
          onChange={(event) => conversation.draft.set({ ...draft, text: event.currentTarget.value })}
          onKeyDown={onKeyDown}
        />
      </label>
      <div className={classes.controls}>
        <AttachButton onFiles={attach} />
        <RequestSwitches />
        <SendButton busy={busy} empty={empty} />
      </div>
    </form>
  );
}

/** The question above, and below it who would answer: by which goal, or which model, and why. */
export function Composer({ inputRef, busy }: { inputRef: RefObject<HTMLTextAreaElement | null>; busy: boolean }) {
  return (
    <div className={classes.dock}>
      <div className={classes.card}>
        <Question inputRef={inputRef} busy={busy} />
        {/* Beside the form, not in it: the list of models holds forms of its own. */}
        <WhoAnswers />
      </div>
    </div>
  );
}
