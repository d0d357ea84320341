import type { Diagnosis } from "hkm-mesh";

export type Remedy = Diagnosis["causes"][number]["remedies"][number];
export type Platform = Exclude<Remedy["platform"], "any">;

export const platformNames: Record<Platform, string> = { windows: "Windows", macos: "macOS", linux: "Linux" };

/** The visitor's own system, as far as the browser tells; Linux when it does not. */
export function visitorPlatform(): Platform {
  const hints = (navigator as { userAgentData?: { platform?: string } }).userAgentData;
  const name = `${hints?.platform ?? ""} ${navigator.userAgent}`.toLowerCase();
  if (name.includes("win")) return "windows";
  if (name.includes("mac")) return "macos";
  return "linux";
}

/** The platforms that a cause has different remedies for, the visitor's own first; none where one fits all. */
export function platformsOf(remedies: readonly Remedy[]): Platform[] {
  const own = visitorPlatform();
  const fitsAll = remedies.some(({ platform }) => platform === "any");
  const named = new Set(remedies.flatMap(({ platform }) => (platform === "any" ? [] : [platform])));
  const order: Platform[] = ["macos", "windows", "linux"];
  return [own, ...order.filter((platform) => platform !== own)].filter((platform) => named.size > 0 && (fitsAll || named.has(platform)));
}
