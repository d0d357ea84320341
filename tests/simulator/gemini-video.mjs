// @ts-check
/** Gemini's video models: an operation that is asked for until it is done, and a film that is fetched with the key. */
import { readFileSync } from "node:fs";
import { findFault } from "./faults.mjs";
import { failure, invalid, json } from "./gemini-reply.mjs";
import { isObject } from "./is-object.mjs";
import { bare } from "./reply.mjs";

/**
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {import("./plan.mjs").Reply} Reply
 * @typedef {{ polls: number, asked: number, faults: readonly Fault[], file: string }} Operation
 */

/** Drawn by `picture.mjs`, a dot that moves, filmed by a browser: less than a second of VP9 in MP4, with SIMULATED across it. */
const FILM = readFileSync(new URL("simulated.mp4", import.meta.url));
const RATIOS = ["16:9", "9:16"];
const SLOW = 10;
const RESPONSE = "type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse";
const FILTERED = "The simulator was asked to filter this video; nothing is charged for it.";

export class Videos {
  /** @type {Map<string, Operation>} by name */
  #operations = new Map();
  #polls;

  /** @param {{ polls: number }} options how often an operation is not done yet */
  constructor({ polls }) {
    this.#polls = polls;
  }

  clear() {
    this.#operations.clear();
  }

  /**
   * `POST …:predictLongRunning`
   * @param {unknown} body
   * @param {string} model
   * @param {readonly Fault[]} faults
   * @returns {Reply}
   */
  start(body, model, faults) {
    const { instances, parameters = {} } = isObject(body) ? body : {};
    const [instance] = Array.isArray(instances) ? instances : [];
    if (!isObject(instance) || typeof instance["prompt"] !== "string" || instance["prompt"] === "") return invalid("The prompt is missing: instances[0].prompt");
    const { aspectRatio: ratio = "16:9", durationSeconds: seconds = 8 } = isObject(parameters) ? parameters : {};
    if (!RATIOS.includes(String(ratio))) return invalid(`\`aspectRatio\` must be one of ${RATIOS.join(", ")}; it was ${JSON.stringify(ratio)}.`);
    if (!(Number(seconds) >= 4 && Number(seconds) <= 8)) return invalid(`\`durationSeconds\` is out of bound: ${JSON.stringify(seconds)}.`);
    const number = this.#operations.size + 1;
    const name = `models/${model}/operations/simulator${number}`;
    const slow = findFault(faults, "video-slow");
    this.#operations.set(name, { polls: slow === undefined ? this.#polls : slow.count ?? SLOW, asked: 0, faults, file: `simulator-video-${number}` });
    return json(200, { name });
  }

  /**
   * `GET models/ID/operations/NAME`
   * @param {string} name
   * @param {string} root of the API
   * @returns {Reply}
   */
  poll(name, root) {
    const operation = this.#operations.get(name);
    if (operation === undefined) return failure(404, "NOT_FOUND", "Requested entity was not found.");
    const { faults } = operation;
    operation.asked += 1;
    if (findFault(faults, "video-gone")) return failure(404, "NOT_FOUND", "Requested entity was not found.");
    // Until it is done it does not even say that it is not.
    if (operation.asked <= operation.polls || findFault(faults, "video-never")) return json(200, { name });
    if (findFault(faults, "video-failed")) return json(200, { name, done: true, error: { code: 13, message: "Video generation failed due to an internal server issue. Please try again in a few minutes." } });
    const made = findFault(faults, "video-filtered")
      ? { raiMediaFilteredCount: 1, raiMediaFilteredReasons: [FILTERED] }
      : { generatedSamples: [{ video: { uri: `${root}/files/${operation.file}:download?alt=media` } }] };
    return json(200, { name, done: true, response: { "@type": RESPONSE, generateVideoResponse: made } });
  }

  /**
   * `GET files/NAME:download?alt=media`, which sends on to where the bytes are.
   * @param {string} file
   * @param {boolean} there whether it is asked where it was sent to
   * @param {string} elsewhere
   * @returns {Reply}
   */
  download(file, there, elsewhere) {
    const operation = [...this.#operations.values()].find((one) => one.file === file);
    if (operation === undefined || findFault(operation.faults, "video-lost")) return failure(404, "NOT_FOUND", "Requested entity was not found.");
    if (!there) return { ...bare(302), headers: [["Location", elsewhere]] };
    return { status: 200, headers: [["Content-Type", "video/mp4"]], frames: [{ bytes: FILM, kind: "finish" }], chunked: false };
  }
}
