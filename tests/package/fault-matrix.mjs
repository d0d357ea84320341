// What becomes of an answer at each fault, fixed by hand: see fault-matrix.test.mjs.

/** @type {Record<string, { meaning: string, isShort?: boolean }>} the words of the table; `isShort`: the answer is not whole, and says so */
export const ENDS = {
  "whole": { meaning: "the same server's answer arrives whole" },
  "next": { meaning: "nothing was shown yet: the next model answers" },
  "goes on": { meaning: "the next model carries on from what was shown" },
  "content-filter": { meaning: "the server ends it and says why; the receipt says so", isShort: true },
  "blocked-content": { meaning: "an error: what a provider refuses to hear is not taken to the next" },
  "invalid-request": { meaning: "an error: the request itself is at fault" },
  "context-length": { meaning: "an error: the next model has no more room either" },
};

/** @type {Record<string, Record<string, string>>} by fault: `all`, or by provider */
export const EXPECTED = {
  ...every("next", [
    "refuse", "reset-head", "stall-head", "stall-first", "error-401", "error-402", "error-403", "error-404", "error-429", "error-429-exposed", "error-429-bare",
    "error-500", "error-502", "error-503", "error-in-200", "cors-refused", "html", "empty-body", "empty-answer",
    // OpenRouter's own.
    "error-in-choice", "error-finish", "error-403-limit", "availability-model-not-found", "availability-wrong-endpoint", "availability-no-endpoints",
    "availability-model-deprecated", "availability-model-unavailable-upstream", "availability-capacity-exhausted", "availability-temporarily-unavailable",
    "availability-region-restricted", "availability-privacy-restricted", "availability-constraint-filtered", "availability-free-variant-ended",
    // Gemini's own.
    "error-array", "error-key", "error-400-region", "error-403-referrer", "error-429-day", "error-429-zero", "error-504",
  ]),
  ...every("goes on", [
    "reset-middle", "drop-middle", "stall-middle", "cut", "no-finish", "error-line", "malformed", "malformed-many", "invalid-utf8", "long-line",
    "error-code-text", "error-no-choices", "error-bare",
  ]),
  ...every("whole", [
    "no-terminator", "crlf", "no-newline", "no-usage", "bytes", "pieces", "split-utf8", "split-crlf", "split-field", "pairs", "one-chunk", "drip", "unicode", "cr", "lf",
    "comments", "usage-choice", "no-cost", "last-without-parts",
  ]),
  ...every("content-filter", ["content-filter"]),
  ...every("blocked-content", ["error-403-moderation", "blocked-prompt", "safety"]),
  ...every("invalid-request", ["error-400"]),
  ...every("context-length", ["error-context"]),
};

function every(end, faults) {
  return Object.fromEntries(faults.map((fault) => [fault, { all: end }]));
}
