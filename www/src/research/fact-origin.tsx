import { Anchor } from "@mantine/core";
import type { Origin } from "./fact";
import classes from "./research.module.css";

/** Where a fact comes from. Nothing is loaded from there: only a click goes there. */
export function FactOrigin({ origin }: { origin: Origin }) {
  if (origin.kind === "none") return <span className={classes.origin}>No source</span>;
  return (
    <span className={classes.origin}>
      <Anchor href={origin.url} target="_blank" rel="noopener noreferrer nofollow" underline="always" inherit>
        {new URL(origin.url).host}
      </Anchor>
      {origin.kind === "found" ? " (found by the search)" : " (named by the model, nobody looked there)"}
    </span>
  );
}
