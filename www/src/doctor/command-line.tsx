import { Button } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { Check, Copy } from "lucide-react";
import { announce } from "../app/announcer";
import classes from "./command-line.module.css";

/** A command to run elsewhere, exactly as it is to be typed. */
export function CommandLine({ command }: { command: string }) {
  const clipboard = useClipboard();
  const copy = () => {
    clipboard.copy(command);
    announce("The command is copied.");
  };
  return (
    <div className={classes.row}>
      <pre className={classes.command} tabIndex={0} aria-label="Command">
        <code>{command}</code>
      </pre>
      <Button
        variant="default"
        size="xs"
        className={classes.copy}
        leftSection={clipboard.copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
        aria-label={`Copy the command ${command}`}
        onClick={copy}
      >
        {clipboard.copied ? "Copied" : "Copy"}
      </Button>
    </div>
  );
}
