// What a file is, by what it says it is or by its first bytes.

/** As many bytes as `sniff` looks at. */
export const HEAD_BYTES = 12;

/** The type without its parameters; undefined for one that says nothing: none at all, any bytes, or a whole family. */
export function statedType(stated: unknown): string | undefined {
  if (typeof stated !== "string") return undefined;
  const type = (stated.split(";")[0] ?? "").trim().toLowerCase();
  if (type === "image/jpg") return "image/jpeg";
  if (type === "application/octet-stream") return undefined;
  return /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : undefined;
}

const SIGNATURES: readonly (readonly [string, string])[] = [
  ["\x89PNG\r\n\x1a\n", "image/png"],
  ["\xff\xd8\xff", "image/jpeg"],
  ["GIF87a", "image/gif"],
  ["GIF89a", "image/gif"],
  ["%PDF-", "application/pdf"],
];

/** PNG, JPEG, GIF, WebP or PDF by the first bytes. */
export function sniff(head: Uint8Array): string | undefined {
  const start = String.fromCharCode(...head.subarray(0, HEAD_BYTES));
  if (start.startsWith("RIFF") && start.slice(8) === "WEBP") return "image/webp";
  return SIGNATURES.find(([signature]) => start.startsWith(signature))?.[1];
}
