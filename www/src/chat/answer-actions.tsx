import { ActionIcon } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { Check, Copy, RotateCcw } from "lucide-react";
import { announce } from "../app/announcer";
import classes from "./answer-actions.module.css";

export function AnswerActions({ text, onRegenerate }: { text: string; onRegenerate: (() => void) | undefined }) {
  const clipboard = useClipboard();
  const copy = () => {
    clipboard.copy(text);
    announce("The answer is copied.");
  };
  return (
    <div className={classes.actions}>
      {text !== "" && (
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Copy the answer" title="Copy" onClick={copy}>
          {clipboard.copied ? <Check size={17} aria-hidden /> : <Copy size={17} aria-hidden />}
        </ActionIcon>
      )}
      {onRegenerate !== undefined && (
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Answer again" title="Answer again" onClick={onRegenerate}>
          <RotateCcw size={17} aria-hidden />
        </ActionIcon>
      )}
    </div>
  );
}
