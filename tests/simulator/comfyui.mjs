// @ts-check
/**
 * A simulated ComfyUI: HTTP and WebSocket of version 0.3.64, with faults on demand. It is a simulator and says so in every
 * picture it makes. Recordings of a real server, in `../fixtures/comfyui`, are what its tests compare it with.
 */
import { Cache } from "./comfyui-cache.mjs";
import { Files } from "./comfyui-files.mjs";
import { corsHeaders, isForeign } from "./comfyui-gate.mjs";
import { modelOf } from "./comfyui-graph.mjs";
import { Models, readFiles } from "./comfyui-models.mjs";
import { describe } from "./comfyui-node-definitions.mjs";
import { putAhead } from "./comfyui-prompt.mjs";
import { Queue } from "./comfyui-queue.mjs";
import { replaced, serverError, SERVER, tooLarge, wording } from "./comfyui-reply.mjs";
import { respond } from "./comfyui-routes.mjs";
import { Run } from "./comfyui-run.mjs";
import { Sockets } from "./comfyui-sockets.mjs";
import { findFault } from "./faults.mjs";
import { isObject } from "./is-object.mjs";
import { bare, withHeaders } from "./reply.mjs";
import { startSimulator } from "./simulator.mjs";

export { FAULTS } from "./faults.mjs";
export { SETUPS } from "./comfyui-models.mjs";

/**
 * @typedef {import("./comfyui-models.mjs").Files} ModelFiles
 * @typedef {import("./comfyui-run.mjs").RunRecord} RunRecord
 * @typedef {import("./simulator.mjs").Exchange} Exchange
 *
 * @typedef {object} Pace milliseconds
 * @property {number} stepMs of a sampler's step
 * @property {number} nodeMs of any other node
 * @property {number} loadMs until a model is loaded that was not yet
 *
 * @typedef {object} ComfyUIOptions
 * @property {string | null} [cors] what `--enable-cors-header` is given, "*" by default; null: the switch is not set
 * @property {string | ModelFiles} [models] the name of a set-up, or files by folder; default "all"
 * @property {"v1" | "v3"} [encoding] of choices in `/object_info`
 * @property {boolean} [windows] names of files have backslashes
 * @property {"old" | "recorded" | "recent"} [age] old: no ids of one's own, no features, an interrupt hits whatever runs; recent: of 2026
 * @property {"latent2rgb" | "none"} [previews] what `--preview-method` is given
 * @property {number} [maxUploadSize] bytes
 * @property {number} [stepMs] default 1
 * @property {number} [nodeMs] default 0
 * @property {number} [loadMs] default 0
 * @property {() => number} [now] epoch milliseconds
 *
 * @typedef {object} Server what the parts share
 * @property {Models} models
 * @property {Files} files
 * @property {Queue} queue
 * @property {Sockets} sockets
 * @property {Cache} cache
 * @property {Set<string>} loaded models, by what names them
 * @property {Pace} pace
 * @property {string | null} cors
 * @property {"old" | "recorded" | "recent"} age
 * @property {boolean} windows
 * @property {"latent2rgb" | "none"} previews
 * @property {number} maxUploadSize
 * @property {number} number of the next prompt
 * @property {() => number} now
 * @property {() => string} nextId
 * @property {(name: string, without?: string) => import("./comfyui-node-definitions.mjs").Definition | undefined} describe
 * @property {() => void} changed a run has moved on
 * @property {() => void} wake there is work
 * @property {(id?: string) => void} interrupt
 * @property {(ms?: number) => void} restart
 *
 * @typedef {import("./simulator.mjs").Simulator & {
 *   runs: RunRecord[], setModels: (models: string | ModelFiles) => void, setPace: (pace: Partial<Pace>) => void, setCors: (origin: string | null) => void,
 *   restart: (ms?: number) => void, kill: () => Promise<void>, enqueue: (count: number, steps?: number) => void,
 *   drop: (clientId: string) => void, steal: (clientId: string) => void, silence: (clientId: string) => void,
 *   waitForRun: (predicate: (run: RunRecord) => boolean) => Promise<RunRecord>,
 * }} ComfyUISimulator
 *   runs: all that was worked on since the last reset; kill: as `refuse`, and all that was in memory is gone
 */

const UPLOAD = 104_857_600;
const WAIT_MS = 10_000;

/**
 * @param {ComfyUIOptions & import("./simulator.mjs").SimulatorOptions} [options]
 * @returns {Promise<ComfyUISimulator>}
 */
export async function startComfyUISimulator(options = {}) {
  const { cors = "*", models: wanted = "all", encoding = "v1", windows = false, age = "recorded", previews = "latent2rgb", maxUploadSize = UPLOAD, now = Date.now } = options;
  const pace = () => ({ stepMs: options.stepMs ?? 1, nodeMs: options.nodeMs ?? 0, loadMs: options.loadMs ?? 0 });
  const models = new Models(readFiles(wanted), { windows });
  const files = new Files({ windows, now });
  /** @type {RunRecord[]} */
  const runs = [];
  /** @type {Set<() => void>} */
  const watchers = new Set();
  /** @type {Run | undefined} */
  let current;
  let busy = false;
  /** What began before a restart must not go on after it. */
  let life = 0;
  let ids = 0;

  const status = () => ({ exec_info: { queue_remaining: queue.remaining } });
  const queue = new Queue(() => sockets.send(undefined, "status", { status: status() }));
  const sockets = new Sockets({
    serverName: SERVER,
    features: age === "old" ? undefined : { supports_preview_metadata: true, max_upload_size: maxUploadSize },
    status,
    executing: (sid) => (current?.client === sid ? current.node : undefined),
  });

  const work = async () => {
    if (busy) return;
    busy = true;
    const mine = life;
    for (let item = queue.take(); item !== undefined; item = queue.take()) {
      const run = new Run(server, item);
      current = run;
      runs.push(run.record);
      const past = await run.work();
      if (mine !== life) return;
      current = undefined;
      queue.finish(past);
      if (run.client !== undefined) sockets.send(run.client, "executing", { node: null, prompt_id: item.id });
      server.changed();
    }
    busy = false;
  };
  const forget = () => {
    life += 1;
    current?.lose();
    current = undefined;
    busy = false;
    queue.forget();
    sockets.dropAll();
    files.clearTemporary();
    server.cache.clear();
    server.loaded.clear();
    server.number = 0;
  };

  /** @type {Server} */
  const server = {
    models, files, queue, sockets, cache: new Cache(), loaded: new Set(), pace: pace(), cors, age, windows, previews, maxUploadSize, number: 0, now,
    nextId: () => `00000000-0000-4000-9000-${String(++ids).padStart(12, "0")}`,
    describe: (name, without) => describe(name, { files: (folder) => (models.list(folder) ?? []).filter((file) => file !== without), images: () => files.images(), encoding }),
    changed: () => {
      for (const watcher of [...watchers]) watcher();
    },
    // The answer to the prompt goes out first.
    wake: () => void setImmediate(() => {
      work().catch((error) => console.error("simulator:", error));
    }),
    interrupt: (id) => {
      if (id === undefined || current?.id === id) current?.interrupt();
    },
    restart: (ms = 0) => {
      forget();
      if (ms <= 0) return;
      simulator.refuse().then(() => new Promise((resolve) => setTimeout(resolve, ms))).then(() => simulator.accept()).catch((error) => console.error("simulator:", error));
    },
  };

  const setModels = (/** @type {string | ModelFiles} */ files) => models.replace(readFiles(files));
  const setPace = (/** @type {Partial<Pace>} */ wanted) => {
    for (const [name, ms] of Object.entries(wanted)) {
      if (!(name in server.pace) || typeof ms !== "number" || !(ms >= 0)) throw new Error("a pace has stepMs, nodeMs or loadMs");
    }
    server.pace = { ...server.pace, ...wanted };
  };
  const setCors = (/** @type {string | null} */ origin) => {
    if (origin !== null && typeof origin !== "string") throw new Error('cors is an origin, "*" or null');
    server.cors = origin;
  };
  const kill = async () => {
    forget();
    await simulator.refuse();
  };
  const clientIn = (/** @type {unknown} */ body) => String(/** @type {{ clientId?: unknown }} */ (body).clientId ?? "");

  const simulator = await startSimulator({
    provider: "comfyui",
    modelOf: ({ json }) => (isObject(json) ? modelOf(json["prompt"]) : ""),
    answer: async (exchange) => {
      const { entry, faults, bytes } = exchange;
      // With the switch the origin is not looked at; without it, it is looked at before anything else.
      if (server.cors === null && isForeign(entry.headers)) return withHeaders(bare(403), [["Server", SERVER]]);
      const dressing = server.cors === null ? [] : corsHeaders(server.cors, age);
      const answered = entry.method === "OPTIONS" ? replaced(faults) ?? bare(200) : replaced(faults) ?? (bytes.length > maxUploadSize ? tooLarge(maxUploadSize, bytes.length) : respond(server, exchange) ?? serverError());
      return withHeaders(answered, [...("thrown" in answered ? [] : dressing), ["Server", SERVER]]);
    },
    upgrade: (upgrading) => {
      const { entry, faults, socket, end } = upgrading;
      const foreign = server.cors === null && isForeign(entry.headers);
      const refuse = (/** @type {string} */ line) => {
        entry.status = Number(line.slice(0, 3));
        socket.end(`HTTP/1.1 ${line}\r\nContent-Length: 0\r\nDate: ${new Date().toUTCString()}\r\nServer: ${SERVER}\r\nConnection: close\r\n\r\n`);
        end("complete");
      };
      if (!/^(\/api)?\/ws$/.test(entry.path)) return refuse("404 Not Found");
      if (findFault(faults, "refuse", "reset-head")) {
        socket.destroy();
        return end("dropped");
      }
      if (foreign || findFault(faults, "cors-refused", "error-403")) return refuse("403 Forbidden");
      if (findFault(faults, "error-500")) return refuse("500 Internal Server Error");
      const stall = findFault(faults, "stall-head");
      if (stall === undefined) return sockets.accept(upgrading);
      const go = () => {
        clearTimeout(timer);
        if (!socket.destroyed) sockets.accept(upgrading);
      };
      const timer = stall.ms === undefined ? undefined : setTimeout(go, stall.ms);
      upgrading.released().addEventListener("abort", go, { once: true });
    },
    wording,
    controls: {
      models: (body) => setModels(/** @type {any} */ (body).setup ?? /** @type {any} */ (body).files),
      pace: (body) => setPace(/** @type {Partial<Pace>} */ (body)),
      cors: (body) => setCors(/** @type {{ origin: string | null }} */ (body).origin),
      restart: (body) => server.restart(/** @type {{ ms?: number }} */ (body).ms),
      kill,
      enqueue: (body) => putAhead(server, Number(/** @type {any} */ (body).count ?? 1), /** @type {any} */ (body).steps),
      drop: (body) => sockets.drop(clientIn(body)),
      steal: (body) => sockets.steal(clientIn(body)),
      silence: (body) => sockets.silence(clientIn(body)),
      runs: () => runs,
    },
    reset: () => {
      forget();
      files.clear();
      models.replace(readFiles(wanted));
      server.pace = pace();
      server.cors = cors;
      runs.length = 0;
      ids = 0;
    },
  }, options);

  /** @type {ComfyUISimulator["waitForRun"]} */
  const waitForRun = (predicate) => new Promise((resolve, reject) => {
    const look = () => {
      const found = runs.find(predicate);
      if (found === undefined) return;
      clearTimeout(timer);
      watchers.delete(look);
      resolve(found);
    };
    const timer = setTimeout(() => {
      watchers.delete(look);
      reject(new Error(`no such run within ${WAIT_MS} ms; seen: ${JSON.stringify(runs)}`));
    }, WAIT_MS);
    watchers.add(look);
    look();
  });

  return {
    ...simulator,
    runs, setModels, setPace, setCors, kill, waitForRun,
    enqueue: (count, steps) => putAhead(server, count, steps),
    restart: server.restart,
    drop: (id) => sockets.drop(id),
    steal: (id) => sockets.steal(id),
    silence: (id) => sockets.silence(id),
    close: async () => {
      forget();
      await simulator.close();
    },
  };
}

