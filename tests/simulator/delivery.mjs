// @ts-check
/** Performs a plan on a real response and notices when the client leaves. */
import { setTimeout as delay } from "node:timers/promises";

/**
 * @typedef {import("./journal.mjs").Entry} Entry
 * @typedef {import("./journal.mjs").Ending} Ending
 * @typedef {import("./plan.mjs").Plan} Plan
 */

/** Requests that sit in a stall, until someone lets them go on. */
export class Stalls {
  #released = new AbortController();

  release() {
    this.#released.abort();
    this.#released = new AbortController();
  }

  get signal() {
    return this.#released.signal;
  }
}

/**
 * @param {Plan} plan
 * @param {import("node:http").ServerResponse} response
 * @param {{ entry: Entry, journal: import("./journal.mjs").Journal, stalls: Stalls, gone: AbortSignal }} context
 *   gone is aborted when the client has left
 * @returns {Promise<Ending>}
 */
export async function perform({ status, headers, steps }, response, { entry, journal, stalls, gone }) {
  const head = () => {
    if (response.headersSent) return;
    // One by one: a header that comes three times stays three lines, as Go sends them.
    for (const [name, value] of headers) response.appendHeader(name, value);
    response.writeHead(status);
    entry.status = status;
  };
  for (const step of steps) {
    if (gone.aborted) return "aborted";
    switch (step.do) {
      case "head":
        head();
        response.flushHeaders();
        break;
      case "write":
        head();
        if (!response.write(step.bytes)) await drained(response, gone);
        if (gone.aborted) return "aborted";
        entry.tokensSent += step.tokens;
        entry.bytesSent += step.bytes.length;
        break;
      case "pause":
        await wait(step.ms, gone);
        break;
      case "stall":
        journal.changed();
        await wait(step.ms, AbortSignal.any([gone, stalls.signal]));
        break;
      case "reset":
        response.socket?.resetAndDestroy();
        return "reset";
      case "drop":
        response.socket?.destroy();
        return "dropped";
      case "end":
        head();
        response.end();
        break;
    }
    journal.changed();
  }
  return "complete";
}

/**
 * @param {number | undefined} ms undefined: until the signal
 * @param {AbortSignal} signal
 */
async function wait(ms, signal) {
  if (signal.aborted) return;
  if (ms === 0) return new Promise((resolve) => setImmediate(resolve));
  if (ms === undefined) return new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await delay(ms, undefined, { signal }).catch(() => {});
}

/**
 * @param {import("node:http").ServerResponse} response
 * @param {AbortSignal} gone
 */
function drained(response, gone) {
  return new Promise((resolve) => {
    const go = () => {
      response.off("drain", go);
      gone.removeEventListener("abort", go);
      resolve(undefined);
    };
    response.on("drain", go);
    gone.addEventListener("abort", go);
  });
}
