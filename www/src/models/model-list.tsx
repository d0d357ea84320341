import { useVirtualizer } from "@tanstack/react-virtual";
import type { ModelConfig } from "hkm-mesh";
import { useEffect, useRef } from "react";
import { AnyModelRow } from "./any-model-row";
import { addressOf } from "./model-facts";
import classes from "./model-list.module.css";
import { ModelRow } from "./model-row";
import type { Standing } from "./standing";

/** A model, or that the mesh is to choose one. */
export type Entry = { kind: "any" } | { kind: "model"; model: ModelConfig };

export function optionId(listId: string, index: number): string {
  return `${listId}-${index}`;
}

interface ModelListProps {
  id: string;
  entries: readonly Entry[];
  /** The place of the one that Enter takes; -1 in an empty list. */
  active: number;
  chosen: string | undefined;
  standings: (model: ModelConfig) => Standing;
  onTake: (entry: Entry) => void;
  onPoint: (index: number) => void;
}

/** Rows are there only where they can be seen, so that a thousand models cost what a dozen do. Where the focus is, is the search field's business. */
export function ModelList({ id, entries, active, chosen, standings, onTake, onPoint }: ModelListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- its functions are called in this component only, and nothing here is compiled to be remembered
  const rows = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 92,
    overscan: 4,
    getItemKey: (index) => {
      const entry = entries[index];
      return entry?.kind === "model" ? addressOf(entry.model) : "any";
    },
  });

  useEffect(() => {
    if (active >= 0) rows.scrollToIndex(active, { align: "auto" });
    // What the virtualiser is must not matter: it is another one at every render.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [active, entries.length]);

  const shown = rows.getVirtualItems();
  return (
    <div ref={scroller} id={id} role="listbox" aria-label="Models" className={classes.scroller}>
      <div role="presentation" className={classes.rows} style={{ height: rows.getTotalSize() }}>
        {shown.map(({ index, key, start }) => {
          const entry = entries[index];
          if (entry === undefined) return null;
          const isChosen = entry.kind === "any" ? chosen === undefined : addressOf(entry.model) === chosen;
          const standing = entry.kind === "any" ? undefined : standings(entry.model);
          return (
            <div
              key={key}
              ref={rows.measureElement}
              id={optionId(id, index)}
              role="option"
              className={classes.row}
              data-index={index}
              data-active={index === active || undefined}
              aria-selected={isChosen}
              aria-disabled={standing !== undefined && !standing.open && standing.remedy === undefined}
              aria-posinset={index + 1}
              aria-setsize={entries.length}
              style={{ transform: `translateY(${start}px)` }}
              onClick={() => {
                onPoint(index);
                onTake(entry);
              }}
            >
              {entry.kind === "any" || standing === undefined ? <AnyModelRow chosen={isChosen} /> : <ModelRow model={entry.model} standing={standing} chosen={isChosen} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}
