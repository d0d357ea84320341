// Signing in with OpenRouter: the user agrees on its page, comes back with a code, and the code becomes a key of their own.
// No server of the app's is needed.
import { MeshError } from "./error.js";
import type { ErrorCode } from "./generated/types.js";
import { challengeOf, randomWord } from "./pkce.js";
import type { Mesh } from "./types.js";

export interface SignInOptions {
  /** Where OpenRouter sends the user back to: a page that calls `finishSignIn`. The page itself by default. */
  callbackUrl?: string | URL;
  /** What the key is called in the user's account. */
  keyLabel?: string;
  /** OpenRouter's page, unless it is simulated. */
  authUrl?: string | URL;
}

export interface FinishOptions {
  /** Whether later visits find the key, too: see `keys.set`. */
  persist?: boolean;
  /** Whose key it becomes: `"openrouter"` by default. */
  provider?: string;
  /** The root of OpenRouter's API, unless it is simulated. */
  apiUrl?: string | URL;
}

/** What this tab knows of a sign-in that it began. */
interface Begun { nonce: string; verifier: string; hash: string }

const STORED = "hkm-mesh:openrouter-sign-in";
/** In the callback's own query, for OpenRouter hands back no `state`. */
const NONCE = "hkm_sign_in";

/** Leaves for OpenRouter's page. What comes after it runs only where the browser refuses to leave. */
export async function startSignIn(options: SignInOptions = {}): Promise<void> {
  location.assign(await signInUrl(options));
}

/** The address of OpenRouter's page, for a link of one's own. It has to be followed in this tab, and only the last one counts. */
export async function signInUrl({ callbackUrl = location.href, keyLabel, authUrl = "https://openrouter.ai/auth" }: SignInOptions = {}): Promise<string> {
  // A page that is not secure has no `subtle`, whatever its type says.
  if (!(crypto.subtle as SubtleCrypto | undefined)) throw failure("unsupported", "Signing in needs a secure page.", "Serve it over https or from localhost.");
  const callback = new URL(callbackUrl, location.href);
  const begun: Begun = { nonce: randomWord(), verifier: randomWord(), hash: callback.hash };
  for (const name of ["code", "error", NONCE]) callback.searchParams.delete(name);
  callback.searchParams.set(NONCE, begun.nonce);
  // What is added to a query behind it would be lost; it is put back afterwards.
  callback.hash = "";
  const url = new URL(authUrl);
  url.searchParams.set("callback_url", callback.href);
  url.searchParams.set("code_challenge", await challengeOf(begun.verifier));
  url.searchParams.set("code_challenge_method", "S256");
  if (keyLabel !== undefined) url.searchParams.set("key_label", keyLabel);
  keep(begun);
  return url.href;
}

let finishing: Promise<boolean> | undefined;

/**
 * To be called when the page loads. Where the user comes back from OpenRouter, it redeems the code, sets the key, takes both
 * out of the address, and gives true; on any other visit it gives false and touches nothing.
 *
 * Rejects with a MeshError: `permission` where the user declined, `timeout` where the code had expired, `invalid-request` where
 * the code is not for what this tab began, `storage` where the key is in use and could not be remembered; beside those as any
 * request (`unreachable`, `rate-limited`, `server`, `protocol`).
 */
export function finishSignIn(mesh: Pick<Mesh, "keys">, options: FinishOptions = {}): Promise<boolean> {
  // Effects run twice in development: both hear the same.
  finishing ??= finish(mesh, options).finally(() => { finishing = undefined; });
  return finishing;
}

async function finish(mesh: Pick<Mesh, "keys">, { persist = false, provider = "openrouter", apiUrl = "https://openrouter.ai/api/v1" }: FinishOptions): Promise<boolean> {
  const query = new URLSearchParams((globalThis as { location?: Location }).location?.search ?? "");
  const nonce = query.get(NONCE);
  if (nonce === null) return false;
  const begun = takeBegun(nonce);
  cleanAddress(begun?.hash ?? "");
  const code = query.get("code");
  if (!begun) throw failure("invalid-request", "This tab did not begin this sign-in, or it was finished before.", "Sign in again, in one and the same tab.");
  if (code === null || code === "") throw failure("permission", "The sign-in with OpenRouter was declined.", "Sign in again to use its models.");
  const key = await redeem(code, begun.verifier, String(apiUrl).replace(/\/+$/, ""));
  try {
    await mesh.keys.set(provider, key, { persist });
  } catch (thrown) {
    if (!MeshError.isInstance(thrown) || thrown.code !== "storage") throw thrown;
    // The code is spent: there is no second try.
    await mesh.keys.set(provider, key);
    throw failure("storage", "You are signed in until this page is closed; the key could not be remembered.", thrown.hint, thrown);
  }
  return true;
}

async function redeem(code: string, verifier: string, api: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(`${api}/auth/keys`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code, code_verifier: verifier, code_challenge_method: "S256" }),
      credentials: "omit", redirect: "error", referrerPolicy: "no-referrer", cache: "no-store",
    });
  } catch (thrown) {
    throw failure("unreachable", "OpenRouter did not answer when the sign-in was to be finished.", "Look at the connection, and sign in again.", thrown);
  }
  const { status } = response;
  const answer: unknown = await response.json().catch(() => undefined);
  if (status !== 200) throw refusal(status, answer);
  if (typeof answer !== "object" || answer === null || !("key" in answer) || typeof answer.key !== "string" || answer.key === "") {
    throw failure("protocol", "What answered the sign-in is not OpenRouter, or gave no key.", "Look at `apiUrl`.", undefined, status);
  }
  return answer.key;
}

function refusal(status: number, answer: unknown): MeshError {
  const again = "Sign in again.";
  if (status === 429) return failure("rate-limited", "OpenRouter takes no more sign-ins for the moment.", "Wait a little, and sign in again.", undefined, status);
  if (status >= 500) return failure("server", "OpenRouter failed to finish the sign-in.", again, undefined, status);
  if (status !== 400 && status !== 403) return failure("protocol", "What answered the sign-in is not OpenRouter.", "Look at `apiUrl`.", undefined, status);
  // Its words are a hint at most; a code that came late and one that is not ours call for the same.
  if (JSON.stringify(answer ?? "").includes("expired")) return failure("timeout", "The sign-in took too long: its code had expired.", `${again} A code lives for ten minutes.`, undefined, status);
  return failure("invalid-request", "OpenRouter does not take the sign-in's code: it was used before, has expired, or is another sign-in's.", again, undefined, status);
}

function keep(begun: Begun): void {
  try {
    sessionStorage.setItem(STORED, JSON.stringify(begun));
  } catch (thrown) {
    throw failure("storage", "The page may not remember that a sign-in was begun.", "Allow the page to keep data; signing in needs it for a moment.", thrown);
  }
}

/** Once: a verifier is for one code. A link that someone else made does not end what this tab began. */
function takeBegun(nonce: string): Begun | undefined {
  try {
    const begun: unknown = JSON.parse(sessionStorage.getItem(STORED) ?? "null");
    if (!isBegun(begun) || begun.nonce !== nonce) return undefined;
    sessionStorage.removeItem(STORED);
    return begun;
  } catch {
    return undefined;
  }
}

function isBegun(value: unknown): value is Begun {
  return typeof value === "object" && value !== null && "nonce" in value && typeof value.nonce === "string"
    && "verifier" in value && typeof value.verifier === "string" && "hash" in value && typeof value.hash === "string";
}

/** The address before the sign-in: neither a reload nor a bookmark nor a referrer is to hold the code. */
function cleanAddress(hash: string): void {
  const url = new URL(location.href);
  for (const name of ["code", "error", "error_description", NONCE]) url.searchParams.delete(name);
  if (url.hash === "") url.hash = hash;
  history.replaceState(history.state, "", url);
}

function failure(code: ErrorCode, message: string, hint: string | undefined, cause?: unknown, status?: number): MeshError {
  return new MeshError(
    { code, message, isRetryable: false, provider: "openrouter", ...(hint === undefined ? {} : { hint }), ...(status === undefined ? {} : { status }) },
    cause === undefined ? undefined : { cause },
  );
}
