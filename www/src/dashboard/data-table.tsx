import { ArrowDown, ArrowUp } from "lucide-react";
import { useState, type ReactNode } from "react";
import classes from "./data-table.module.css";

/** A cell is told by words; what a column is sorted by, where that can be done, is a number or a name. */
export interface Column<Row> {
  title: string;
  cell: (row: Row) => ReactNode;
  order?: (row: Row) => number | string | undefined;
  /** Names are not to be cut in two; everything else is a number and stands to the right. */
  isText?: boolean;
}

interface Order {
  column: number;
  isDescending: boolean;
}

function compare(a: number | string | undefined, b: number | string | undefined): number {
  if (typeof a === "string" && typeof b === "string") return a.localeCompare(b);
  return Number(a) - Number(b);
}

/** What is unknown comes last, whichever way it is sorted. */
function sorted<Row>(rows: readonly Row[], { order }: Column<Row>, isDescending: boolean): readonly Row[] {
  if (order === undefined) return rows;
  const known = rows.filter((row) => order(row) !== undefined);
  const unknown = rows.filter((row) => order(row) === undefined);
  return [...known.sort((a, b) => compare(order(a), order(b)) * (isDescending ? -1 : 1)), ...unknown];
}

/**
 * A table that becomes a list of cards on a narrow screen. Its roles are written out: a browser forgets what a table is once
 * its parts are laid out in another way.
 * @param columns the first one names the row
 */
export function DataTable<Row>({ label, columns, rows, keyOf, first }: { label: string; columns: readonly Column<Row>[]; rows: readonly Row[]; keyOf: (row: Row) => string | number; first?: Order }) {
  const [order, setOrder] = useState(first);
  const column = order && columns[order.column];
  const shown = column === undefined ? rows : sorted(rows, column, order?.isDescending ?? false);
  const sortBy = (index: number) => setOrder({ column: index, isDescending: order?.column === index ? !order.isDescending : columns[index]?.isText !== true });
  const isSortable = columns.some((one) => one.order !== undefined);
  return (
    <table role="table" aria-label={label} className={classes.table} data-sortable={isSortable || undefined}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ title, order: canSort, isText }, index) => {
            const state = order?.column === index ? (order.isDescending ? "descending" : "ascending") : undefined;
            return (
              <th key={title} role="columnheader" scope="col" data-text={isText} aria-sort={state}>
                {canSort === undefined ? (
                  title
                ) : (
                  <button type="button" className={classes.sort} onClick={() => sortBy(index)}>
                    {title}
                    {state === "ascending" && <ArrowUp size={13} aria-hidden />}
                    {state === "descending" && <ArrowDown size={13} aria-hidden />}
                  </button>
                )}
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {shown.map((row) => (
          <tr key={keyOf(row)} role="row">
            {columns.map(({ title, cell, isText }, index) =>
              index === 0 ? (
                <th key={title} role="rowheader" scope="row" data-text={isText}>
                  {cell(row)}
                </th>
              ) : (
                <td key={title} role="cell" data-text={isText} data-title={title}>
                  {cell(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
