/** Numbers as the visitor writes them. */

const whole = new Intl.NumberFormat();
const compact = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const oneDigit = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const noDigit = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
// Rounded down: "100 %" is said only of all.
const share = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1, roundingMode: "floor" });
const change = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" });
const points = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1, signDisplay: "exceptZero" });
const currency = { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" } as const;
const cents = new Intl.NumberFormat(undefined, currency);
const smallSum = new Intl.NumberFormat(undefined, { ...currency, minimumFractionDigits: 0, maximumSignificantDigits: 2 });
const nothing = new Intl.NumberFormat(undefined, { ...currency, maximumFractionDigits: 0 });

/** What stands where there is nothing to tell. */
export const none = "–";

export function countWords(count: number): string {
  return whole.format(count);
}

/** Long numbers cut short: 1.2 M. */
export function roughWords(count: number): string {
  return count < 10_000 ? whole.format(count) : compact.format(count);
}

/** @param part 0 to 1 */
export function shareWords(part: number): string {
  return share.format(part);
}

/** @param part 0.5 is half as much again */
export function changeWords(part: number): string {
  // A share of next to nothing says nothing.
  return part > 9.99 ? `× ${noDigit.format(part + 1)}` : change.format(part);
}

/** @param difference between two shares */
export function pointWords(difference: number): string {
  return `${points.format(difference * 100)} points`;
}

export function durationWords(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return none;
  if (milliseconds < 1_000) return `${noDigit.format(milliseconds)} ms`;
  if (milliseconds < 10_000) return `${oneDigit.format(milliseconds / 1_000)} s`;
  if (milliseconds < 600_000) return `${noDigit.format(milliseconds / 1_000)} s`;
  return `${noDigit.format(milliseconds / 60_000)} min`;
}

export function rateWords(tokensPerSecond: number | undefined): string {
  if (tokensPerSecond === undefined) return none;
  return `${(tokensPerSecond < 10 ? oneDigit : noDigit).format(tokensPerSecond)} tok/s`;
}

/** US dollars with as many digits as a small sum needs. */
export function dollarWords(dollars: number): string {
  if (dollars === 0) return nothing.format(0);
  return dollars >= 0.01 ? cents.format(dollars) : smallSum.format(dollars);
}
