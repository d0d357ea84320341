// @ts-check
/** Serves built files to a page under test, on loopback, with the types and headers that browsers insist on. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";

/** Exact: a browser compiles a stream of WebAssembly only as `application/wasm`, without a parameter. */
const TYPES = Object.freeze({
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".webmanifest": "application/manifest+json",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".gguf": "application/octet-stream",
  ".txt": "text/plain; charset=utf-8",
});

/** What makes `SharedArrayBuffer`, and so threads, available to a page. */
export const CROSS_ORIGIN_ISOLATION = Object.freeze({
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
});

/**
 * @typedef {object} StaticServerOptions
 * @property {Record<string, string>} folders path prefix (ending in "/") to folder; the longest prefix that fits wins
 * @property {Record<string, string>} [pages] path to the HTML that it answers with
 * @property {Record<string, string> | ((path: string) => Record<string, string>)} [headers] added to every answer
 * @property {Record<string, string>} [types] other types by extension, for example a wrong one for `.wasm`
 * @property {number} [port] default: any free one
 *
 * @typedef {object} StaticServer
 * @property {string} url origin with 127.0.0.1
 * @property {string} localhostUrl the same server under the name localhost: another origin to a browser
 * @property {number} port
 * @property {{ method: string, path: string, status: number }[]} requests
 * @property {() => Promise<void>} close
 */

/**
 * @param {StaticServerOptions} options
 * @returns {Promise<StaticServer>}
 */
export async function startStaticServer({ folders, pages = {}, headers = {}, types = {}, port = 0 }) {
  /** @type {StaticServer["requests"]} */
  const requests = [];
  const server = createServer(async (request, response) => {
    const method = request.method ?? "GET";
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const added = typeof headers === "function" ? headers(path) : headers;
    for (const [name, value] of Object.entries(added)) response.setHeader(name, value);
    // A test must never meet what an earlier one left in a cache.
    response.setHeader("Cache-Control", "no-store");

    /** @param {number} status @param {string} text @param {string} [type] */
    const say = (status, text, type = "text/plain; charset=utf-8") => {
      requests.push({ method, path, status });
      response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(text) });
      response.end(method === "HEAD" ? undefined : text);
    };
    if (method !== "GET" && method !== "HEAD") return say(405, "only GET and HEAD");
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    if (page !== undefined) return say(200, page, TYPES[".html"]);

    const found = await find(path, folders);
    if (found === undefined) return say(404, `there is no ${path}`);
    const extension = extname(found.file).toLowerCase();
    const type = types[extension] ?? TYPES[/** @type {keyof typeof TYPES} */ (extension)] ?? "application/octet-stream";
    requests.push({ method, path, status: 200 });
    response.writeHead(200, { "Content-Type": type, "Content-Length": found.size });
    if (method === "HEAD") return void response.end();
    createReadStream(found.file).on("error", () => response.destroy()).pipe(response);
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(undefined));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no TCP address");
  return {
    url: `http://127.0.0.1:${address.port}`,
    localhostUrl: `http://localhost:${address.port}`,
    port: address.port,
    requests,
    close: () => new Promise((resolve) => {
      server.close(() => resolve(undefined));
      server.closeAllConnections();
    }),
  };
}

/**
 * @param {string} path
 * @param {Record<string, string>} folders
 * @returns {Promise<{ file: string, size: number } | undefined>}
 */
async function find(path, folders) {
  const prefix = Object.keys(folders).filter((one) => path.startsWith(one)).sort((a, b) => b.length - a.length)[0];
  if (prefix === undefined) return undefined;
  const root = resolve(folders[prefix] ?? "");
  let file;
  try {
    file = join(root, decodeURIComponent(path.slice(prefix.length)));
  } catch {
    return undefined;
  }
  // `..` in any spelling leads nowhere.
  if ((file !== root && !file.startsWith(root + sep)) || file.includes("\0")) return undefined;
  const info = await stat(file).catch(() => undefined);
  if (info?.isFile()) return { file, size: info.size };
  const index = join(file, "index.html");
  const indexInfo = info?.isDirectory() && path.endsWith("/") ? await stat(index).catch(() => undefined) : undefined;
  return indexInfo?.isFile() ? { file: index, size: indexInfo.size } : undefined;
}
