// @ts-check
/**
 * How a test in a page, or in another process, steers a simulator: `/__simulator/NAME`, JSON in and out. Never by a
 * header of the request under test: a header would change its preflight.
 */

const PREFIX = "/__simulator/";
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/;

/**
 * @typedef {import("node:http").IncomingMessage} IncomingMessage
 * @typedef {import("node:http").ServerResponse} ServerResponse
 * @typedef {Record<string, (body: unknown, response: ServerResponse) => unknown>} Commands
 *   `requests` is asked with GET, all others with POST; what they return is the answer
 */

/** @param {IncomingMessage} request */
export function isControl(request) {
  return request.url?.startsWith(PREFIX) ?? false;
}

/**
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 * @param {Commands} commands
 */
export async function control(request, response, commands) {
  const origin = request.headers.origin;
  // Any page may be open in a developer's browser; only pages of this machine may steer.
  const fromHere = origin === undefined || LOOPBACK.test(origin.replace(/^https?:\/\//, ""));
  if (!fromHere || !LOOPBACK.test(request.headers.host ?? "")) return send(response, 403, { error: "only from loopback" });
  if (origin !== undefined) {
    response.setHeader("Access-Control-Allow-Origin", origin);
    response.setHeader("Vary", "Origin");
  }
  if (request.method === "OPTIONS") {
    response.setHeader("Access-Control-Allow-Methods", "GET,POST");
    response.setHeader("Access-Control-Allow-Headers", "Content-Type");
    response.writeHead(204).end();
    return;
  }

  const name = (request.url ?? "").slice(PREFIX.length).split("?", 1)[0] ?? "";
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!isControl(request) || command === undefined) return send(response, 404, { error: `no such control: ${name}` });
  const method = name === "requests" ? "GET" : "POST";
  if (request.method !== method) return send(response, 405, { error: `use ${method}` });
  try {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("utf8");
    const result = await command(text === "" ? {} : JSON.parse(text), response);
    send(response, 200, result ?? { ok: true });
  } catch (error) {
    send(response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

/**
 * @param {ServerResponse} response
 * @param {number} status
 * @param {unknown} value
 */
function send(response, status, value) {
  response.setHeader("Connection", "close");
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
}
