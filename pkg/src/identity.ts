// Names for requests and messages that were given none, and where random numbers begin.

/** A random id. `randomUUID` is missing on http pages other than localhost, `getRandomValues` is not. */
export function newId(): string {
  const { crypto } = globalThis;
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A whole number of 32 bits. */
export function newSeed(): number {
  return globalThis.crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
