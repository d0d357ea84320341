// @ts-check
/**
 * One HTTP server on loopback that can stop listening and start again on the same port, so that a test can make
 * "connection refused" happen for real. What is answered is the caller's business.
 */
import { createServer } from "node:http";

/**
 * @typedef {import("node:http").IncomingMessage} IncomingMessage
 * @typedef {import("node:http").ServerResponse} ServerResponse
 * @typedef {(request: IncomingMessage, socket: import("node:stream").Duplex, head: Buffer) => void} Upgrade
 * @typedef {object} Listener
 * @property {string} url origin without a trailing slash
 * @property {number} port
 * @property {() => Promise<void>} refuse close the listening socket and every connection
 * @property {() => Promise<void>} accept listen again on the same port
 * @property {() => Promise<void>} close
 */

const LOOPBACK = "127.0.0.1";

/**
 * @param {(request: IncomingMessage, response: ServerResponse) => void} handle
 * @param {{ port?: number, upgrade?: Upgrade }} [options] port 0 takes any free one
 * @returns {Promise<Listener>}
 */
export async function startListener(handle, { port = 0, upgrade } = {}) {
  const server = createServer(handle);
  /** @type {Set<import("node:stream").Duplex>} */
  const upgraded = new Set();
  if (upgrade !== undefined) {
    server.on("upgrade", (request, socket, head) => {
      upgraded.add(socket);
      socket.once("close", () => upgraded.delete(socket));
      // A client that goes away in the middle is no news.
      socket.on("error", () => socket.destroy());
      upgrade(request, socket, head);
    });
  }
  // The simulators sit on a stall for as long as a test wants.
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.keepAliveTimeout = 0;
  server.on("connection", (socket) => socket.setNoDelay(true));

  await listen(server, port);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no TCP address");
  const taken = address.port;

  /** @type {Promise<unknown>} */
  let closed = Promise.resolve();
  const refuse = async () => {
    if (server.listening) {
      closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      // What became a WebSocket is no connection of the server any more.
      for (const socket of upgraded) socket.destroy();
    }
    await closed;
  };
  return {
    url: `http://${LOOPBACK}:${taken}`,
    port: taken,
    refuse,
    accept: async () => {
      if (server.listening) return;
      await closed;
      await listen(server, taken);
    },
    close: refuse,
  };
}

/**
 * @param {import("node:http").Server} server
 * @param {number} port
 * @returns {Promise<void>}
 */
function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, LOOPBACK, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
