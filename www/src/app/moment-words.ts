const moment = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit" });

/** When something was made, as the visitor writes it. */
export function momentWords(at: number): string {
  return moment.format(at);
}
