import { Button, VisuallyHidden } from "@mantine/core";
import { ArrowUp, Square } from "lucide-react";
import { useState, type ClipboardEvent, type DragEvent, type KeyboardEvent, type RefObject, type SubmitEvent } from "react";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { AttachButton } from "./attach-button";
import { AttachedPictures } from "./attached-pictures";
import classes from "./composer.module.css";
import { filesIn } from "./picture";
import { RequestSwitches } from "./request-switches";
import { useAttachments } from "./use-attachments";
import { WhoAnswers } from "./who-answers";

function SendButton({ busy, empty }: { busy: boolean; empty: boolean }) {
  const { conversation } = useSession();
  return busy ? (
    <Button className={classes.send} variant="default" type="button" onClick={() => conversation.stop()}>
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
  const [dropping, setDropping] = useState(false);
  const empty = draft.text.trim() === "" && draft.pictures.length === 0;

  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    conversation.send();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes a word, Enter belongs to it.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    conversation.send();
  };
  const onPaste = (event: ClipboardEvent) => {
    const files = filesIn(event.clipboardData);
    if (files.length === 0) return;
    event.preventDefault();
    attach(files);
  };
  const onDrag = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    setDropping(event.type !== "dragleave");
  };
  const onDrop = (event: DragEvent) => {
    setDropping(false);
    const files = filesIn(event.dataTransfer);
    if (files.length === 0) return;
    event.preventDefault();
    attach(files);
  };

  return (
    <form className={classes.question} data-dropping={dropping || undefined} aria-label="Ask" onSubmit={onSubmit} onPaste={onPaste} onDragEnter={onDrag} onDragOver={onDrag} onDragLeave={onDrag} onDrop={onDrop}>
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
