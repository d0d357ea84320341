// The package over a core that a test writes: what crosses the boundary, without what Rust makes of it.
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { installed } from "./installed-package.mjs";

const METHODS = [
  "generate", "embed", "batch", "cancelItem", "cancel", "pending", "resume", "discard", "discover", "pull", "diagnose", "register", "unregister", "keyChanged", "checkKey", "online", "visible", "seed", "customModels", "customEvents",
  "customVectors", "customEnd", "customFailed", "route", "explain", "report", "timeline", "recent", "exportMetrics", "importMetrics", "clearMetrics", "snapshot", "rest", "wake", "close", "free",
];

const GLUE = `
  export const script = { cores: [], answers: {} };
  export default async function init() {}
  export function onPanic() {}
  export function abandon() {}
  export function renew() {}
  export class Core {
    constructor(options, host, database) {
      this.options = JSON.parse(new TextDecoder().decode(options));
      this.host = host;
      this.database = database;
      this.calls = [];
      script.cores.push(this);
    }
    open() { return Promise.resolve(); }
    wantsSnapshot() { return script.answers.wantsSnapshot?.() ?? false; }
    models() { return script.answers.models?.() ?? []; }
    health() { return script.answers.health?.() ?? []; }
    queue() { return []; }
    storage() { return script.answers.storage?.() ?? { keptIn: "memory", unreadable: 0 }; }
  }
  for (const name of ${JSON.stringify(METHODS)}) {
    Core.prototype[name] = function (...args) {
      this.calls.push({ name, args });
      return script.answers[name]?.(this, ...args);
    };
  }
`;

/**
 * @returns {Promise<{ hkm: object, path: string, script: { cores: object[], answers: Record<string, Function> } }>}
 *   `script.answers`: what the core does when one of its methods is called, by the method's name; `script.cores`: each with its
 *   `host`, and its `calls` so far
 */
export async function packageWithScriptedCore(test) {
  const { folder } = await installed();
  const copy = join(await mkdtemp(join(tmpdir(), "hkm-mesh-scripted-")), "package");
  test.after(() => rm(join(copy, ".."), { recursive: true, force: true }));
  await cp(join(folder, "node_modules", "hkm-mesh"), copy, { recursive: true });
  await writeFile(join(copy, "wasm", "hkm_mesh.js"), GLUE);
  const load = (module) => import(pathToFileURL(join(copy, module)).href);
  return { hkm: await load("dist/index.js"), path: copy, script: (await load("wasm/hkm_mesh.js")).script };
}

/** What crossed as JSON. */
export function read(bytes) {
  return JSON.parse(new TextDecoder().decode(bytes));
}

export const receipt = {
  id: "a", model: "scripted/script", provider: "scripted", locality: "page", isLocal: true, cached: false, finish: "stop",
  attempts: [{ model: "scripted/script", startedAt: 0, durationMs: 1, outcome: { code: "ok", message: "It answered." } }],
  usage: { inputTokens: 1, outputTokens: 1, estimated: false }, cost: 0, costKind: "free", saved: 0, durationMs: 1, decision: {},
};

/** Says a text in these pieces and settles. */
export function answerWith(host, id, pieces, result = {}) {
  for (const piece of pieces) host.text(id, piece, Uint32Array.of(piece.length));
  host.events(id, [{ type: "finish", receipt }]);
  host.settle(id, { text: pieces.join(""), toolCalls: [], sources: [], receipt, ...result }, undefined);
}
