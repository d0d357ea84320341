// Tables for a terminal that also read as Markdown.

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly (string | number)[])[]} rows the first cell of each is its name
 */
export function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length), 3));
  const line = (row) => `| ${widths.map((width, column) => (column === 0 ? (row[column] ?? "").padEnd(width) : (row[column] ?? "").padStart(width))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join("\n");
}

/** Three digits that count. */
export function short(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en").replaceAll(",", " ");
  return value.toFixed(size >= 10 ? 1 : 2);
}

/** A ratio with its spread, or that there is nothing to be found. */
export function ratioCell(comparison) {
  if (!comparison || !Number.isFinite(comparison.ratio)) return "–";
  const { ratio, low, high, isFinding } = comparison;
  const spread = `(${short(low)}–${short(high)})`;
  return isFinding ? `${short(ratio)} ${spread}` : `no finding ${spread}`;
}

/** @param {number} bytes */
export function kilobytes(bytes) {
  return short(bytes / 1000);
}
