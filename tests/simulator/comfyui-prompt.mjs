// @ts-check
/** `POST /prompt`: what comes is looked through and put into the queue, or refused. */
import { modelOf } from "./comfyui-graph.mjs";
import { json, serverError } from "./comfyui-reply.mjs";
import { refuse, validate } from "./comfyui-validate.mjs";
import { findFault } from "./faults.mjs";
import { isObject } from "./is-object.mjs";
import { plain } from "./python-json.mjs";

/**
 * @typedef {import("./comfyui-reply.mjs").Answer} Answer
 * @typedef {import("./comfyui.mjs").Server} Server
 */

const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const AHEAD = 3;
const AHEAD_STEPS = 4;
/** An output that was dropped where the workflow has none to spare. */
const DROPPED = "999";

/**
 * @param {Server} server
 * @param {import("./simulator.mjs").Exchange} exchange
 * @param {unknown} body
 * @returns {Answer}
 */
export function acceptPrompt(server, { entry, faults, released }, body) {
  if (!isObject(body)) return serverError();
  const { age } = server;
  if (body["prompt"] === undefined) {
    return age === "old" ? json(400, { error: "no prompt", node_errors: [] }) : told(refuse("no_prompt", "No prompt provided", "No prompt provided"), age);
  }
  const named = age === "old" ? undefined : body["prompt_id"];
  if (age === "recent" && named !== undefined && !CANONICAL.test(String(named))) {
    return told(refuse("invalid_prompt_id", "prompt_id must be a canonical lower-case UUID", `received ${JSON.stringify(named)}`), age);
  }
  const ahead = findFault(faults, "queue-ahead");
  if (ahead !== undefined) putAhead(server, ahead.count ?? AHEAD);

  const without = findFault(faults, "error-400-checkpoint") === undefined ? undefined : modelOf(body["prompt"]);
  const targets = Array.isArray(body["partial_execution_targets"]) ? body["partial_execution_targets"].map(String) : undefined;
  const read = validate({ workflow: body["prompt"], targets, describe: (name) => server.describe(name, without), hasImage: (name) => server.files.image(name) !== undefined, age });
  const number = numberOf(server, body);
  if ("error" in read) return told(read, age);

  const { client_id: client, extra_data: extra } = body;
  const id = named === undefined ? server.nextId() : String(named);
  const { outputs, nodeErrors } = findFault(faults, "node-errors") ? dropOne(read) : read;
  server.queue.put({
    number, id, outputs, faults, released, workflow: /** @type {import("./comfyui-graph.mjs").Workflow} */ (body["prompt"]),
    extra: { ...(isObject(extra) ? extra : {}), ...(client === undefined ? {} : { client_id: client }) },
  });
  server.wake();
  entry.notes = { promptId: id, number, clientId: client ?? null };
  return json(200, { prompt_id: id, number, node_errors: age === "old" && Object.keys(nodeErrors).length === 0 ? [] : nodeErrors });
}

/**
 * @param {import("./comfyui-validate.mjs").Refused} refused
 * @param {Server["age"]} age
 * @returns {Answer}
 */
function told({ error, nodeErrors }, age) {
  return json(400, { error, node_errors: age === "old" && Object.keys(nodeErrors).length === 0 ? [] : nodeErrors });
}

/**
 * @param {Server} server
 * @param {Record<string, unknown>} body
 */
function numberOf(server, body) {
  if (body["number"] !== undefined) return Number(plain(body["number"]));
  const number = server.number++;
  return body["front"] === true ? -number : number;
}

/**
 * @param {import("./comfyui-validate.mjs").Accepted} accepted
 * @returns {import("./comfyui-validate.mjs").Accepted}
 */
function dropOne({ outputs, nodeErrors }) {
  const dropped = outputs.length > 1 ? outputs.at(-1) ?? DROPPED : DROPPED;
  const errors = [{ type: "required_input_missing", message: "Required input is missing", details: "images", extra_info: { input_name: "images" } }];
  return { outputs: outputs.filter((id) => id !== dropped), nodeErrors: { ...nodeErrors, [dropped]: { errors, dependent_outputs: [dropped], class_type: "SaveImage" } } };
}

/**
 * Prompts of somebody else, each with its own note, so that none comes from the cache.
 * @param {Server} server
 * @param {number} count
 * @param {number} [steps]
 */
export function putAhead(server, count, steps = AHEAD_STEPS) {
  for (let index = 0; index < count; index += 1) {
    const number = server.number++;
    /** @type {import("./comfyui-graph.mjs").Workflow} */
    const workflow = {
      1: { class_type: "EmptyImage", inputs: { width: 64, height: 64, batch_size: 1, color: number } },
      2: { class_type: "HoldoutProgress", inputs: { image: ["1", 0], steps, delay_ms: 0, fail_at: 0, mode: "no_preview", note: `somebody else ${number}` } },
      9: { class_type: "PreviewImage", inputs: { images: ["2", 0] } },
    };
    server.queue.put({ number, id: server.nextId(), workflow, extra: { client_id: "somebody-else" }, outputs: ["9"], faults: [] });
  }
  server.wake();
}
