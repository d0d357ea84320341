// @ts-check
/** ComfyUI's addresses, each also under `/api`, and what a request to each is answered. */
import { readForm } from "./comfyui-files.mjs";
import { FOLDERS } from "./comfyui-models.mjs";
import { DEFINITIONS } from "./comfyui-node-definitions.mjs";
import { acceptPrompt } from "./comfyui-prompt.mjs";
import { json, serverError, thrown } from "./comfyui-reply.mjs";
import { isObject } from "./is-object.mjs";
import { parsePython } from "./python-json.mjs";
import { bare, page } from "./reply.mjs";

/**
 * @typedef {import("./comfyui-reply.mjs").Answer} Answer
 * @typedef {import("./comfyui.mjs").Server} Server
 * @typedef {import("./simulator.mjs").Exchange} Exchange
 * @typedef {{ server: Server, exchange: Exchange, name: string, query: URLSearchParams }} Asked name: what stands in the place of `{}`
 * @typedef {(asked: Asked) => Answer} Handler
 */

const VERSIONS = Object.freeze({ old: "0.2.7", recorded: "0.3.64", recent: "0.38.1" });
const MEMORY = { total: 25_276_510_208, free: 20_397_273_088 };

/** @type {Readonly<Record<string, Partial<Record<"GET" | "POST", Handler>>>>} */
const ROUTES = Object.freeze({
  "/": { GET: () => page(200, "Simulated ComfyUI", "This is the ComfyUI simulator, not a ComfyUI.") },
  "/ws": { GET: () => thrown(400, "No WebSocket UPGRADE hdr: None\n Can \"Upgrade\" only to \"WebSocket\".") },
  "/prompt": {
    GET: ({ server }) => json(200, { exec_info: { queue_remaining: server.queue.remaining } }),
    POST: (asked) => acceptPrompt(asked.server, asked.exchange, bodyOf(asked)),
  },
  "/queue": { GET: ({ server }) => json(200, server.queue.tell()), POST: changeQueue },
  "/history": { GET: ({ server, query }) => json(200, server.queue.history(undefined, { most: numberIn(query, "max_items"), offset: numberIn(query, "offset") })), POST: changeHistory },
  "/history/{}": { GET: ({ server, name }) => json(200, server.queue.history(name)) },
  "/interrupt": { POST: interrupt },
  "/free": { POST: free },
  "/view": { GET: ({ server, query }) => server.files.view(query) },
  "/upload/image": { POST: upload },
  "/upload/mask": { POST: upload },
  "/object_info": { GET: ({ server }) => json(200, Object.fromEntries(Object.keys(DEFINITIONS).map((name) => [name, server.describe(name)]))) },
  "/object_info/{}": {
    GET: ({ server, name }) => {
      const definition = server.describe(name);
      return json(200, definition === undefined ? {} : { [name]: definition });
    },
  },
  "/models": { GET: () => json(200, FOLDERS) },
  "/models/{}": {
    GET: ({ server, name }) => {
      const files = server.models.list(name);
      return files === undefined ? bare(404) : json(200, files);
    },
  },
  "/embeddings": { GET: ({ server }) => json(200, (server.models.list("embeddings") ?? []).map((name) => name.replace(/\.[^.]*$/, ""))) },
  "/view_metadata/{}": {
    GET: ({ server, name, query }) => {
      const metadata = server.models.metadata(name, query.get("filename") ?? "");
      return metadata === undefined ? bare(404) : json(200, metadata);
    },
  },
  "/system_stats": { GET: ({ server }) => json(200, stats(server)) },
  "/features": { GET: ({ server }) => (server.age === "old" ? notFound() : json(200, { supports_preview_metadata: true, max_upload_size: server.maxUploadSize })) },
});

/**
 * @param {Server} server
 * @param {Exchange} exchange
 * @returns {Answer}
 */
export function respond(server, exchange) {
  const { method, path, query } = exchange.entry;
  const address = path.startsWith("/api/") ? path.slice("/api".length) : path;
  const exact = Object.hasOwn(ROUTES, address) && !address.includes("{") ? ROUTES[address] : undefined;
  const [, folder = "", encoded = ""] = /^(\/[^/]+)\/([^/]+)$/.exec(address) ?? [];
  const methods = exact ?? (Object.hasOwn(ROUTES, `${folder}/{}`) ? ROUTES[`${folder}/{}`] : undefined);
  if (methods === undefined) return notFound();
  const handler = methods[/** @type {"GET" | "POST"} */ (method === "HEAD" ? "GET" : method)];
  if (handler === undefined) return thrown(405, "405: Method Not Allowed", [["Allow", Object.keys(methods).flatMap((name) => (name === "GET" ? ["GET", "HEAD"] : [name])).join(",")]]);
  try {
    return handler({ server, exchange, name: decodeURIComponent(encoded), query: new URLSearchParams(query) });
  } catch (error) {
    // As the real one does with a body that is no JSON: what Python throws becomes a 500.
    if (error instanceof SyntaxError || error instanceof URIError) return serverError();
    throw error;
  }
}

function notFound() {
  return thrown(404, "404: Not Found");
}

/** @param {Asked} asked */
function bodyOf({ exchange }) {
  return parsePython(exchange.entry.body);
}

/**
 * @param {URLSearchParams} query
 * @param {string} name
 */
function numberIn(query, name) {
  const text = query.get(name);
  return text === null || text === "" ? undefined : Number(text);
}

/** @type {Handler} */
function changeQueue(asked) {
  const { queue } = asked.server;
  const body = bodyOf(asked);
  if (body.clear === true) queue.clear();
  for (const id of body.delete ?? []) queue.delete(id);
  return bare(200);
}

/** @type {Handler} */
function changeHistory(asked) {
  const { queue } = asked.server;
  const body = bodyOf(asked);
  if (body.clear === true) queue.clearHistory();
  for (const id of body.delete ?? []) queue.deleteHistory(id);
  return bare(200);
}

/** @type {Handler} Old servers do not read whom it is meant for. */
function interrupt({ server, exchange }) {
  let id;
  try {
    id = JSON.parse(exchange.entry.body)?.prompt_id;
  } catch {
    // Without a body it is for whatever runs.
  }
  server.interrupt(server.age === "old" || typeof id !== "string" || id === "" ? undefined : id);
  return bare(200);
}

/** @type {Handler} */
function free(asked) {
  const body = bodyOf(asked);
  if (!isObject(body)) return serverError();
  if (body["unload_models"] === true) asked.server.loaded.clear();
  if (body["free_memory"] === true) asked.server.cache.clear();
  return bare(200);
}

/** @type {Handler} */
function upload({ server, exchange: { entry, bytes } }) {
  const form = readForm(bytes, String(entry.headers["content-type"] ?? ""));
  return form === undefined ? bare(400) : server.files.upload(form, entry);
}

/** @param {Server} server */
function stats({ age, windows, cors, previews }) {
  const { total, free: unused } = MEMORY;
  const gpu = { name: "cuda:0 SIMULATED : cudaMallocAsync", type: "cuda", index: 0 };
  return {
    system: {
      os: windows ? "nt" : "posix", ram_total: total, ram_free: unused, comfyui_version: VERSIONS[age],
      ...(age === "old" ? {} : { required_frontend_version: "1.27.10", installed_templates_version: "0.1.95", required_templates_version: "0.1.95" }),
      python_version: "3.11.7 (a simulator, no Python)", pytorch_version: "2.15.0+cu132", embedded_python: windows,
      argv: ["main.py", ...(cors === null ? [] : cors === "*" ? ["--enable-cors-header"] : ["--enable-cors-header", cors]), "--preview-method", previews],
    },
    devices: [{ ...gpu, vram_total: total, vram_free: unused, torch_vram_total: total, torch_vram_free: unused }],
  };
}
