/**
 * The page's policy forbids turning strings into script or markup. Workers are the one thing that needs an address:
 * the model in the page starts its worker from a blob: address of this origin. Everything else stays refused.
 */
interface TrustedTypesFactory {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): unknown;
}

export function allowWorkersOfThisPage(): void {
  const factory = (window as { trustedTypes?: TrustedTypesFactory }).trustedTypes;
  factory?.createPolicy("default", {
    createScriptURL(address) {
      const url = new URL(address, document.baseURI);
      if (url.origin === location.origin) return address;
      throw new TypeError(`This page starts no worker from ${url.origin}.`);
    },
  });
}
