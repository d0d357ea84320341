// The package on a page, for tests that do several things with it or come back to it.
import type * as Mesh from "hkm-mesh";
import type * as SignIn from "hkm-mesh/openrouter";

declare global {
  interface Window { hkm: typeof Mesh; signIn: typeof SignIn }
}

export async function lab(): Promise<void> {
  window.hkm = await import("hkm-mesh");
  window.signIn = await import("hkm-mesh/openrouter");
}
