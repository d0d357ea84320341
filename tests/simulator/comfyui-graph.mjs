// @ts-check
/** A workflow as a graph: the order in which ComfyUI works it off, what may come from its cache, how large its pictures are. */
import { createHash } from "node:crypto";
import { DEFINITIONS } from "./comfyui-node-definitions.mjs";
import { isObject } from "./is-object.mjs";
import { Numeral, writePython } from "./python-json.mjs";

/**
 * @typedef {{ class_type: string, inputs: Record<string, unknown> }} Node
 * @typedef {Record<string, Node>} Workflow
 */

/** Nodes that count steps. */
const SAMPLERS = ["KSampler", "KSamplerAdvanced", "HoldoutProgress", "SamplerCustomAdvanced"];
/** Inputs that a picture comes from, the nearest first. */
const PICTURES = ["images", "image", "samples", "latent_image", "pixels"];
const MOST_PIXELS = 2048 * 2048;

/**
 * Any list of two is a link.
 * @param {unknown} value
 * @returns {value is [string, number]}
 */
export function isLink(value) {
  return Array.isArray(value) && value.length === 2;
}

/**
 * @param {Workflow} workflow
 * @param {string} id
 * @returns {string[]} the nodes that it takes something from
 */
function sourcesOf(workflow, id) {
  return Object.values(workflow[id]?.inputs ?? {}).flatMap((value) => (isLink(value) ? [String(value[0])] : []));
}

/**
 * The nodes that have to run, in the order of the real server: outputs as soon as they can, then what leads to one, then
 * as the nodes were found from the outputs backwards.
 * @param {Workflow} workflow
 * @param {readonly string[]} outputs
 * @param {ReadonlySet<string>} cached
 * @returns {string[]}
 */
export function orderOf(workflow, outputs, cached) {
  /** @type {string[]} */
  const pending = [];
  for (const output of outputs) {
    const stack = [output];
    while (stack.length > 0) {
      const id = stack.pop() ?? "";
      if (pending.includes(id) || cached.has(id)) continue;
      pending.push(id);
      stack.push(...sourcesOf(workflow, id));
    }
  }
  const isOutput = (/** @type {string} */ id) => DEFINITIONS[workflow[id]?.class_type ?? ""]?.output_node === true;
  /** @type {(id: string, depth: number) => boolean} */
  const leadsToOutput = (id, depth) => (depth === 0 ? isOutput(id) : pending.some((next) => sourcesOf(workflow, next).includes(id) && leadsToOutput(next, depth - 1)));
  /** @type {string[]} */
  const order = [];
  while (pending.length > 0) {
    const ready = pending.filter((id) => !sourcesOf(workflow, id).some((source) => pending.includes(source)));
    const next = [0, 1, 2].map((depth) => ready.find((id) => leadsToOutput(id, depth))).find((id) => id !== undefined) ?? ready[0];
    if (next === undefined) break;
    pending.splice(pending.indexOf(next), 1);
    order.push(next);
  }
  return order;
}

/**
 * What a node's result depends on: its inputs, and all that they come from.
 * @param {Workflow} workflow
 * @param {string} id
 * @returns {string}
 */
export function signatureOf(workflow, id) {
  const node = workflow[id];
  const inputs = Object.entries(node?.inputs ?? {}).sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => [name, isLink(value) ? [signatureOf(workflow, String(value[0])), value[1]] : comparable(value)]);
  return createHash("sha256").update(writePython([node?.class_type, inputs])).digest("hex");
}

/**
 * To Python 7.0 and 7 are the same.
 * @param {unknown} value
 */
function comparable(value) {
  return value instanceof Numeral ? value.text.replace(/\.0+$/, "") : typeof value === "number" ? String(value) : value;
}

/**
 * @param {Workflow} workflow
 * @param {string} id
 * @returns {number} 0 for a node that has none
 */
export function stepsOf(workflow, id) {
  const { class_type: kind = "", inputs = {} } = workflow[id] ?? {};
  if (!SAMPLERS.includes(kind)) return 0;
  const own = Number(inputs["steps"]);
  if (Number.isFinite(own)) return own;
  const schedule = inputs["sigmas"];
  return isLink(schedule) ? Number(workflow[String(schedule[0])]?.inputs["steps"] ?? 1) : 1;
}

/**
 * Width, height and number of the pictures that come out of a node.
 * @param {Workflow} workflow
 * @param {string} id
 * @param {(name: string) => { width: number, height: number } | undefined} sizeOfFile of a picture that was uploaded
 * @returns {{ width: number, height: number, count: number }}
 */
export function sizeOf(workflow, id, sizeOfFile) {
  const { class_type: kind = "", inputs = {} } = workflow[id] ?? {};
  const source = PICTURES.map((name) => inputs[name]).find(isLink);
  const before = source === undefined ? { width: 512, height: 512, count: 1 } : sizeOf(workflow, String(source[0]), sizeOfFile);
  if (kind === "LoadImage" || kind === "LoadImageMask") return { ...before, ...sizeOfFile(String(inputs["image"])) };
  if (kind === "ImageScaleBy" || kind === "ImageUpscaleWithModel") {
    const scale = kind === "ImageScaleBy" ? Number(inputs["scale_by"]) : 4;
    return fitting({ ...before, width: before.width * scale, height: before.height * scale });
  }
  // Of a sampler's model these are no size of a picture.
  if (kind === "ModelSamplingFlux") return before;
  const [width, height] = [Number(inputs["width"]), Number(inputs["height"])];
  return fitting({
    width: width > 0 ? width : before.width,
    height: height > 0 ? height : before.height,
    count: source === undefined ? Math.min(16, Number(inputs["batch_size"] ?? 1)) : before.count,
  });
}

/**
 * A picture that nobody needs so large is made smaller: it is drawn, not generated.
 * @param {{ width: number, height: number, count: number }} size
 */
function fitting({ width, height, count }) {
  const shrink = Math.min(1, Math.sqrt(MOST_PIXELS / (width * height)));
  return { width: Math.max(1, Math.round(width * shrink)), height: Math.max(1, Math.round(height * shrink)), count };
}

/**
 * Whether a picture came into it, as when one is edited.
 * @param {Workflow} workflow
 * @param {string} id
 * @returns {boolean}
 */
export function isEdit(workflow, id) {
  return workflow[id]?.class_type === "LoadImage" || sourcesOf(workflow, id).some((source) => isEdit(workflow, source));
}

/**
 * @param {unknown} workflow
 * @returns {string} the model's file that the first loader names, or nothing
 */
export function modelOf(workflow) {
  const nodes = isObject(workflow) ? Object.values(workflow) : [];
  for (const node of nodes) {
    const inputs = isObject(node) && isObject(node["inputs"]) ? node["inputs"] : {};
    const name = inputs["ckpt_name"] ?? inputs["unet_name"];
    if (typeof name === "string") return name;
  }
  return "";
}
