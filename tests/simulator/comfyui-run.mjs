// @ts-check
/** One prompt worked off: nodes in their order, steps with previews, and what is told of them; or one of the faults. */
import { setTimeout as delay } from "node:timers/promises";
import { isEdit, orderOf, signatureOf, sizeOf, stepsOf } from "./comfyui-graph.mjs";
import { DEFINITIONS, LOADERS } from "./comfyui-node-definitions.mjs";
import { asRow } from "./comfyui-queue.mjs";
import { foreignEvents, shortFrames, unknownMessages } from "./comfyui-strange.mjs";
import { findFault } from "./faults.mjs";
import { drawJpeg, drawPng } from "./picture.mjs";
import { Numeral, writePython } from "./python-json.mjs";

/**
 * @typedef {import("./comfyui-queue.mjs").Item} Item
 * @typedef {import("./comfyui-queue.mjs").Past} Past
 * @typedef {import("./comfyui.mjs").Server} Server
 *
 * @typedef {object} RunRecord what a test may ask of the work
 * @property {string} id of the prompt
 * @property {string | undefined} client
 * @property {number} steps done
 * @property {number} total
 * @property {"running" | "success" | "error" | "interrupted" | "lost"} ended lost: the server died
 */

const PREVIEW_SIDE = 512;
const SLOW_MS = 200;
const LATE_MS = 100;
const OUT_OF_MEMORY = "Allocation on device \nThis error means you ran out of memory on your GPU.\n\nTIPS: If the workflow worked before you might have accidentally set the batch_size to a large number.";
const NONE = new Numeral("0.0");
const ALL = new Numeral("1.0");

class NodeFailure extends Error {
  /**
   * @param {string} type
   * @param {string} message
   */
  constructor(type, message) {
    super(message);
    this.type = type;
  }
}
class Interrupted extends Error {}
class Lost extends Error {}

export class Run {
  #server;
  #item;
  /** @type {string | undefined} */
  #client;
  /** @type {unknown[]} */
  #messages = [];
  /** A map: an object would put node 3 before node 12, whichever came first. @type {Map<string, { value: unknown, max: unknown }>} */
  #progress = new Map();
  /** @type {Record<string, unknown>} */
  #outputs = {};
  /** @type {Record<string, unknown>} */
  #meta = {};
  /** @type {string[]} */
  #executed = [];
  #interrupted = false;
  #lost = new AbortController();
  #woken = new AbortController();
  /** @type {string | undefined} The node that is at work. */
  node;
  /** @type {RunRecord} */
  record;

  /**
   * @param {Server} server
   * @param {Item} item
   */
  constructor(server, item) {
    this.#server = server;
    this.#item = item;
    const { client_id: client } = item.extra;
    this.#client = typeof client === "string" ? client : undefined;
    this.record = { id: item.id, client: this.#client, steps: 0, total: 0, ended: "running" };
  }

  get id() {
    return this.#item.id;
  }

  get client() {
    return this.#client;
  }

  /** Takes effect at the next step. */
  interrupt() {
    this.#interrupted = true;
    if (findFault(this.#item.faults, "deaf") === undefined) this.#woken.abort();
  }

  /** The server dies. */
  lose() {
    this.#lost.abort();
    this.#woken.abort();
  }

  /** @returns {Promise<Past | undefined>} what the history will say; undefined: nothing */
  async work() {
    const { id, workflow, outputs, faults } = this.#item;
    this.#remember("execution_start", { prompt_id: id });
    const signatures = Object.fromEntries(Object.keys(workflow).map((node) => [node, signatureOf(workflow, node)]));
    const cached = this.#server.cache.begin(signatures);
    this.#remember("execution_cached", { nodes: [...cached], prompt_id: id });
    for (const node of outputs) {
      if (cached.has(node)) this.#tellCached(node, signatures[node] ?? "");
    }
    const order = orderOf(workflow, outputs, cached);
    const steps = order.reduce((sum, node) => sum + stepsOf(workflow, node), 0);
    this.record.total = steps > 0 ? steps : order.length;
    try {
      await this.#point(0);
      for (const node of order) {
        await this.#execute(node, steps > 0);
        this.#server.cache.add(signatures[node] ?? "", this.#outputs[node]);
      }
    } catch (error) {
      return this.#fail(error);
    }
    this.#remember("execution_success", { prompt_id: id });
    this.record.ended = "success";
    const late = findFault(faults, "history-late");
    if (late !== undefined) await this.#pause(late.ms ?? LATE_MS);
    if (this.#lost.signal.aborted) return this.#fail(new Lost());
    const empty = findFault(faults, "empty-outputs") !== undefined;
    return this.#past({ outputs: empty ? {} : this.#outputs, meta: empty ? {} : this.#meta, status_str: "success", completed: true });
  }

  /**
   * @param {string} node
   * @param {string} signature
   */
  #tellCached(node, signature) {
    const output = this.#server.cache.output(signature);
    // Nobody asked to be told, so the recorded version does not look it up.
    if (output === undefined || this.#client === undefined) return;
    this.#put(node, output);
    this.#tellState(node, 1, 1, "finished");
  }

  /**
   * @param {string} node
   * @param {boolean} sampled whether this prompt has steps; if not, each node counts as one
   */
  async #execute(node, sampled) {
    const { workflow } = this.#item;
    const kind = workflow[node]?.class_type ?? "";
    this.node = node;
    this.#tellState(node, NONE, ALL, "running");
    this.#tell("executing", { node, display_node: node, prompt_id: this.id });
    await this.#load(kind, node);
    const steps = stepsOf(workflow, node);
    for (let step = 1; step <= steps; step += 1) await this.#step(node, step, steps);
    if (steps === 0) await this.#pause(this.#server.pace.nodeMs);
    if (DEFINITIONS[kind]?.output_node === true) this.#finishOutput(node, kind);
    const { value, max } = this.#progress.get(node) ?? {};
    this.#tellState(node, value === NONE ? ALL : value, max, "finished");
    this.#executed.push(node);
    if (!sampled) await this.#point(1);
    this.#check();
  }

  /**
   * The first time a model's file is needed it takes its time, and no interrupt reaches it.
   * @param {string} kind
   * @param {string} node
   */
  async #load(kind, node) {
    if (!LOADERS.has(kind)) return;
    const file = signatureOf(this.#item.workflow, node);
    if (this.#server.loaded.has(file)) return;
    await this.#wait(this.#server.pace.loadMs, this.#lost.signal);
    this.#server.loaded.add(file);
  }

  /**
   * @param {string} node
   * @param {number} step
   * @param {number} steps
   */
  async #step(node, step, steps) {
    const { workflow, extra, faults } = this.#item;
    const inputs = workflow[node]?.inputs ?? {};
    const slow = findFault(faults, "slow");
    await this.#pause(slow === undefined ? this.#server.pace.stepMs : slow.ms ?? SLOW_MS);
    if (Number(inputs["fail_at"] ?? 0) === step) throw new NodeFailure("RuntimeError", `The simulator was told to fail at step ${step}`);
    this.#tellState(node, step, steps, "running");
    const progress = { value: step, max: steps, prompt_id: this.id, node };
    const wanted = extra["preview_method"] ?? (inputs["mode"] === "no_preview" ? "none" : this.#server.previews);
    const preview = () => {
      if (wanted === "none") return;
      const image = drawJpeg({ width: PREVIEW_SIDE, height: PREVIEW_SIDE, seed: this.#seed(node, 0), clarity: step / steps });
      this.#server.sockets.sendPreview(this.#client, image, "jpeg", { node_id: node, prompt_id: this.id, display_node_id: node, parent_node_id: null, real_node_id: node });
    };
    if (this.#server.sockets.readsMetadata(this.#client)) {
      preview();
      this.#tell("progress", progress);
    } else {
      this.#tell("progress", progress);
      preview();
    }
    await this.#point(1);
  }

  /**
   * @param {string} node
   * @param {string} kind
   */
  #finishOutput(node, kind) {
    const { workflow, extra } = this.#item;
    const inputs = workflow[node]?.inputs ?? {};
    if (kind === "PreviewAny") return this.#put(node, { text: [writePython(inputs["source"] ?? null)] });
    if (kind === "SaveAudio") return this.#put(node, { audio: [] });
    const { width, height, count } = sizeOf(workflow, node, (name) => this.#server.files.sizeOf(name));
    /** @type {[string, string][]} What a picture says of how it was made, the prompt's words among it. */
    const texts = [["prompt", writePython(workflow)], ...Object.entries(/** @type {Record<string, unknown>} */ (extra["extra_pnginfo"] ?? {})).map(([key, value]) => /** @type {[string, string]} */ ([key, writePython(value)]))];
    const edited = isEdit(workflow, node);
    const drawn = Array.from({ length: count }, (_, index) => ({ width, height, seed: this.#seed(node, index), ...(edited ? { caption: "EDIT" } : {}) }));
    if (kind === "SaveImageWebsocket") {
      for (const [index, one] of drawn.entries()) {
        this.#tellState(node, index + 1, count, "running");
        this.#tell("progress", { value: index + 1, max: count, prompt_id: this.id, node });
        this.#server.sockets.sendPreview(this.#client, drawPng(one), "png", { node_id: node, prompt_id: this.id, display_node_id: node, parent_node_id: null, real_node_id: node });
      }
      return;
    }
    const temporary = kind === "PreviewImage";
    const prefix = temporary ? `ComfyUI_temp_${letters(node)}` : String(inputs["filename_prefix"] ?? "ComfyUI");
    const images = drawn.map((one) => this.#server.files.save(prefix, temporary ? "temp" : "output", one, texts));
    this.#put(node, { images, ...(kind === "SaveAnimatedWEBP" ? { animated: [true] } : {}) });
  }

  /**
   * @param {string} node
   * @param {unknown} output
   */
  #put(node, output) {
    const { faults } = this.#item;
    this.#outputs[node] = output;
    this.#meta[node] = { node_id: node, display_node: node, parent_node: null, real_node_id: node };
    if (findFault(faults, "empty-outputs")) return;
    this.#tell("executed", { node, display_node: node, output: findFault(faults, "null-output") ? null : output, prompt_id: this.id });
  }

  /**
   * What a picture depends on: all that went into it, and which one of several it is.
   * @param {string} node
   * @param {number} index
   */
  #seed(node, index) {
    return `${signatureOf(this.#item.workflow, node)} ${index}`;
  }

  /**
   * Some steps are done: now is the time of the faults that were set for here.
   * @param {number} done steps
   */
  async #point(done) {
    const { total } = this.record;
    this.record.steps += done;
    this.#server.changed();
    for (const fault of this.#item.faults) {
      if (this.record.steps !== Math.min(total, fault.after ?? Math.floor(total / 2))) continue;
      switch (fault.kind) {
        case "socket-silent": this.#server.sockets.silence(this.#client); break;
        case "socket-dropped": this.#server.sockets.drop(this.#client); break;
        case "socket-stolen": this.#server.sockets.steal(this.#client); break;
        case "other-events": foreignEvents(this.#server.sockets, this.#client); break;
        case "unknown-messages": unknownMessages(this.#server.sockets, this.#client); break;
        case "short-frame": shortFrames(this.#server.sockets, this.#client); break;
        case "restart": this.#server.restart(fault.ms); break;
        case "blocked":
        case "deaf": await this.#wait(undefined, AbortSignal.any([this.#woken.signal, ...(this.#item.released === undefined ? [] : [this.#item.released()])])); break;
        case "interrupted": throw new Interrupted();
        case "node-error": throw new NodeFailure("RuntimeError", fault.message ?? "mat1 and mat2 shapes cannot be multiplied (77x2048 and 768x320)");
        case "out-of-memory": throw new NodeFailure("torch.OutOfMemoryError", fault.message ?? OUT_OF_MEMORY);
        default:
      }
    }
    this.#check();
  }

  #check() {
    if (this.#lost.signal.aborted) throw new Lost();
    if (this.#interrupted) throw new Interrupted();
  }

  /**
   * @param {unknown} error
   * @returns {Past | undefined}
   */
  #fail(error) {
    const node = this.node ?? this.#item.outputs[0] ?? "";
    const where = { prompt_id: this.id, node_id: node, node_type: this.#item.workflow[node]?.class_type ?? "", executed: this.#executed };
    if (error instanceof Lost || this.#lost.signal.aborted) {
      this.record.ended = "lost";
      return undefined;
    }
    if (error instanceof Interrupted) {
      this.record.ended = "interrupted";
      this.#remember("execution_interrupted", where);
    } else if (error instanceof NodeFailure) {
      this.record.ended = "error";
      this.#remember("execution_error", {
        ...where, exception_message: error.message, exception_type: error.type, traceback: [], current_inputs: {}, current_outputs: this.#executed,
      });
    } else throw error;
    return this.#past({ outputs: this.#outputs, meta: this.#meta, status_str: "error", completed: false });
  }

  /**
   * @param {{ outputs: Record<string, unknown>, meta: Record<string, unknown>, status_str: string, completed: boolean }} end
   * @returns {Past}
   */
  #past({ outputs, meta, status_str, completed }) {
    return { prompt: asRow(this.#item), outputs, status: { status_str, completed, messages: this.#messages }, meta };
  }

  /**
   * What the history keeps too.
   * @param {string} type
   * @param {Record<string, unknown>} data
   */
  #remember(type, data) {
    const dated = { ...data, timestamp: this.#server.now() };
    this.#messages.push([type, dated]);
    this.#tell(type, dated);
  }

  /**
   * @param {string} type
   * @param {Record<string, unknown>} data
   */
  #tell(type, data) {
    // Without a client's id only the progress is told, and to everybody.
    if (this.#client !== undefined || type === "progress") this.#server.sockets.send(this.#client, type, data);
  }

  /**
   * Where every node is that has begun, this one among them.
   * @param {string} node
   * @param {unknown} value
   * @param {unknown} max
   * @param {string} state
   */
  #tellState(node, value, max, state) {
    const told = { value, max, state, node_id: node, prompt_id: this.id, display_node_id: node, parent_node_id: null, real_node_id: node };
    this.#progress.set(node, told);
    if (this.#server.age !== "old") this.#tell("progress_state", { prompt_id: this.id, nodes: this.#progress });
  }

  /** @param {number} ms an interrupt makes it shorter */
  async #pause(ms) {
    await this.#wait(ms, this.#woken.signal);
  }

  /**
   * @param {number | undefined} ms undefined: until the signal
   * @param {AbortSignal} [signal]
   */
  async #wait(ms, signal) {
    if (signal?.aborted) return;
    if (ms === undefined) return void await new Promise((resolve) => signal?.addEventListener("abort", resolve, { once: true }));
    if (ms === 0) return void await new Promise((resolve) => setImmediate(resolve));
    await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  }
}

/**
 * Five letters, as each node that shows a preview has its own.
 * @param {string} node
 */
function letters(node) {
  let state = [...node].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 0x9e3779b1) >>> 0;
  return Array.from({ length: 5 }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return String.fromCharCode(97 + ((state >>> 16) % 26));
  }).join("");
}
