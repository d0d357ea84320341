// What is in a file, as 64 hexadecimal digits: two files of the same content count as the same.
import { bytesOfBase64 } from "./base64.js";

/** SHA-256 of what `data` holds (a string is Base64); undefined where the page may not or cannot read it: then no answer to it is kept. */
export async function digestOf(data: Blob | Uint8Array | string): Promise<string | undefined> {
  // Only secure pages have it.
  const { subtle } = (globalThis as { crypto?: { subtle?: SubtleCrypto } }).crypto ?? {};
  if (!subtle) return undefined;
  try {
    const bytes = typeof data === "string" ? bytesOfBase64(data) : data instanceof Uint8Array ? data : await data.arrayBuffer();
    const digest = new Uint8Array(await subtle.digest("SHA-256", bytes as BufferSource));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  } catch {
    // Whoever sends it finds out that it cannot be read, and says so.
    return undefined;
  }
}
