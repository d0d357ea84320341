// @ts-check
/** What a socket may say besides what a client waits for: of other prompts, of types nobody knows, cut short. */
import { PREVIEW, PREVIEW_WITH_METADATA, TEXT, words } from "./comfyui-sockets.mjs";

/** @typedef {import("./comfyui-sockets.mjs").Sockets} Sockets */

const FOREIGN = "00000000-0000-4000-8000-000000000000";
const UNKNOWN_KIND = 99;

/**
 * Somebody else's prompt works, saves a picture and ends.
 * @param {Sockets} sockets
 * @param {string | undefined} client
 */
export function foreignEvents(sockets, client) {
  const timestamp = 1_767_225_600_000;
  /** @type {[string, Record<string, unknown>][]} */
  const events = [
    ["execution_start", { prompt_id: FOREIGN, timestamp }],
    ["executing", { node: "1", display_node: "1", prompt_id: FOREIGN }],
    ["progress", { value: 7, max: 7, prompt_id: FOREIGN, node: "1" }],
    ["executed", { node: "1", display_node: "1", output: { images: [{ filename: "foreign_00001_.png", subfolder: "", type: "output" }] }, prompt_id: FOREIGN }],
    ["execution_error", { prompt_id: FOREIGN, node_id: "1", node_type: "KSampler", executed: [], exception_message: "foreign", exception_type: "RuntimeError", traceback: [], timestamp }],
    ["execution_success", { prompt_id: FOREIGN, timestamp }],
    ["executing", { node: null, prompt_id: FOREIGN }],
  ];
  for (const [type, data] of events) sockets.send(client, type, data);
}

/**
 * @param {Sockets} sockets
 * @param {string | undefined} client
 */
export function unknownMessages(sockets, client) {
  sockets.send(client, "crystools.monitor", { cpu_utilization: 12.5, gpus: [] });
  sockets.send(client, "logs", { entries: [{ t: "2026-01-01T00:00:00", m: "the simulator says nothing" }] });
  for (const text of ['{"type":"notification"}', '{"data":{}}', "[]", "null", "{", ""]) sockets.sendText(client, text);
  sockets.sendBytes(client, Buffer.concat([words(UNKNOWN_KIND), Buffer.from("whatever")]));
  sockets.sendBytes(client, Buffer.concat([words(TEXT, 2), Buffer.from("12hello")]));
}

/**
 * @param {Sockets} sockets
 * @param {string | undefined} client
 */
export function shortFrames(sockets, client) {
  const frames = [
    Buffer.alloc(0), Buffer.from([0]), words(PREVIEW), Buffer.concat([words(PREVIEW), Buffer.from([0, 0])]), words(PREVIEW, 1), words(PREVIEW, 7),
    words(PREVIEW_WITH_METADATA), words(PREVIEW_WITH_METADATA, 500), Buffer.concat([words(PREVIEW_WITH_METADATA, 0xffff_ffff), Buffer.from("{}")]),
    Buffer.concat([words(PREVIEW_WITH_METADATA, 3), Buffer.from("no!")]), words(TEXT), words(TEXT, 9),
  ];
  for (const frame of frames) sockets.sendBytes(client, frame);
}
