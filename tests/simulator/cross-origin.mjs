// @ts-check
/**
 * What a browser may send to the clouds: their preflights let a few headers through, and any other one stops the request.
 * A browser is not told to keep what a preflight said, so that the next test meets one again.
 */
import { bare } from "./reply.mjs";

/**
 * @typedef {import("./journal.mjs").Entry} Entry
 * @typedef {import("./plan.mjs").Reply} Reply
 *
 * @typedef {object} CrossOrigin
 * @property {readonly string[]} allowed request headers, in lower case
 * @property {number} granted status of a preflight that is granted
 * @property {number} refused status of one that is not; it has no CORS headers
 * @property {(origin: string) => [string, string][]} headers of every answer
 */

/** What browsers, proxies and Node's fetch put into a request by themselves. */
const BY_ITSELF = /^(accept(-.*)?|cache-control|connection|content-length|cookie|dnt|host|keep-alive|origin|pragma|priority|proxy-connection|referer|sec-.*|te|transfer-encoding|upgrade-insecure-requests|user-agent|via|x-forwarded-.*)$/;

/**
 * @param {Entry} entry
 * @param {CrossOrigin} rules
 * @returns {{ reply?: Reply, headers: [string, string][] }} a reply that ends the matter, or headers for the one to come
 */
export function checkCrossOrigin({ method, headers }, rules) {
  const origin = headers["origin"];
  const allow = typeof origin === "string" && origin !== "" ? rules.headers(origin) : [];
  if (method !== "OPTIONS") return { headers: allow };
  const asked = String(headers["access-control-request-headers"] ?? "").split(",").map((name) => name.trim().toLowerCase()).filter((name) => name !== "");
  if (asked.some((name) => !rules.allowed.includes(name))) return { reply: bare(rules.refused), headers: [] };
  /** @type {[string, string][]} */
  const granted = [["Access-Control-Allow-Methods", "GET, POST, OPTIONS"], ["Access-Control-Allow-Headers", rules.allowed.join(", ")]];
  return { reply: bare(rules.granted), headers: allow.length === 0 ? [] : [...allow, ...granted] };
}

/**
 * Headers that no preflight would have let through: a client in Node would get away with them and a page would not.
 * @param {Entry} entry
 * @param {readonly string[]} allowed
 */
export function strangeHeaders({ headers }, allowed) {
  return Object.keys(headers).filter((name) => !BY_ITSELF.test(name) && !allowed.includes(name));
}
