// The one WebAssembly instance of a page, and who lives on it. After a panic nothing in it can be trusted: it is replaced by
// a fresh one, and everyone who lived on the old one is told to leave.
import type { Glue, WasmSource } from "./boundary.js";
import { MeshError } from "./error.js";
import { loadCore } from "./load.js";

export interface Resident {
  /**
   * Forget the core, which went with its instance; what ran ends with this error. May be called in the middle of a call into
   * the core.
   */
  lost(error: MeshError): void;
}

const residents = new Set<Resident>();
let current: Glue | undefined;

export async function moveIn(resident: Resident, source: WasmSource | undefined): Promise<Glue> {
  const glue = await loadCore(source);
  // Each time: a fresh instance has forgotten it.
  glue.onPanic((place) => {
    // Now: what is called next would write into the memory of the old one.
    glue.renew();
    crashed(place);
  });
  current = glue;
  residents.add(resident);
  return glue;
}

export function moveOut(resident: Resident): void {
  residents.delete(resident);
}

/** @param place file and line where it panicked; unknown for a stack that overflowed */
export function crashed(place?: string): void {
  const error = new MeshError({
    code: "internal",
    message: `The mesh's core failed${place === undefined ? "" : ` at ${place}`} and was started anew.`,
    hint: "It can be tried again.",
  });
  if (place === undefined) {
    // No hook ran: what the instance was in the middle of may hold up everything else in it.
    current?.abandon();
    current?.renew();
  }
  for (const resident of [...residents]) {
    residents.delete(resident);
    resident.lost(error);
  }
}

/** Whether this was thrown by WebAssembly itself, not said by the code in it. */
export function isTrap(thrown: unknown): boolean {
  return thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError;
}
