// @ts-check
/** Who may ask ComfyUI: without `--enable-cors-header` only its own page, with it whoever the header names. */

/** @typedef {import("./journal.mjs").Entry} Entry */

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1|\[::1\])$/;

/**
 * Without the switch: a page of another site is refused, and on loopback one of another port too. A port that is missing on
 * either side is not looked at.
 * @param {Entry["headers"]} headers
 * @returns {boolean}
 */
export function isForeign(headers) {
  if (headers["sec-fetch-site"] === "cross-site") return true;
  const origin = parse(String(headers["origin"] ?? ""));
  const host = parse(`http://${headers["host"] ?? ""}`);
  if (origin === undefined || host === undefined || !LOOPBACK.test(host.name)) return false;
  const both = origin.port !== "" && host.port !== "";
  return origin.name !== host.name || (both && origin.port !== host.port);
}

/**
 * `URL` would drop a port that is the scheme's own.
 * @param {string} address
 */
function parse(address) {
  const [, name, port = ""] = /^[a-z]+:\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?/i.exec(address) ?? [];
  return name === undefined ? undefined : { name: name.toLowerCase(), port };
}

/**
 * What every answer bears with the switch: the origin literally as it was given, whoever asks.
 * @param {string} origin
 * @param {"old" | "recorded" | "recent"} age
 * @returns {[string, string][]}
 */
export function corsHeaders(origin, age) {
  return [
    ["Access-Control-Allow-Origin", origin],
    ["Access-Control-Allow-Methods", `POST, GET, DELETE, PUT, OPTIONS${age === "recent" ? ", PATCH" : ""}`],
    ["Access-Control-Allow-Headers", "Content-Type, Authorization"],
    ["Access-Control-Allow-Credentials", "true"],
  ];
}
