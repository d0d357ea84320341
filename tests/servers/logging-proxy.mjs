// @ts-check
/**
 * An HTTP proxy that writes down every host a browser asks for and lets through only loopback: the proof that a page
 * sends nothing elsewhere. It does not look into what it lets through.
 *
 * Chromium goes around its proxy for localhost unless it is told not to: use all of `chromiumArguments`. With Playwright:
 * `chromium.launch({ args: proxy.chromiumArguments })`, not its `proxy` option, which would add a bypass list of its own.
 *
 * A page sees no difference to a direct connection, but for one that is refused: a proxy cannot pass that on, so it closes
 * the connection instead, which is the same `TypeError` to a page.
 */
import { createServer, request as sendOn } from "node:http";
import { connect } from "node:net";

/**
 * @typedef {object} Asked
 * @property {number} at epoch milliseconds
 * @property {string} method CONNECT for a tunnel: https and WebSockets
 * @property {string} host without the port
 * @property {number} port
 * @property {string} path empty for a tunnel
 * @property {boolean} allowed
 *
 * @typedef {object} LoggingProxy
 * @property {string} url
 * @property {number} port
 * @property {string[]} chromiumArguments
 * @property {Asked[]} log
 * @property {() => string[]} foreignHosts every host that is neither loopback nor one of CHROMIUM_HOSTS, once
 * @property {() => void} clear
 * @property {() => Promise<void>} close
 */

/**
 * Hosts that Chromium itself asks for, whatever page is open and although it is told not to. Refused like all others and
 * in the log, but no fault of a page; none of them is a host that a page of this project could want.
 */
export const CHROMIUM_HOSTS = Object.freeze([
  "accounts.google.com",
  "android.clients.google.com",
  "clients2.google.com",
  "clientservices.googleapis.com",
  "content-autofill.googleapis.com",
  "edgedl.me.gvt1.com",
  "mtalk.google.com",
  "optimizationguide-pa.googleapis.com",
  "redirector.gvt1.com",
  "safebrowsingohttpgateway.googleapis.com",
  "update.googleapis.com",
]);

/** Headers between a client and its proxy only. */
const HOP_BY_HOP = new Set(["proxy-connection", "proxy-authorization", "proxy-authenticate"]);

/**
 * @param {{ port?: number }} [options]
 * @returns {Promise<LoggingProxy>}
 */
export async function startLoggingProxy({ port = 0 } = {}) {
  /** @type {Asked[]} */
  const log = [];
  /** @type {Set<import("node:net").Socket>} Tunnels: the server does not count them among its connections any more. */
  const tunnels = new Set();

  /** @param {string} method @param {URL} target @param {string} path */
  const note = (method, target, path) => {
    const host = target.hostname.replace(/^\[(.*)\]$/, "$1");
    const asked = { at: Date.now(), method, host, port: Number(target.port || 80), path, allowed: isLoopback(host) };
    log.push(asked);
    return asked;
  };

  const server = createServer((request, response) => {
    const target = parseTarget(request.url ?? "");
    if (target === undefined) {
      response.writeHead(400, { "Content-Type": "text/plain" }).end("this is a proxy: it wants the whole address");
      return;
    }
    const { allowed, host, port: targetPort } = note(request.method ?? "GET", target, target.pathname + target.search);
    if (!allowed) {
      response.writeHead(403, { "Content-Type": "text/plain" }).end(`${host} is not loopback`);
      return;
    }
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.has(name)));
    const onward = sendOn({ host: resolved(host), port: targetPort, method: request.method, path: target.pathname + target.search, headers }, (answer) => {
      for (let index = 0; index < answer.rawHeaders.length; index += 2) {
        const name = answer.rawHeaders[index] ?? "";
        if (!HOP_BY_HOP.has(name.toLowerCase())) response.appendHeader(name, answer.rawHeaders[index + 1] ?? "");
      }
      response.writeHead(answer.statusCode ?? 502);
      // A head without a body yet must not wait for it.
      response.flushHeaders();
      answer.pipe(response);
      // An answer that is torn off must arrive torn off, not well ended.
      answer.on("error", () => response.destroy());
      answer.on("aborted", () => response.destroy());
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });

  server.on("connect", (request, client, first) => {
    const target = parseTarget(`http://${request.url ?? ""}`);
    const asked = target && note("CONNECT", target, "");
    client.on("error", () => client.destroy());
    if (asked === undefined || !asked.allowed) {
      client.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return;
    }
    const onward = connect(asked.port, resolved(asked.host), () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      onward.write(first);
      onward.pipe(client).pipe(onward);
    });
    for (const [socket, other] of [[client, onward], [onward, client]]) {
      tunnels.add(/** @type {import("node:net").Socket} */ (socket));
      socket?.on("close", () => {
        tunnels.delete(/** @type {import("node:net").Socket} */ (socket));
        other?.destroy();
      });
    }
    onward.on("error", () => client.destroy());
  });

  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(undefined));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no TCP address");
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    port: address.port,
    chromiumArguments: [`--proxy-server=${url}`, "--proxy-bypass-list=<-loopback>"],
    log,
    foreignHosts: () => [...new Set(log.filter(({ allowed, host }) => !allowed && !CHROMIUM_HOSTS.includes(host)).map(({ host }) => host))],
    clear: () => {
      log.length = 0;
    },
    close: () => new Promise((resolve) => {
      server.close(() => resolve(undefined));
      server.closeAllConnections();
      for (const socket of tunnels) socket.destroy();
    }),
  };
}

/** Names below localhost are this machine to every browser, and unknown to many resolvers. @param {string} host */
function resolved(host) {
  return host.endsWith(".localhost") ? "127.0.0.1" : host;
}

/** @param {string} host */
function isLoopback(host) {
  return host === "localhost" || host.endsWith(".localhost") || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * @param {string} address
 * @returns {URL | undefined}
 */
function parseTarget(address) {
  if (!/^https?:\/\//.test(address)) return undefined;
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}
