// @ts-check
/** The keys that the simulated clouds know. They are no secrets: they open nothing but a simulator. */

/**
 * @typedef {object} OpenRouterAccount
 * @property {string} name
 * @property {number | null} limit USD that this key may spend; null: no limit of its own
 * @property {number} usage USD that it has spent
 * @property {boolean} credit false: the account behind the key has no money
 * @property {boolean} management may ask for the account's credits
 * @property {boolean} enabled
 */

/** @type {Omit<OpenRouterAccount, "name">} */
const ORDINARY = { limit: null, usage: 0, credit: true, management: false, enabled: true };

/** @type {Readonly<Record<string, OpenRouterAccount>>} */
export const OPENROUTER_KEYS = Object.freeze({
  "sk-or-v1-simulator-good": { ...ORDINARY, name: "good" },
  "sk-or-v1-simulator-limited": { ...ORDINARY, name: "limited", limit: 10, usage: 2.6 },
  "sk-or-v1-simulator-spent": { ...ORDINARY, name: "spent", limit: 10, usage: 10 },
  "sk-or-v1-simulator-empty": { ...ORDINARY, name: "empty", credit: false },
  "sk-or-v1-simulator-disabled": { ...ORDINARY, name: "disabled", enabled: false },
  "sk-or-v1-simulator-management": { ...ORDINARY, name: "management", management: true },
});

/** Issued by the simulated sign-in, with a number behind it. */
export const OPENROUTER_SIGNED_IN = "sk-or-v1-simulator-signed-in-";

/**
 * @typedef {"ok" | "wrong-type" | "blocked" | "referrer" | "free"} GeminiKeyKind
 *   wrong-type: 401; blocked: 403; referrer: 403, not for this page; free: a quota of zero for everything but flash models
 */

/** Both of Google's forms of key are good: a client must not judge a key by how it looks. @type {Readonly<Record<string, GeminiKeyKind>>} */
export const GEMINI_KEYS = Object.freeze({
  "AQ.SimulatorGood": "ok",
  "AIzaSimulatorGood": "ok",
  "AQ.SimulatorWrongType": "wrong-type",
  "AIzaSimulatorBlocked": "blocked",
  "AIzaSimulatorReferrer": "referrer",
  "AIzaSimulatorFree": "free",
});

export const GOOD_OPENROUTER_KEY = "sk-or-v1-simulator-good";
export const GOOD_GEMINI_KEY = "AQ.SimulatorGood";

/** How to know a key of a simulator wherever it turns up. @type {Readonly<Record<string, RegExp>>} */
export const KEY_PATTERNS = Object.freeze({
  openrouter: /sk-or-v1-simulator[\w-]*/,
  gemini: /(AIzaSimulator|AQ\.Simulator)\w*/,
});
