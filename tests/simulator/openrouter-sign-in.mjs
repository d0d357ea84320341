// @ts-check
/** OpenRouter's sign-in for pages (OAuth with PKCE): a page that gives a code, and an endpoint that takes it for a key. */
import { createHash } from "node:crypto";
import { isObject } from "./is-object.mjs";
import { OPENROUTER_SIGNED_IN } from "./keys.mjs";
import { failure, json } from "./openrouter-reply.mjs";
import { body, withHeaders } from "./reply.mjs";

/**
 * @typedef {import("./plan.mjs").Reply} Reply
 * @typedef {{ challenge: string | null, method: string, issuedAt: number }} Issued
 */

const TEN_MINUTES_MS = 600_000;
const SECONDS_TO_READ = 1;

export class SignIn {
  /** @type {Map<string, Issued>} */
  #codes = new Map();
  #count = 0;
  #now;
  #welcome;

  /**
   * @param {{ now: () => number, welcome: (key: string) => void }} options welcome is told each key that is given out
   */
  constructor({ now, welcome }) {
    this.#now = now;
    this.#welcome = welcome;
  }

  clear() {
    this.#codes.clear();
    this.#count = 0;
  }

  /**
   * `GET /auth`: says that it is a simulator, and sends whoever reads it back with a code.
   * @param {string} query
   * @returns {Reply}
   */
  page(query) {
    const asked = new URLSearchParams(query);
    const challenge = asked.get("code_challenge");
    const method = asked.get("code_challenge_method") ?? "plain";
    const address = asked.get("callback_url");
    if (!["S256", "plain"].includes(method)) return html(400, "Invalid code_challenge_method", "");
    if (address === null && challenge === null) return html(400, "Without a callback_url a code_challenge is required", "");
    const callback = address === null ? undefined : readCallback(address);
    if (address !== null && callback === undefined) return html(400, "The callback_url is neither https nor on this machine", "");

    this.#count += 1;
    const code = `simulator-code-${this.#count}`;
    this.#codes.set(code, { challenge, method, issuedAt: this.#now() });
    if (callback === undefined) return html(200, "Nobody signs in here", `<p>Your code, for the application that sent you: <code id="code">${code}</code></p>`);
    callback.searchParams.set("code", code);
    const target = escape(callback.href);
    return html(200, "Nobody signs in here", `<p><a id="allow" href="${target}">Go back with a simulated key</a></p>`,
      `<meta http-equiv="refresh" content="${SECONDS_TO_READ};url=${target}">`);
  }

  /**
   * `POST /api/v1/auth/keys`
   * @param {unknown} request
   * @returns {Reply}
   */
  exchange(request) {
    if (!isObject(request) || typeof request["code"] !== "string") return failure(400, '"code" is required');
    const { code, code_verifier: verifier, code_challenge_method: method } = request;
    if (method !== undefined && method !== null && method !== "S256" && method !== "plain") return failure(400, "Invalid code_challenge_method");
    const issued = this.#codes.get(code);
    // Whatever comes of it, a code is good for one attempt.
    this.#codes.delete(code);
    if (issued === undefined) return failure(403, "Invalid code or code_verifier");
    if (this.#now() - issued.issuedAt > TEN_MINUTES_MS) return failure(403, "Authorization code expired");
    if (issued.challenge !== null) {
      if ((method ?? "plain") !== issued.method) return failure(400, "Invalid code_challenge_method");
      if (typeof verifier !== "string" || challengeOf(verifier, issued.method) !== issued.challenge) return failure(403, "Invalid code or code_verifier");
    }
    const key = `${OPENROUTER_SIGNED_IN}${code.split("-").at(-1)}`;
    this.#welcome(key);
    return json(200, { key, user_id: "user_simulator" });
  }
}

/**
 * @param {string} verifier
 * @param {string} method
 */
export function challengeOf(verifier, method) {
  return method === "S256" ? createHash("sha256").update(verifier, "ascii").digest("base64url") : verifier;
}

/**
 * Pages of the web by https, pages of this machine by http too. Never anything that a link could run.
 * @param {string} address
 * @returns {URL | undefined}
 */
function readCallback(address) {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && local) ? url : undefined;
}

/** @param {string} text */
function escape(text) {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll("'", "&#39;");
}

/**
 * @param {number} status
 * @param {string} title
 * @param {string} content
 * @param {string} [head]
 * @returns {Reply}
 */
function html(status, title, content, head = "") {
  const text = `<!doctype html><html lang="en"><meta charset="utf-8"><title>OpenRouter SIMULATOR</title>${head}
<h1>This is the OpenRouter simulator, not OpenRouter</h1><p>${escape(title)}: no account, no money, no model.</p>${content}</html>\n`;
  return withHeaders(body(status, text, "text/html; charset=utf-8"), [["Content-Security-Policy", "default-src 'none'"], ["Referrer-Policy", "no-referrer"], ["Cache-Control", "no-store"]]);
}
