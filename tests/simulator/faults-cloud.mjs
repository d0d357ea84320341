// @ts-check
/** The faults that only server-sent events have, or only OpenRouter, or only Gemini. */
import { AVAILABILITY } from "./openrouter-availability.mjs";

/** @typedef {import("./faults.mjs").Description} Description */

/** @type {readonly import("./faults.mjs").Provider[]} */
const SSE = ["openai", "openrouter", "gemini"];
/** @type {readonly import("./faults.mjs").Provider[]} */
const COMPLETIONS = ["openai", "openrouter"];
/** @type {readonly import("./faults.mjs").Provider[]} */
const OPENROUTER = ["openrouter"];
/** @type {readonly import("./faults.mjs").Provider[]} */
const GEMINI = ["gemini"];
/** @type {readonly import("./faults.mjs").Provider[]} */
const PICTURES = ["openrouter", "gemini"];

/** @type {Readonly<Record<string, Description>>} */
export const CLOUD_FAULTS = Object.freeze({
  "cr": { group: "stream", only: SSE, meaning: "line ends are lone carriage returns" },
  "lf": { group: "stream", only: GEMINI, meaning: "line ends are lone line feeds" },
  "tools-no-id": { group: "answer", only: COMPLETIONS, meaning: "a tool call whose deltas have no id" },
  "tools-repeated": { group: "answer", only: COMPLETIONS, meaning: "a tool call whose every delta repeats id and name" },
  "tools-stop": { group: "answer", only: COMPLETIONS, meaning: "a tool call that finishes with the reason `stop`" },
  "content-filter": { group: "answer", only: COMPLETIONS, meaning: "finishes with the reason `content_filter`" },

  "text-instead": { group: "picture", only: PICTURES, meaning: "words instead of the picture that was asked for" },
  "image-png": { group: "picture", only: PICTURES, meaning: "the picture is a PNG" },
  "image-jpeg": { group: "picture", only: PICTURES, meaning: "the picture is a JPEG" },
  "image-large": { group: "picture", only: PICTURES, number: "size", meaning: "the picture is a PNG of over 3 MB, in one line" },
  "image-broken": { group: "picture", only: PICTURES, meaning: "the picture's data is no base64" },

  "comments": { group: "answer", only: OPENROUTER, number: "count", meaning: "five comments before the first token, and one before each of the others" },
  "usage-choice": { group: "answer", only: OPENROUTER, meaning: "the usage comes with a choice whose finish reason is null" },
  "no-cost": { group: "answer", only: OPENROUTER, meaning: "usage whose cost is null" },
  "thinking-encrypted": { group: "answer", only: OPENROUTER, meaning: "reasoning that only has encrypted details, and no text" },
  "thinking-summary": { group: "answer", only: OPENROUTER, meaning: "reasoning whose details are summaries" },
  "annotations-choice": { group: "answer", only: OPENROUTER, meaning: "the sources of a search lie beside the delta instead of in it" },
  "fallback": { group: "answer", only: OPENROUTER, meaning: "answered by another model: the next of `models`, else `simulator/plain`" },
  "error-in-choice": { group: "status", only: OPENROUTER, meaning: "status 200 with an error in the only choice" },
  "error-finish": { group: "status", only: OPENROUTER, meaning: "status 200 with the finish reason `error` and no error object" },
  "error-code-text": { group: "stream", only: OPENROUTER, number: "after", meaning: "as `error-line`, with a text as code and `choices` empty" },
  "error-no-choices": { group: "stream", only: OPENROUTER, number: "after", meaning: "as `error-line`, without `choices`" },
  "error-403-limit": { group: "status", only: OPENROUTER, meaning: "status 403, this key's own limit is reached" },
  "error-403-moderation": { group: "status", only: OPENROUTER, meaning: "status 403, the prompt was flagged, with reasons" },
  ...Object.fromEntries(Object.entries(AVAILABILITY).map(([code, { status, retryable }]) => [`availability-${code.replaceAll("_", "-")}`, /** @type {Description} */ ({
    group: "status", only: OPENROUTER, meaning: `status ${status} with \`error.availability.code\` "${code}"${retryable ? ", to be retried" : ""}`,
  })])),

  "blocked-prompt": { group: "answer", only: GEMINI, meaning: "status 200 without candidates: the prompt was blocked" },
  "blocked-image": { group: "picture", only: GEMINI, meaning: "status 200 without candidates: blocked with the reason IMAGE_SAFETY" },
  "no-image": { group: "picture", only: GEMINI, meaning: "finishes with the reason NO_IMAGE and no content" },
  "image-safety": { group: "picture", only: GEMINI, meaning: "finishes with the reason IMAGE_SAFETY and no content" },
  "image-prohibited-content": { group: "picture", only: GEMINI, meaning: "finishes with the reason IMAGE_PROHIBITED_CONTENT and no content" },
  "image-recitation": { group: "picture", only: GEMINI, meaning: "finishes with the reason IMAGE_RECITATION and no content" },
  "image-other": { group: "picture", only: GEMINI, meaning: "finishes with the reason IMAGE_OTHER and no content" },
  "image-in-thought": { group: "picture", only: GEMINI, meaning: "the only picture is in a thought part" },
  "video-slow": { group: "picture", only: GEMINI, number: "count", meaning: "the video is done only after 10 polls" },
  "video-never": { group: "picture", only: GEMINI, meaning: "the video is never done" },
  "video-failed": { group: "picture", only: GEMINI, meaning: "the video's operation ends with an error" },
  "video-filtered": { group: "picture", only: GEMINI, meaning: "the video's operation ends without a video, for reasons of safety" },
  "video-gone": { group: "picture", only: GEMINI, meaning: "the video's operation is not found when it is asked for" },
  "video-lost": { group: "picture", only: GEMINI, meaning: "the video is done and cannot be fetched: 404" },
  "safety": { group: "answer", only: GEMINI, number: "after", meaning: "finishes with the reason SAFETY and no content, before the first piece" },
  "malformed-call": { group: "answer", only: GEMINI, meaning: "finishes with the reason MALFORMED_FUNCTION_CALL and no content" },
  "last-without-parts": { group: "answer", only: GEMINI, meaning: "the last chunk has content without parts" },
  "grounding-early": { group: "answer", only: GEMINI, meaning: "the sources of a search come in the first chunk and not in the last" },
  "error-bare": { group: "stream", only: GEMINI, number: "after", meaning: "as `error-line`, as bare JSON without `data:`" },
  "error-array": { group: "status", only: GEMINI, meaning: "status 503 whose body is an array" },
  "error-key": { group: "status", only: GEMINI, meaning: "status 400, the key is not valid" },
  "error-400-region": { group: "status", only: GEMINI, meaning: "status 400, the free tier does not serve this country" },
  "error-403-referrer": { group: "status", only: GEMINI, meaning: "status 403, the key is not for this page" },
  "error-429-day": { group: "status", only: GEMINI, meaning: "status 429, a quota per day, with a RetryInfo that misleads" },
  "error-429-zero": { group: "status", only: GEMINI, meaning: "status 429, a quota of zero" },
  "error-504": { group: "status", only: GEMINI, meaning: "status 504, the deadline was exceeded" },
});
