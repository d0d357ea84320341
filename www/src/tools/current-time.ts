import type { PageTool } from "./tool";

/** A model knows no day but that of its training. */
export const clock: PageTool = {
  name: "current_time",
  title: "Date and time",
  description: "Tells the user's current date, time and time zone.",
  inputSchema: { type: "object", properties: {}, additionalProperties: false },
  run() {
    const now = new Date();
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const words = now.toLocaleString("en-GB", { weekday: "long", year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "shortOffset" });
    return `${words} (${timeZone})`;
  },
};
