import { Circle, CircleCheck, CircleX } from "lucide-react";
import classes from "./state-mark.module.css";

const icons = { good: CircleCheck, bad: CircleX, idle: Circle };

/** A state as sign and word, never as colour alone. */
export function StateMark({ kind, children }: { kind: "good" | "bad" | "idle"; children: string }) {
  const Icon = icons[kind];
  return (
    <span className={classes.mark} data-kind={kind}>
      <Icon size={15} aria-hidden />
      {children}
    </span>
  );
}
