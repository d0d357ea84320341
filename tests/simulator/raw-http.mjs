// @ts-check
/** One HTTP exchange over a bare socket: sees what `fetch` hides, such as chunk boundaries and how a connection ended. */
import { connect } from "node:net";

/**
 * @typedef {object} RawAnswer
 * @property {number} status 0 when nothing came
 * @property {[string, string][]} headers names in lower case
 * @property {boolean} chunked
 * @property {Buffer[]} chunks the HTTP chunks, or the body in one
 * @property {Buffer} body
 * @property {boolean} complete the body has its proper end
 * @property {string} ended "end" or the socket's error code
 */

/**
 * @param {number} port
 * @param {Buffer | string} bytes
 * @param {{ until?: (received: Buffer) => boolean }} [options] until: hang up as soon as this holds
 * @returns {Promise<RawAnswer>}
 */
export function ask(port, bytes, { until } = {}) {
  return new Promise((resolve) => {
    /** @type {Buffer[]} */
    const received = [];
    let ended = "end";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (data) => {
      received.push(data);
      if (until?.(Buffer.concat(received))) socket.destroy();
    });
    socket.on("error", (error) => {
      ended = /** @type {NodeJS.ErrnoException} */ (error).code ?? error.message;
    });
    socket.on("close", () => resolve({ ...parse(Buffer.concat(received)), ended }));
  });
}

/**
 * A request with the headers that a test cares for; the connection closes after it.
 * @param {string} method
 * @param {string} path
 * @param {{ headers?: Record<string, string>, body?: string }} [options]
 */
export function request(method, path, { headers = {}, body } = {}) {
  const all = { Host: "localhost:11434", Connection: "close", ...(body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) }), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `${method} ${path} HTTP/1.1\r\n${lines}\r\n${body ?? ""}`;
}

/**
 * @param {Buffer} bytes a whole response as received
 * @returns {Omit<RawAnswer, "ended">}
 */
export function parse(bytes) {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return { status: 0, headers: [], chunked: false, chunks: [], body: Buffer.alloc(0), complete: false };
  const [first = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    return /** @type {[string, string]} */ ([line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]);
  });
  const status = Number(first.split(" ")[1]);
  const rest = bytes.subarray(end + 4);
  const chunked = headers.some(([name, value]) => name === "transfer-encoding" && value === "chunked");
  if (chunked) return { status, headers, chunked, ...unchunk(rest) };
  const length = Number(headers.find(([name]) => name === "content-length")?.[1] ?? 0);
  return { status, headers, chunked, chunks: [rest], body: rest, complete: rest.length === length };
}

/** @param {Buffer} bytes */
function unchunk(bytes) {
  /** @type {Buffer[]} */
  const chunks = [];
  let at = 0;
  let complete = false;
  while (at < bytes.length) {
    const line = bytes.indexOf("\r\n", at);
    const size = line < 0 ? Number.NaN : Number.parseInt(bytes.subarray(at, line).toString("latin1"), 16);
    if (Number.isNaN(size)) break;
    if (size === 0) {
      complete = bytes.subarray(line).equals(Buffer.from("\r\n\r\n"));
      break;
    }
    chunks.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
  return { chunks, body: Buffer.concat(chunks), complete };
}
