// Objects cross to Rust as JSON in UTF-8: bytes cost two orders of magnitude less than strings at the boundary.
import { invalidRequest } from "./error.js";

const encoder = new TextEncoder();

/** The value as JSON bytes. What JSON would drop or turn into `null` in silence is refused with its path instead. */
export function encode(value: unknown, root: string): Uint8Array {
  // Undefined for `undefined`, which its type does not say.
  const write = (replacer: (key: string, item: unknown) => unknown): string | undefined => JSON.stringify(value, replacer);
  let json: string | undefined;
  try {
    json = write(refuseLoss);
    // A lone surrogate (a text cut inside an emoji) is no valid UTF-8; a server would see a replacement character anyhow.
    if (json?.includes("\\ud")) json = write((_, item) => (typeof item === "string" ? wellFormed(item) : item));
  } catch (thrown) {
    throw lossIn(value, root, new Set()) ?? invalidRequest(`${root} cannot be written as JSON.`, thrown instanceof Error ? thrown.message : undefined);
  }
  if (json === undefined) throw invalidRequest(`${root} is missing.`);
  return encoder.encode(json);
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

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATE, "\ufffd");
}
