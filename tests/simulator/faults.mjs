// @ts-check
/**
 * The faults by name, where they are taken from (a model's tag, a word in the prompt, or rules that a test sets) and
 * which request gets which. How a fault looks on the wire is decided in `plan.mjs`, `answer.mjs` and the protocols.
 */
import { CLOUD_FAULTS } from "./faults-cloud.mjs";
import { COMFYUI_FAULTS, COMFYUI_SHARES } from "./faults-comfyui.mjs";

/**
 * @typedef {object} Fault
 * @property {string} kind a key of FAULTS
 * @property {number} [after] pieces of the answer to send before the fault; default half of them
 * @property {number} [ms] how long a stall or a pause lasts; a stall without it lasts until released or abandoned
 * @property {number} [size] bytes
 * @property {number} [tokens]
 * @property {number} [count]
 * @property {string} [message] text of an error
 * @property {string} [retryAfter] value of the Retry-After header
 * @property {string} [location] target of a redirect
 *
 * @typedef {"socket" | "status" | "stream" | "boundary" | "answer" | "picture" | "run"} Group
 * @typedef {"ollama" | "openai" | "openrouter" | "gemini" | "comfyui"} Provider
 * @typedef {{ group: Group, number?: "after" | "size" | "tokens" | "ms" | "count", only?: readonly Provider[], meaning: string }} Description
 *   only: the simulators that know it; without, all that answer with text, and ComfyUI where `COMFYUI_SHARES` names it
 */

/** @type {Readonly<Record<string, Description>>} */
export const FAULTS = Object.freeze({
  "refuse": { group: "socket", meaning: "this one connection is closed before any byte of an answer (the whole server: `refuse()`)" },
  "reset-head": { group: "socket", meaning: "TCP reset before the head" },
  "reset-middle": { group: "socket", number: "after", meaning: "TCP reset in the middle of the body" },
  "drop-middle": { group: "socket", number: "after", meaning: "connection closed in the middle of the body, without its end" },
  "stall-head": { group: "socket", number: "ms", meaning: "silence before the head (a model that loads, a queue)" },
  "stall-first": { group: "socket", number: "ms", meaning: "the head, then silence before the first token" },
  "stall-middle": { group: "socket", number: "after", meaning: "silence between two tokens" },

  "error-400": { group: "status", meaning: "status 400 before the first byte" },
  "error-401": { group: "status", meaning: "status 401; Ollama: not signed in, with `signin_url`" },
  "error-402": { group: "status", only: ["ollama", "openai", "openrouter"], meaning: "status 402, no credit" },
  "error-403": { group: "status", meaning: "status 403 with a JSON body and CORS headers" },
  "error-404": { group: "status", meaning: "status 404, model not found" },
  "error-429": { group: "status", meaning: "status 429 with a Retry-After that scripts may not read; Gemini: a quota per minute, with RetryInfo" },
  "error-429-exposed": { group: "status", only: ["ollama", "openai", "openrouter"], meaning: "status 429 with a Retry-After exposed to scripts" },
  "error-429-bare": { group: "status", meaning: "status 429 that does not say for how long" },
  "error-500": { group: "status", meaning: "status 500, the runner died" },
  "error-502": { group: "status", meaning: "status 502 with an HTML page (an edge without its server)" },
  "error-503": { group: "status", meaning: "status 503, server busy" },
  "error-context": { group: "status", meaning: "status 400, prompt larger than the context; Ollama nests JSON in the error string" },
  "error-in-200": { group: "status", meaning: "status 200 whose only content is an error object" },
  "cors-refused": { group: "status", meaning: "403, empty, without CORS headers" },
  "html": { group: "status", meaning: "status 200 with an HTML page (captive portal, login)" },
  "redirect": { group: "status", meaning: "307 to `location`" },
  "empty-body": { group: "status", meaning: "status 200 and a body of no bytes" },

  "cut": { group: "stream", number: "after", meaning: "the body ends cleanly in the middle of the answer" },
  "no-finish": { group: "stream", meaning: "all the text, then a clean end without the finish marker" },
  "no-terminator": { group: "stream", meaning: "all but the last marker (OpenAI: no `[DONE]`)" },
  "error-line": { group: "stream", number: "after", meaning: "an error object in the middle of a 200 stream, which then ends" },
  "malformed": { group: "stream", number: "after", meaning: "one frame in the middle is not JSON; the stream goes on" },
  "malformed-many": { group: "stream", number: "after", meaning: "five such frames in a row" },
  "invalid-utf8": { group: "stream", number: "after", meaning: "one frame in the middle whose string holds bytes that are not UTF-8" },
  "long-line": { group: "stream", number: "size", meaning: "one frame of over 8 MB in the middle" },
  "crlf": { group: "stream", meaning: "CRLF line ends, with the blank lines or comments that proxies add" },
  "no-newline": { group: "stream", meaning: "the last line lacks its newline" },
  "no-usage": { group: "answer", meaning: "no token counts and no durations" },

  "bytes": { group: "boundary", meaning: "every byte is a chunk of its own" },
  "pieces": { group: "boundary", number: "size", meaning: "chunks of 7 bytes, cut anywhere" },
  "split-utf8": { group: "boundary", meaning: "every chunk boundary that can lies inside a character" },
  "split-crlf": { group: "boundary", only: ["openai", "openrouter", "gemini"], meaning: "every chunk ends between a carriage return and its line feed (`crlf.split-crlf`; Gemini: by itself)" },
  "split-field": { group: "boundary", only: ["openai", "openrouter", "gemini"], meaning: "every chunk ends inside the field name `data:`" },
  "pairs": { group: "boundary", meaning: "two frames in a chunk" },
  "one-chunk": { group: "boundary", meaning: "all frames in one chunk" },
  "drip": { group: "answer", number: "ms", meaning: "one character a frame, slowly (5 ms)" },

  "thinking": { group: "answer", meaning: "reasoning before the text, whatever the model can do" },
  "thinking-only": { group: "answer", meaning: "reasoning until the limit; no text" },
  "tools": { group: "answer", meaning: "a tool call, asked for or not" },
  "tools-in-done": { group: "answer", only: ["ollama", "gemini"], meaning: "a tool call in the line that says `done`, or in the chunk that says STOP" },
  "length": { group: "answer", number: "after", meaning: "stops in the middle with the reason `length`" },
  "empty-answer": { group: "answer", meaning: "finishes properly without a single token" },
  "truncated-prompt": { group: "answer", meaning: "as if half of the prompt had been dropped in silence" },
  "unicode": { group: "answer", meaning: "characters of two, three and four bytes, joined emoji, combining marks" },
  "long": { group: "answer", number: "tokens", meaning: "an answer of 200 tokens" },

  ...CLOUD_FAULTS,
  ...COMFYUI_FAULTS,
});

/** Paths on which rules apply unless they say otherwise: the ones that make a model work. */
const WORK = /(\/(chat|generate|completions|embed|embeddings|prompt)|:(generateContent|streamGenerateContent|embedContent|batchEmbedContents|predictLongRunning))$/;

/**
 * "cut-3.bytes" -> [{ kind: "cut", after: 3 }, { kind: "bytes" }]; undefined when a part is no fault.
 * @param {string} text
 * @returns {Fault[] | undefined}
 */
export function parseFaults(text) {
  const faults = text.split(".").map(parseFault);
  return faults.includes(undefined) ? undefined : /** @type {Fault[]} */ (faults);
}

/**
 * @param {string} text
 * @returns {Fault | undefined}
 */
function parseFault(text) {
  if (Object.hasOwn(FAULTS, text)) return { kind: text };
  const [, kind = "", digits = ""] = /^(.+)-(\d+)$/.exec(text) ?? [];
  const number = Object.hasOwn(FAULTS, kind) ? FAULTS[kind]?.number : undefined;
  return number === undefined ? undefined : { kind, [number]: Number(digits) };
}

/**
 * "simulator-tools:cut-3.bytes" -> base "simulator-tools" and two faults. No tag, or one that names no fault: none.
 * @param {string} model
 * @returns {{ base: string, faults: Fault[] }}
 */
export function splitModel(model) {
  const at = model.lastIndexOf(":");
  const faults = at < 0 ? undefined : parseFaults(model.slice(at + 1));
  return faults === undefined ? { base: model, faults: [] } : { base: model.slice(0, at), faults };
}

/**
 * "What is simulator:cut-3.bytes?" -> the two faults: with a client that only asks for models that are listed, a
 * person who tries things by hand has no tag. A word that names no faults is only a word.
 * @param {string} prompt
 * @returns {Fault[]}
 */
export function promptFaults(prompt) {
  const word = /(?:^|\s)simulator:([a-z][a-z0-9.-]*[a-z0-9])/.exec(prompt)?.[1];
  return (word === undefined ? undefined : parseFaults(word)) ?? [];
}

/**
 * @typedef {string | Fault | (string | Fault)[] | null} FaultNames null: no fault, for a place in `next`
 * @typedef {{ forModel?: string, forPath?: string, forMethod?: string }} Selector
 *   forModel and forPath match exactly; forPath "*" is every path; forMethod defaults to any but OPTIONS
 * @typedef {Selector & { next?: FaultNames[], always?: FaultNames }} Rule
 * @typedef {{ model: string, path: string, method: string, prompt?: string }} Target
 */

/** The rules a test has set, and who gets what. */
export class FaultBook {
  /** @type {{ selector: Selector, faults: Fault[] }[]} */
  #next = [];
  /** @type {{ selector: Selector, faults: Fault[] }[]} */
  #always = [];
  #provider;

  /** @param {Provider} [provider] whose faults may be asked for; default: all */
  constructor(provider) {
    this.#provider = provider;
  }

  /**
   * `next`: one element a matching request, in order, before `always` is looked at. `always`: every matching request;
   * null ends it.
   * @param {Rule} rule
   */
  add({ next = [], always, forModel, forPath, forMethod }) {
    const selector = { forModel, forPath, forMethod };
    // All names are read before any is kept: a rule with a wrong name changes nothing.
    const queued = next.map((names) => ({ selector, faults: readNames(names, this.#provider) }));
    const standing = always === undefined ? undefined : readNames(always, this.#provider);
    this.#next.push(...queued);
    if (standing === undefined) return;
    const same = JSON.stringify(selector);
    this.#always = this.#always.filter((rule) => JSON.stringify(rule.selector) !== same);
    if (standing.length > 0) this.#always.push({ selector, faults: standing });
  }

  clear() {
    this.#next = [];
    this.#always = [];
  }

  /**
   * The faults of this request: its model's tag, its prompt, and the rules. Takes what was for one request only.
   * @param {Target} target
   * @returns {Fault[]}
   */
  take(target) {
    const faults = [...splitModel(target.model).faults, ...promptFaults(target.prompt ?? "")];
    const index = this.#next.findIndex((rule) => matches(rule.selector, target));
    if (index >= 0) {
      const [rule] = this.#next.splice(index, 1);
      return faults.concat(rule?.faults ?? []);
    }
    return faults.concat(this.#always.filter((rule) => matches(rule.selector, target)).flatMap((rule) => rule.faults));
  }
}

/**
 * @param {Selector} selector
 * @param {Target} target
 */
function matches({ forModel, forPath, forMethod }, { model, path, method }) {
  if (forModel !== undefined && forModel !== model) return false;
  if (forMethod === undefined ? method === "OPTIONS" : forMethod !== method) return false;
  if (forPath === "*") return true;
  // ComfyUI's queue is asked for its length where it is also given work.
  return forPath === undefined ? WORK.test(path) && (forMethod !== undefined || method === "POST") : forPath === path;
}

/**
 * @param {FaultNames} names
 * @param {Provider | undefined} provider
 * @returns {Fault[]}
 */
function readNames(names, provider) {
  if (names === null) return [];
  return [names].flat().flatMap((name) => {
    const faults = typeof name === "string" ? parseFaults(name) : isFault(name) ? [name] : undefined;
    if (faults === undefined) throw new Error(`no fault is called ${JSON.stringify(name)}`);
    for (const { kind } of faults) {
      // A rule that does nothing would be a test that cannot fail.
      const only = FAULTS[kind]?.only;
      if (provider === undefined || knows(provider, kind)) continue;
      throw new Error(only === undefined ? `the fault "${kind}" is only for those that answer with text` : `the fault "${kind}" is for ${only.join(" and ")} only`);
    }
    return faults;
  });
}

/**
 * @param {Provider} provider
 * @param {string} kind
 */
export function knows(provider, kind) {
  const only = FAULTS[kind]?.only;
  return only === undefined ? provider !== "comfyui" || COMFYUI_SHARES.includes(kind) : only.includes(provider);
}

/**
 * @param {unknown} name
 * @returns {name is Fault}
 */
function isFault(name) {
  return typeof name === "object" && name !== null && "kind" in name && Object.hasOwn(FAULTS, String(name.kind));
}

/**
 * @param {readonly Fault[]} faults
 * @param {...string} kinds
 * @returns {Fault | undefined} the first one of these kinds
 */
export function findFault(faults, ...kinds) {
  return faults.find((fault) => kinds.includes(fault.kind));
}
