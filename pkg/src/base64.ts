// Bytes as Base64, without blocking the page where the browser does it by itself.

/** Bytes at a time, a multiple of three: so many arguments a call takes everywhere. */
const STEP = 0x6000;

export async function toBase64(data: Blob | Uint8Array): Promise<string> {
  if (typeof FileReader === "function") {
    const address = await dataAddress(data instanceof Uint8Array ? new Blob([data as Uint8Array<ArrayBuffer>]) : data);
    return address.slice(address.indexOf(",") + 1);
  }
  // Node, and workers that lack it.
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(await data.arrayBuffer());
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += STEP) parts.push(btoa(String.fromCharCode(...bytes.subarray(start, start + STEP))));
  return parts.join("");
}

function dataAddress(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => { resolve(reader.result as string); };
    // Such as a file that changed or went away after it was chosen.
    reader.onerror = () => { reject(reader.error ?? new Error("The file could not be read.")); };
    reader.readAsDataURL(blob);
  });
}

/** With the plain alphabet, padded and without white space; undefined where it is none. */
export function cleanBase64(text: string): string | undefined {
  let clean = text;
  if (/\s/.test(clean)) clean = clean.replace(/\s+/g, "");
  if (/[-_]/.test(clean)) clean = clean.replaceAll("-", "+").replaceAll("_", "/");
  const digits = clean.slice(0, clean.endsWith("==") ? -2 : clean.endsWith("=") ? -1 : undefined);
  // Looked for, not matched as a whole: a long match would keep a way back for every letter.
  if (/[^A-Za-z0-9+/]/.test(digits) || digits.length % 4 === 1) return undefined;
  return digits.padEnd(Math.ceil(digits.length / 4) * 4, "=");
}

/** How many bytes it stands for. */
export function sizeOfBase64(text: string): number {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return Math.floor((text.length - padding) * 3 / 4);
}

/** What clean Base64 stands for. */
export function bytesOfBase64(text: string): Uint8Array {
  // Newer browsers do it by themselves.
  const { fromBase64 } = Uint8Array as { fromBase64?: (text: string) => Uint8Array };
  if (fromBase64) return fromBase64.call(Uint8Array, text);
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let place = 0; place < letters.length; place += 1) bytes[place] = letters.charCodeAt(place);
  return bytes;
}

/** The first bytes of clean Base64. */
export function headOfBase64(text: string, bytes: number): Uint8Array {
  return bytesOfBase64(text.slice(0, Math.ceil(bytes / 3) * 4)).subarray(0, bytes);
}
