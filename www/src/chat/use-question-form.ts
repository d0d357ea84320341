import { useState, type ClipboardEvent, type DragEvent, type KeyboardEvent, type SubmitEvent } from "react";
import { filesIn } from "./picture";

/** What every form for words and files has in common: Enter sends it, and files are pasted and dropped anywhere on it. */
export function useQuestionForm(send: () => void, take: (files: readonly File[]) => void) {
  const [dropping, setDropping] = useState(false);
  const takeFrom = (event: ClipboardEvent | DragEvent, transfer: DataTransfer | null) => {
    const files = filesIn(transfer);
    if (files.length === 0) return;
    event.preventDefault();
    take(files);
  };
  const onDrag = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    setDropping(event.type !== "dragleave");
  };
  return {
    dropping,
    form: {
      "data-dropping": dropping || undefined,
      onSubmit: (event: SubmitEvent<HTMLFormElement>) => {
        event.preventDefault();
        send();
      },
      onPaste: (event: ClipboardEvent) => { takeFrom(event, event.clipboardData); },
      onDragEnter: onDrag,
      onDragOver: onDrag,
      onDragLeave: onDrag,
      onDrop: (event: DragEvent) => {
        setDropping(false);
        takeFrom(event, event.dataTransfer);
      },
    },
    onKeyDown: (event: KeyboardEvent<HTMLTextAreaElement>) => {
      // While an input method composes a word, Enter belongs to it.
      if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
      event.preventDefault();
      send();
    },
  };
}
