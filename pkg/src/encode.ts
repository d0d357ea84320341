// Objects cross to Rust as JSON in UTF-8: bytes cost two orders of magnitude less than strings at the boundary.
import { invalidRequest } from "./error.js";

const encoder = new TextEncoder();

/** The value as JSON bytes. What JSON would drop or turn into `null` in silence is refused with its path instead. */
export function encode(value: unknown, root: string): Uint8Array {
  // Undefined for `undefined`, which its type does not say.
  const write = (replacer?: (key: string, item: unknown) => unknown): string | undefined => JSON.stringify(value, replacer);
  let json: string | undefined;
  try {
    // A replacer makes `JSON.stringify` several times slower, and `route` encodes at every keystroke.
    json = write(isPlain(value, 0, { left: MOST_VALUES }) ? undefined : refuseLoss);
    // A lone surrogate (a text cut inside an emoji) is no valid UTF-8; a server would see a replacement character anyhow.
    if (json?.includes("\\ud")) json = json.replace(LONE_SURROGATE, (escape) => (escape === "\\\\" ? escape : "\ufffd"));
  } catch (thrown) {
    throw lossIn(value, root, new Set()) ?? invalidRequest(`${root} cannot be written as JSON.`, thrown instanceof Error ? thrown.message : undefined);
  }
  if (json === undefined) throw invalidRequest(`${root} is missing.`);
  return bytesOf(json);
}

/** A new array for `encodeInto`: in Chromium several times faster than `encode`, which copies more than once. */
function bytesOf(json: string): Uint8Array {
  if (json.length > 1_000_000) return encoder.encode(json);
  // Three bytes a unit is the most there can be.
  const bytes = new Uint8Array(json.length * 3);
  return bytes.subarray(0, encoder.encodeInto(json, bytes).written);
}

/** A circle would never end: deeper, or more than so many values, and the replacer looks instead. */
const DEEPEST = 50;
const MOST_VALUES = 20_000;

/** Whether JSON surely keeps all of it: a quick look that rather says no. */
function isPlain(value: unknown, depth: number, budget: { left: number }): boolean {
  switch (typeof value) {
    case "string": case "boolean": case "undefined": return true;
    case "number": return Number.isFinite(value);
    case "object": break;
    default: return false;
  }
  if (value === null) return true;
  budget.left -= 1;
  if (depth === DEEPEST || budget.left < 0) return false;
  if (Array.isArray(value)) {
    budget.left -= value.length;
    for (const item of value) if (!isPlain(item, depth + 1, budget)) return false;
    return true;
  }
  // What writes itself (a Date, a URL, a class with `toJSON`) is looked at after it did.
  if ("toJSON" in value) return false;
  for (const key in value) if (!isPlain((value as Record<string, unknown>)[key], depth + 1, budget)) return false;
  return true;
}

class Loss extends Error {}

function refuseLoss(_key: string, value: unknown): unknown {
  if (isLost(value)) throw new Loss();
  return value;
}

function isLost(value: unknown): boolean {
  return typeof value === "number" ? !Number.isFinite(value) : typeof value === "function" || typeof value === "symbol" || typeof value === "bigint";
}

/** Walks again, only after a failure, because a replacer does not know its path. */
function lossIn(value: unknown, path: string, above: ReadonlySet<object>): Error | undefined {
  if (isLost(value)) {
    const what = typeof value === "number" ? `${String(value)}, which is no number that JSON can hold` : `a ${typeof value}`;
    return invalidRequest(`${path} is ${what}.`);
  }
  if (typeof value !== "object" || value === null) return undefined;
  if (above.has(value)) return invalidRequest(`${path} contains itself.`);
  const within = new Set(above).add(value);
  for (const [key, item] of Object.entries(value)) {
    const loss = lossIn(item, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, within);
    if (loss) return loss;
  }
  return undefined;
}

/** As `JSON.stringify` writes it; or a backslash that stands for itself, so that what follows it is not taken for one. */
const LONE_SURROGATE = /\\\\|\\ud[89a-f][\da-f]{2}/g;
