// The built-in catalogue of hosted models: a script of its own, fetched only when the core has use for it.

interface Packed { catalogue: string | Uint8Array }

/** Undefined where it cannot be had: models lack their prices then, and nothing else. */
export async function loadCatalogue(): Promise<Uint8Array | undefined> {
  try {
    const { catalogue }: Packed = await import("./generated/catalogue.js");
    const bytes = typeof catalogue === "string" ? new TextEncoder().encode(catalogue) : catalogue;
    return bytes.length > 0 ? bytes : undefined;
  } catch {
    return undefined;
  }
}
