// @ts-check
/** Who may ask Ollama what: origins, preflights, the Host header, methods and paths, in the order of the real server. */
import { isIP } from "node:net";
import { hostname } from "node:os";
import { text } from "./ollama-reply.mjs";
import { bare } from "./reply.mjs";

/**
 * @typedef {import("./journal.mjs").Entry} Entry
 * @typedef {import("./plan.mjs").Reply} Reply
 * @typedef {import("./simulator.mjs").Exchange} Exchange
 * @typedef {(exchange: Exchange) => Reply | Promise<Reply>} Handler
 * @typedef {Partial<Record<"HEAD" | "GET" | "POST" | "DELETE", Handler>>} Methods
 */

/** Origins that need no OLLAMA_ORIGINS. */
export const DEFAULT_ORIGINS = Object.freeze([
  ...["localhost", "127.0.0.1", "0.0.0.0"].flatMap((host) => [`http://${host}`, `https://${host}`, `http://${host}:*`, `https://${host}:*`]),
  "app://*", "file://*", "tauri://*", "vscode-webview://*", "vscode-file://*",
]);

const ALLOWED_HEADERS = [
  "Authorization", "Content-Type", "User-Agent", "Accept", "X-Requested-With", "Openai-Beta",
  ...["Arch", "Async", "Custom-Poll-Interval", "Helper-Method", "Lang", "Os", "Package-Version", "Poll-Helper",
    "Retry-Count", "Runtime", "Runtime-Version", "Timeout"].map((name) => `X-Stainless-${name}`),
].join(",");

/**
 * @param {Entry} entry
 * @param {readonly string[]} origins allowed ones; each may hold one `*`; "*" alone allows all
 * @returns {{ reply?: Reply, headers: [string, string][] }} a reply that ends the matter, or headers for the one to come
 */
export function checkOrigin({ headers, method }, origins) {
  const origin = headers["origin"];
  if (typeof origin !== "string" || origin === "") return { headers: [] };
  // The real server takes an origin that is its own host for no cross-origin request at all.
  if (origin === `http://${headers["host"]}` || origin === `https://${headers["host"]}`) return { headers: [] };
  const all = origins.includes("*");
  if (!all && !origins.some((pattern) => covers(pattern, origin))) return { reply: bare(403), headers: [] };
  /** @type {[string, string][]} */
  const allow = [["Access-Control-Allow-Origin", all ? "*" : origin]];
  /** @type {(...names: string[]) => [string, string][]} */
  const vary = (...names) => (all ? [] : names.map((name) => ["Vary", name]));
  if (method !== "OPTIONS") return { headers: [...allow, ...vary("Origin")] };
  return {
    reply: bare(204),
    headers: [
      ["Access-Control-Allow-Headers", ALLOWED_HEADERS],
      ["Access-Control-Allow-Methods", "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS"],
      ...allow,
      ["Access-Control-Max-Age", "43200"],
      ...vary("Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"),
    ],
  };
}

/**
 * @param {string} pattern
 * @param {string} origin
 */
function covers(pattern, origin) {
  const [before = "", after] = pattern.split("*", 2);
  return after === undefined ? pattern === origin : origin.startsWith(before) && origin.endsWith(after);
}

/**
 * A server bound to loopback answers only to names of this machine and its network: against DNS rebinding.
 * @param {Entry} entry
 * @returns {Reply | undefined}
 */
export function checkHost({ headers, method }) {
  const host = (headers["host"] ?? "").toString().toLowerCase().replace(/:\d+$/, "");
  const address = host.replace(/^\[(.*)\]$/, "$1");
  if (isIP(address) !== 0) return isNear(address) ? undefined : bare(403);
  const local = host === "" || host === "localhost" || host === hostname().toLowerCase() || /\.(localhost|local|internal)$/.test(host);
  if (!local) return bare(403);
  return method === "OPTIONS" ? bare(204) : undefined;
}

/** @param {string} address */
function isNear(address) {
  return /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|0\.0\.0\.0$|::1?$|f[cd])/.test(address);
}

/**
 * @param {Entry} entry
 * @param {Readonly<Record<string, Methods>>} routes
 * @returns {{ handler?: Handler, reply: Reply, headers: [string, string][] }}
 *   headers: the router names the allowed methods of a path also when the origin check ends the matter
 */
export function route({ path, method }, routes) {
  const methods = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (methods === undefined) return { reply: text(404, "404 page not found", "text/plain"), headers: [] };
  const handler = methods[/** @type {keyof Methods} */ (method)];
  if (handler !== undefined) return { handler, reply: bare(200), headers: [] };
  const allowed = ["HEAD", "GET", "POST", "DELETE"].filter((name) => name in methods).join(", ");
  return { reply: text(405, "405 method not allowed", "text/plain"), headers: [["Allow", allowed]] };
}
