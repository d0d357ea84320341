// @ts-check
/** What ComfyUI finds wrong with a workflow before it queues it, in the words of the recorded version. */
import { isLink } from "./comfyui-graph.mjs";
import { choicesOf } from "./comfyui-node-definitions.mjs";
import { isObject } from "./is-object.mjs";
import { Numeral, plain, showPython } from "./python-json.mjs";

/**
 * @typedef {import("./comfyui-graph.mjs").Workflow} Workflow
 * @typedef {import("./comfyui-node-definitions.mjs").Definition} Definition
 * @typedef {import("./comfyui-node-definitions.mjs").Input} Input
 * @typedef {{ type: string, message: string, details: string, extra_info: Record<string, unknown> }} Complaint
 * @typedef {{ errors: Complaint[], dependent_outputs: string[], class_type: string }} NodeErrors
 * @typedef {{ valid: boolean, reasons: Complaint[] }} Verdict
 *
 * @typedef {object} Judge
 * @property {Workflow} workflow
 * @property {(name: string) => Definition | undefined} describe
 * @property {(image: string) => boolean} hasImage whether such a picture was uploaded
 * @property {"old" | "recorded" | "recent"} age
 * @property {Map<string, Verdict>} verdicts
 * @property {string[]} visiting the nodes from the output down to this one
 *
 * @typedef {{ outputs: string[], nodeErrors: Record<string, NodeErrors> }} Accepted
 * @typedef {{ error: Complaint, nodeErrors: Record<string, NodeErrors> }} Refused
 */

/** Longer lists are not repeated in an error. */
const MOST_CHOICES = 20;

/** What Python would have thrown. */
class Thrown extends Error {
  /**
   * @param {string} type
   * @param {string} message
   */
  constructor(type, message) {
    super(message);
    this.type = type;
  }
}

/**
 * @param {Pick<Judge, "describe" | "hasImage" | "age"> & { workflow: unknown, targets?: readonly string[] }} given targets: outputs that are wanted, instead of all
 * @returns {Accepted | Refused}
 */
export function validate({ workflow, targets, ...given }) {
  if (!isObject(workflow)) return refuse("invalid_prompt", "The simulator was sent a prompt that is no object", "");
  const outputs = [];
  for (const [id, node] of Object.entries(workflow)) {
    const kind = isObject(node) ? node["class_type"] : undefined;
    if (typeof kind !== "string") return refuse("invalid_prompt", "Cannot execute because a node is missing the class_type property.", `Node ID '#${id}'`);
    const definition = given.describe(kind);
    if (definition === undefined) return unknownClass(id, kind, /** @type {Record<string, any>} */ (node), given.age);
    if (definition.output_node && (targets === undefined || targets.includes(id))) outputs.push(id);
  }
  if (outputs.length === 0) return refuse("prompt_no_outputs", "Prompt has no outputs", "");

  /** @type {Judge} */
  const judge = { ...given, workflow: /** @type {Workflow} */ (workflow), verdicts: new Map(), visiting: [] };
  /** @type {string[]} */
  const good = [];
  /** @type {string[]} */
  const said = [];
  /** @type {Record<string, NodeErrors>} */
  const nodeErrors = {};
  for (const output of outputs) {
    const verdict = judgeOutput(judge, output);
    if (verdict.valid) {
      good.push(output);
      continue;
    }
    said.push(...verdict.reasons.map(({ message, details }) => `${message}: ${details}`));
    for (const [id, { valid, reasons }] of judge.verdicts) {
      if (valid || reasons.length === 0) continue;
      nodeErrors[id] ??= { errors: reasons, dependent_outputs: [], class_type: judge.workflow[id]?.class_type ?? "" };
      nodeErrors[id].dependent_outputs.push(output);
    }
  }
  if (good.length > 0) return { outputs: good, nodeErrors };
  return { ...refuse("prompt_outputs_failed_validation", "Prompt outputs failed validation", said.join("\n")), nodeErrors };
}

/**
 * @param {string} type
 * @param {string} message
 * @param {string} details
 * @param {Record<string, unknown>} [more]
 * @returns {Refused}
 */
export function refuse(type, message, details, more = {}) {
  return { error: { type, message, details, extra_info: more }, nodeErrors: {} };
}

/**
 * @param {string} id
 * @param {string} kind
 * @param {Record<string, any>} node
 * @param {Judge["age"]} age
 */
function unknownClass(id, kind, node, age) {
  const title = node["_meta"]?.title ?? kind;
  return age === "recent"
    ? refuse("missing_node_type", `Node '${title}' not found. The custom node may not be installed.`, `Node ID '#${id}'`, { node_id: id, class_type: kind, node_title: title })
    : refuse("invalid_prompt", `Cannot execute because node ${kind} does not exist.`, `Node ID '#${id}'`);
}

/**
 * @param {Judge} judge
 * @param {string} output
 * @returns {Verdict}
 */
function judgeOutput(judge, output) {
  try {
    return judgeNode(judge, output);
  } catch (error) {
    if (!(error instanceof Thrown)) throw error;
    const verdict = {
      valid: false,
      reasons: [{ type: "exception_during_validation", message: "Exception when validating node", details: error.message, extra_info: { exception_type: error.type, traceback: [] } }],
    };
    judge.verdicts.set(output, verdict);
    return verdict;
  } finally {
    judge.visiting.length = 0;
  }
}

/**
 * @param {Judge} judge
 * @param {string} id
 * @returns {Verdict}
 */
function judgeNode(judge, id) {
  const known = judge.verdicts.get(id);
  if (known !== undefined) return known;
  const node = judge.workflow[id];
  if (node === undefined) throw new Thrown("KeyError", showPython(id));
  if (judge.visiting.includes(id)) return cycle(judge, id);
  judge.visiting.push(id);

  const definition = judge.describe(node.class_type);
  const { required = {}, optional = {} } = definition?.input ?? {};
  /** @type {Complaint[]} */
  const reasons = [];
  let valid = true;
  for (const [name, spec] of Object.entries({ ...required, ...optional })) {
    const value = node.inputs?.[name];
    if (value === undefined) {
      if (name in required) reasons.push({ type: "required_input_missing", message: "Required input is missing", details: name, extra_info: { input_name: name } });
    } else if (Array.isArray(value)) {
      const complaint = complainOfLink(judge, name, spec, value);
      if (complaint !== undefined) reasons.push(complaint);
      else if (!judgeSource(judge, name, spec, /** @type {[string, number]} */ (value))) valid = false;
    } else {
      const complaint = complainOfValue(judge, node.class_type, name, spec, value);
      if (complaint !== undefined) reasons.push(complaint);
    }
  }
  judge.visiting.pop();
  // A node of a cycle was judged while its own sources were looked at.
  const verdict = judge.verdicts.get(id) ?? { valid: valid && reasons.length === 0, reasons };
  judge.verdicts.set(id, verdict);
  return verdict;
}

/**
 * Old servers follow a cycle until Python gives up; recent ones name it.
 * @param {Judge} judge
 * @param {string} id
 * @returns {Verdict}
 */
function cycle({ workflow, visiting, verdicts, age }, id) {
  if (age !== "recent") throw new Thrown("RecursionError", "maximum recursion depth exceeded");
  const nodes = visiting.slice(visiting.indexOf(id));
  const details = [...nodes, id].map((one) => `${one} (${workflow[one]?.class_type})`).join(" -> ");
  for (const one of nodes) {
    verdicts.set(one, { valid: false, reasons: [{ type: "dependency_cycle", message: "Dependency cycle detected", details, extra_info: { node_id: one, cycle_nodes: nodes } }] });
  }
  return verdicts.get(id) ?? { valid: false, reasons: [] };
}

/**
 * @param {Judge} judge
 * @param {string} name
 * @param {Input} spec
 * @param {unknown[]} value
 * @returns {Complaint | undefined}
 */
function complainOfLink({ workflow, describe }, name, spec, value) {
  if (!isLink(value)) {
    return {
      type: "bad_linked_input", message: "Bad linked input, must be a length-2 list of [node_id, slot_index]", details: name,
      extra_info: { input_name: name, input_config: spec, received_value: value },
    };
  }
  const source = workflow[String(value[0])];
  if (source === undefined) throw new Thrown("KeyError", showPython(value[0]));
  const received = describe(source.class_type)?.output[Number(value[1])];
  if (received === undefined) throw new Thrown("IndexError", "tuple index out of range");
  const [wanted] = spec;
  const fits = received === wanted || received === "*" || wanted === "*";
  return fits ? undefined : {
    type: "return_type_mismatch", message: "Return type mismatch between linked nodes", details: `${name}, received_type(${received}) mismatch input_type(${typeof wanted === "string" ? wanted : showPython(wanted)})`,
    extra_info: { input_name: name, input_config: spec, received_type: received, linked_node: value },
  };
}

/**
 * @param {Judge} judge
 * @param {string} name
 * @param {Input} spec
 * @param {[string, number]} link
 * @returns {boolean}
 */
function judgeSource(judge, name, spec, link) {
  const source = String(link[0]);
  const depth = judge.visiting.length;
  try {
    return judgeNode(judge, source).valid;
  } catch (error) {
    if (!(error instanceof Thrown)) throw error;
    // Found in what a node is linked to, it is laid at that node's door, and the one that asked goes on.
    judge.visiting.length = depth;
    judge.verdicts.set(source, {
      valid: false,
      reasons: [{
        type: "exception_during_inner_validation", message: "Exception when validating inner node", details: error.message,
        extra_info: { input_name: name, input_config: spec, exception_message: error.message, exception_type: error.type, traceback: [], linked_node: link },
      }],
    });
    return false;
  }
}

/**
 * @param {Judge} judge
 * @param {string} kind
 * @param {string} name
 * @param {Input} spec
 * @param {unknown} value
 * @returns {Complaint | undefined}
 */
function complainOfValue({ hasImage }, kind, name, spec, value) {
  const extra = { input_name: name, input_config: spec, received_value: value };
  if (name === "image" && (kind === "LoadImage" || kind === "LoadImageMask")) {
    // The list is not looked at: what was uploaded a moment ago is good.
    return hasImage(String(value)) ? undefined
      : { type: "custom_validation_failed", message: "Custom validation failed for node", details: `${name} - Invalid image file: ${value}`, extra_info: extra };
  }
  const [type, options = {}] = spec;
  if (type === "INT" || type === "FLOAT") {
    const number = Number(plain(value));
    if (typeof plain(value) === "object" || Number.isNaN(number)) {
      const why = type === "INT" ? `invalid literal for int() with base 10: ${showPython(value)}` : `could not convert string to float: ${showPython(value)}`;
      return {
        type: "invalid_input_type", message: `Failed to convert an input value to a ${type} value`, details: `${name}, ${value}, ${why}`,
        extra_info: { ...extra, exception_message: why },
      };
    }
    const shown = value instanceof Numeral ? value.text : String(value);
    if (options["min"] !== undefined && number < Number(options["min"])) {
      return { type: "value_smaller_than_min", message: `Value ${shown} smaller than min of ${showPython(options["min"])}`, details: name, extra_info: extra };
    }
    if (options["max"] !== undefined && number > Number(options["max"])) {
      return { type: "value_bigger_than_max", message: `Value ${shown} bigger than max of ${showPython(options["max"])}`, details: name, extra_info: extra };
    }
    return undefined;
  }
  const choices = choicesOf(spec);
  if (choices === undefined || choices.some((choice) => plain(choice) === plain(value))) return undefined;
  const many = choices.length > MOST_CHOICES;
  return {
    type: "value_not_in_list", message: "Value not in list", details: `${name}: '${value}' not in ${many ? `(list of length ${choices.length})` : showPython(choices)}`,
    extra_info: { ...extra, input_config: many ? null : spec },
  };
}
