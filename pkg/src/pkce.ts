// Proof Key for Code Exchange, RFC 7636: whoever redeems a code shows that it is who asked for it.

/** 32 random bytes, as 43 letters. */
export function randomWord(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/** What is told of the verifier beforehand: its SHA-256. */
export async function challengeOf(verifier: string): Promise<string> {
  return base64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
