import type { ReactNode } from "react";
import classes from "./card.module.css";

/** A titled box: one thing that can be done or looked at. */
export function Card({ title, icon, level = 2, aside, children }: { title: string; icon?: ReactNode; level?: 2 | 3; aside?: ReactNode; children: ReactNode }) {
  const Heading = `h${level}` as const;
  return (
    <section className={classes.card} aria-label={title}>
      <div className={classes.head}>
        {icon !== undefined && <span className={classes.icon}>{icon}</span>}
        <Heading className={classes.title}>{title}</Heading>
        {aside}
      </div>
      <div className={classes.body}>{children}</div>
    </section>
  );
}
