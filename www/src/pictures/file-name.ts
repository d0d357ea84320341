const endings: Partial<Record<string, string>> = { "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif" };

/** What a picture is called as a file: the first of its words, and its kind. */
export function fileNameOf(prompt: string, mediaType: string): string {
  const words = prompt.toLowerCase().normalize("NFKD").match(/[\p{Letter}\p{Number}]+/gu) ?? [];
  const name = words.slice(0, 6).join("-").slice(0, 60);
  return `${name === "" ? "picture" : name}.${endings[mediaType] ?? "png"}`;
}
