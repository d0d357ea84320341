// @ts-check
/** JSON and instants as Go writes and reads them: Ollama's bytes and Ollama's complaints differ from JavaScript's. */

const ESCAPES = /[<>&\u2028\u2029]/g;

/**
 * Go escapes what could matter inside HTML. Properties that are undefined are left out, like Go's `omitempty`.
 * @param {unknown} value
 * @returns {string}
 */
export function encode(value) {
  return JSON.stringify(value).replace(ESCAPES, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * RFC 3339 in UTC with as many digits of a second as are not zero, up to nine.
 * @param {number} epochMs
 * @param {number} [nanoseconds] beyond the millisecond, below 1,000,000
 */
export function instant(epochMs, nanoseconds = 0) {
  const whole = new Date(epochMs).toISOString();
  const digits = (whole.slice(20, 23) + String(nanoseconds).padStart(6, "0")).replace(/0+$/, "");
  return `${whole.slice(0, 19)}${digits === "" ? "" : `.${digits}`}Z`;
}

/**
 * A clock as `created_at` shows it: never the same instant twice, with digits below the millisecond.
 * @param {() => number} now epoch milliseconds
 * @returns {() => string}
 */
export function stamps(now) {
  let lastMs = 0;
  let nanoseconds = 0;
  return () => {
    const ms = Math.max(now(), lastMs);
    nanoseconds = ms === lastMs ? nanoseconds + 10_473 : 104_729;
    lastMs = ms + Math.floor(nanoseconds / 1_000_000);
    nanoseconds %= 1_000_000;
    return instant(lastMs, nanoseconds);
  };
}

/**
 * @param {string} text
 * @returns {{ value: unknown } | { error: string }} error as Go words it
 */
export function decode(text) {
  if (text.trim() === "") return { error: "missing request body" };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return explain(text, error instanceof Error ? error.message : "");
  }
}

/**
 * @param {string} text
 * @param {string} message V8's
 * @returns {{ value: unknown } | { error: string }}
 */
function explain(text, message) {
  const position = Number(/at position (\d+)/.exec(message)?.[1] ?? Number.NaN);
  // Go reads the first value and leaves what follows it.
  if (message.startsWith("Unexpected non-whitespace") && position > 0) return decode(text.slice(0, position));
  if (/Unexpected end|Unterminated/.test(message) || position >= text.trimEnd().length) return { error: "unexpected EOF" };
  const character = Number.isNaN(position) ? /Unexpected token '(.)'/u.exec(message)?.[1] ?? "?" : text[position];
  return { error: `invalid character '${character}' looking for beginning of value` };
}

/**
 * A Go duration ("1h30m", "5m", "10s", "250ms") or a number of seconds, in milliseconds; negative: for ever.
 * @param {unknown} value
 * @returns {number | undefined} undefined when it is neither
 */
export function durationMs(value) {
  if (typeof value === "number") return value < 0 ? Infinity : value * 1000;
  if (typeof value !== "string") return undefined;
  const units = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (value.startsWith("-")) return Infinity;
  if (parts.length === 0) return /^\d+$/.test(value) ? Number(value) * 1000 : undefined;
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[/** @type {keyof typeof units} */ (unit)], 0);
}

/**
 * Go's name of a JSON value's kind, for "cannot unmarshal … into Go struct field …".
 * @param {unknown} value
 */
export function kindOf(value) {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return typeof value;
}
