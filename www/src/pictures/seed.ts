/** What is wrong with a seed as it was typed, or nothing. Without one, chance decides. */
export function seedFault(typed: string): string | undefined {
  const text = typed.trim();
  return text === "" || (/^\d+$/u.test(text) && Number.isSafeInteger(Number(text))) ? undefined : `A whole number from 0 to ${Number.MAX_SAFE_INTEGER}, or nothing.`;
}

export function seedOf(typed: string): number | undefined {
  return typed.trim() === "" ? undefined : Number(typed.trim());
}

/** One that any model takes: some hold no more than 32 bits. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
