// A provider with OpenAI's API whose answers are whole, refused by a status or cut. It stamps what it does by the clock of
// this process, so that stamps of two providers can be compared.
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

const CORS = {
  "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Authorization, Content-Type", "Access-Control-Allow-Methods": "GET, POST",
  // A browser asks once for its permission, not before every request.
  "Access-Control-Max-Age": "600",
};
/** So that what went before a cut has been read by then. */
const BEFORE_CUT_MS = 20;

/**
 * @typedef {object} Behaviour
 * @property {number} [status] an error instead of an answer
 * @property {number} [cutAfter] the connection is closed after so many deltas
 *
 * @param {object} options
 * @param {string} options.model
 * @param {readonly string[]} options.deltas the true answer; who is given its beginning goes on from there
 * @param {Behaviour} [options.behaviour] the same for each request
 */
export async function startProvider({ model, deltas, behaviour: { status, cutAfter } = {} }) {
  /** @type {{ arrived: number, failed?: number }[]} milliseconds of this process's clock */
  let asked = [];
  const frame = (delta, finish = null) => `data: ${JSON.stringify({ id: "bench", object: "chat.completion.chunk", created: 1_790_000_000, model, choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

  async function answer(request, response, stamp) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    if (status !== undefined) {
      stamp.failed = performance.now();
      return void response.writeHead(status, { ...CORS, "Content-Type": "application/json" }).end(JSON.stringify({ error: { message: "The server had an error.", type: "server_error" } }));
    }
    const { role, content } = JSON.parse(Buffer.concat(pieces).toString()).messages.at(-1);
    response.writeHead(200, { ...CORS, "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    const rest = role === "assistant" ? [deltas.join("").slice(content.length)] : deltas;
    response.write(frame({ role: "assistant", content: "" }));
    for (const delta of rest.slice(0, cutAfter)) response.write(frame({ content: delta }));
    if (cutAfter === undefined) return void response.end(`${frame({}, "stop")}data: [DONE]\n\n`);
    await pause(BEFORE_CUT_MS);
    stamp.failed = performance.now();
    response.destroy();
  }

  const server = createServer((request, response) => {
    if (request.method === "OPTIONS") return void response.writeHead(204, CORS).end();
    if (request.method === "GET") return void response.writeHead(200, { ...CORS, "Content-Type": "application/json" }).end(JSON.stringify({ object: "list", data: [{ id: model, object: "model", created: 1_790_000_000, owned_by: "bench" }] }));
    const stamp = { arrived: performance.now() };
    asked.push(stamp);
    answer(request, response, stamp).catch(() => response.destroy());
  });
  server.on("connection", (socket) => socket.setNoDelay(true));
  const listen = (port) => new Promise((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  const close = () => new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
  await listen(0);
  const { port } = server.address();
  return {
    root: `http://127.0.0.1:${port}/v1`,
    /** What was asked since this was last looked at. */
    take() {
      const taken = asked;
      asked = [];
      return taken;
    },
    close,
    /** After `close`: at the same address. */
    open: () => (server.listening ? Promise.resolve() : listen(port)),
  };
}
