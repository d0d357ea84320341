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

/** The day that its data is of, as `2026-11-10`; undefined where it cannot be had. Fetches it, as the mesh does where it has use for it. */
export async function catalogueDate(): Promise<string | undefined> {
  const bytes = await loadCatalogue();
  return bytes && /^taken (\d{4}-\d\d-\d\d)/m.exec(new TextDecoder().decode(bytes.subarray(0, 200)))?.[1];
}
