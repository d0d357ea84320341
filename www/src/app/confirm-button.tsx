import { Button } from "@mantine/core";
import { useEffect, useRef, useState, type ReactNode } from "react";
import classes from "./confirm-button.module.css";

/** A button for what cannot be taken back: it asks first. The question takes the focus, and gives it back. */
export function ConfirmButton({ question, yes, no, icon, onConfirm, children }: { question: string; yes: string; no: string; icon?: ReactNode; onConfirm: () => void; children: string }) {
  const button = useRef<HTMLButtonElement>(null);
  const [isAsking, setAsking] = useState(false);
  const wasAsking = useRef(false);

  useEffect(() => {
    if (wasAsking.current && !isAsking) button.current?.focus();
    wasAsking.current = isAsking;
  }, [isAsking]);

  if (!isAsking) {
    return (
      <Button ref={button} variant="default" size="compact-md" leftSection={icon} onClick={() => setAsking(true)}>
        {children}
      </Button>
    );
  }
  return (
    <div className={classes.question} role="group" aria-label={question}>
      <span>{question}</span>
      <Button
        variant="light"
        color="red"
        size="compact-md"
        onClick={() => {
          setAsking(false);
          onConfirm();
        }}
      >
        {yes}
      </Button>
      <Button variant="default" size="compact-md" autoFocus onClick={() => setAsking(false)}>
        {no}
      </Button>
    </div>
  );
}
