// @ts-check
/** Keys where they must not be: in a URL, in a body, in a header of another purpose, or at another provider. */
import { KEY_PATTERNS } from "./keys.mjs";

/**
 * @typedef {import("./journal.mjs").Entry} Entry
 * @typedef {object} KeyPlace where this provider's own key belongs
 * @property {string} provider
 * @property {string} header in lower case
 */

/** Query parameters that hold a key whatever it looks like. */
const TELLING = ["key", "api_key", "apikey", "access_token"];

/**
 * @param {Entry} entry
 * @param {KeyPlace | undefined} place
 * @returns {string[]} where the keys were, without the keys themselves
 */
export function findLeaks(entry, place) {
  const query = [...new URLSearchParams(entry.query)];
  const telling = query.flatMap(([name]) => (TELLING.includes(name.toLowerCase()) ? [`query parameter ${name}`] : []));
  /** @type {[string, string][]} */
  const texts = [
    ["path", decode(entry.path)],
    ...query.map(([name, value]) => /** @type {[string, string]} */ ([`query parameter ${name}`, value])),
    ["body", entry.body],
    ...Object.entries(entry.headers).map(([name, value]) => /** @type {[string, string]} */ ([`header ${name}`, String(value)])),
  ];
  const found = texts.flatMap(([where, text]) => Object.entries(KEY_PATTERNS)
    .filter(([provider, pattern]) => pattern.test(text) && !(place?.provider === provider && where === `header ${place.header}`))
    .map(([provider]) => `${where}: a key for ${provider}`));
  return [...telling, ...found];
}

/** @param {string} path */
function decode(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
