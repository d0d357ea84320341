// @ts-check
/**
 * JSON as Python reads and writes it, which is how ComfyUI speaks: a blank behind commas and colons, nothing but ASCII, and
 * numbers that keep their text, so that 7.0 stays a float and a seed of 64 bits loses no digit.
 */

/** A number whose text says more than JavaScript's number can hold. */
export class Numeral extends Number {
  /** @param {string} text */
  constructor(text) {
    super(text);
    this.text = text;
  }
}

/** Stands before the text of such a number while JavaScript's parser runs over it. */
const MARK = "\u0001";
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;

/**
 * @param {string} text
 * @returns {any}
 */
export function parsePython(text) {
  const marked = text.replace(TOKEN, (token) => (token.startsWith('"') || String(Number(token)) === token ? token : `"\\u0001${token}"`));
  return JSON.parse(marked, (_, value) => (typeof value === "string" && value.startsWith(MARK) ? new Numeral(value.slice(MARK.length)) : value));
}

/**
 * @param {unknown} value
 * @returns {string}
 */
export function writePython(value) {
  if (value instanceof Numeral) return value.text;
  if (Array.isArray(value)) return `[${value.map(writePython).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = [...(value instanceof Map ? value : Object.entries(value))].filter(([, item]) => item !== undefined);
    return `{${fields.map(([name, item]) => `${writePython(name)}: ${writePython(item)}`).join(", ")}}`;
  }
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * How Python shows a value in a message: texts in single quotes.
 * @param {unknown} value
 * @returns {string}
 */
export function showPython(value) {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "string") return value.includes("'") && !value.includes('"') ? `"${value}"` : `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  if (Array.isArray(value)) return `[${value.map(showPython).join(", ")}]`;
  if (value instanceof Numeral || typeof value === "number") return writePython(value);
  if (typeof value !== "object") return String(value);
  return `{${Object.entries(value).map(([name, item]) => `${showPython(name)}: ${showPython(item)}`).join(", ")}}`;
}

/**
 * The same value with JavaScript's own numbers.
 * @param {unknown} value
 * @returns {any}
 */
export function plain(value) {
  if (value instanceof Number) return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
  return value;
}
