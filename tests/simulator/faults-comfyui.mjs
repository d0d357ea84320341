// @ts-check
/** The faults that only ComfyUI has: of its socket, of its queue, and of the work itself. Those it shares with the others are named here too. */

/** @typedef {import("./faults.mjs").Description} Description */

/** @type {readonly import("./faults.mjs").Provider[]} */
const COMFYUI = ["comfyui"];

/** Faults of all simulators that also mean something where no text streams; the others would be rules that do nothing. */
export const COMFYUI_SHARES = Object.freeze([
  "refuse", "reset-head", "reset-middle", "drop-middle", "stall-head", "stall-first", "stall-middle", "error-400", "error-403", "error-404", "error-500", "error-502", "error-503",
  "cors-refused", "html", "redirect", "empty-body", "cut", "malformed", "invalid-utf8", "bytes", "pieces", "one-chunk",
]);

/** @type {Readonly<Record<string, Description>>} `after`: steps that were done; half of them where it is not said */
export const COMFYUI_FAULTS = Object.freeze({
  "error-413": { group: "status", only: COMFYUI, meaning: "status 413, the body is too large; without CORS headers" },
  "error-400-checkpoint": { group: "status", only: COMFYUI, meaning: "status 400, the model's file is in no list (it was there a moment ago)" },
  "error-400-text": { group: "status", only: COMFYUI, meaning: "status 400 of an old server: `error` is a text and `node_errors` an empty list" },
  "node-errors": { group: "status", only: COMFYUI, meaning: "status 200 with `node_errors`: the work is queued without one of its outputs" },

  "socket-silent": { group: "run", only: COMFYUI, number: "after", meaning: "the client's socket stays open and says nothing more, while the work goes on" },
  "socket-dropped": { group: "run", only: COMFYUI, number: "after", meaning: "the client's socket is cut (1006), the work goes on, and a new socket is taken" },
  "socket-stolen": { group: "run", only: COMFYUI, number: "after", meaning: "another socket takes over the client's id: the first one stays open and hears nothing more" },
  "restart": { group: "run", only: COMFYUI, number: "after", meaning: "the server dies and comes back after `ms` (none): sockets cut, queue and history gone" },
  "queue-ahead": { group: "run", only: COMFYUI, number: "count", meaning: "3 prompts of somebody else are queued before this one" },
  "slow": { group: "run", only: COMFYUI, number: "ms", meaning: "every step takes 200 ms" },
  "blocked": { group: "run", only: COMFYUI, number: "after", meaning: "a step that never ends, unless it is interrupted or released" },
  "deaf": { group: "run", only: COMFYUI, number: "after", meaning: "a step that never ends, and that no interrupt reaches, unless it is released" },
  "node-error": { group: "run", only: COMFYUI, number: "after", meaning: "a node throws: `execution_error`" },
  "out-of-memory": { group: "run", only: COMFYUI, number: "after", meaning: "`execution_error` with torch.OutOfMemoryError" },
  "interrupted": { group: "run", only: COMFYUI, number: "after", meaning: "somebody else interrupts the work" },
  "empty-outputs": { group: "run", only: COMFYUI, meaning: "a success without any output" },
  "null-output": { group: "run", only: COMFYUI, meaning: "`executed` says null, and only the history names the files" },
  "history-late": { group: "run", only: COMFYUI, number: "ms", meaning: "`execution_success` 100 ms before the history and the end are told" },
  "other-events": { group: "run", only: COMFYUI, number: "after", meaning: "events of another prompt in between, its end among them" },
  "unknown-messages": { group: "run", only: COMFYUI, number: "after", meaning: "messages of unknown types in between, text that is no JSON, binary frames of unknown kinds" },
  "short-frame": { group: "run", only: COMFYUI, number: "after", meaning: "binary frames in between that are too short for what they say" },
});
