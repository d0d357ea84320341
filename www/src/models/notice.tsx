import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import classes from "./notice.module.css";

/** A short warning that belongs to what it stands beside. */
export function Notice({ children }: { children: ReactNode }) {
  return (
    <p className={classes.notice}>
      <TriangleAlert size={15} aria-hidden />
      <span>{children}</span>
    </p>
  );
}
