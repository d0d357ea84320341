/** Gives the visitor a file of this text. */
export function download(text: string, name: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has to have begun: some begin a moment later.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
