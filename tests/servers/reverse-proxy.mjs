// @ts-check
/** A proxy in front of one server, as people put them there: with https, with CORS headers of its own, or without any. */
import { createServer, request as sendOn } from "node:http";
import { createServer as createSecureServer } from "node:https";

/**
 * @typedef {object} ReverseProxyOptions
 * @property {string} to origin of the server behind it
 * @property {{ key: string, cert: string }} [certificate] makes it speak https
 * @property {string} [allowOrigin] the one origin that it lets in; the server's own CORS headers are always dropped. "as-is" keeps them
 * @property {() => string | undefined} [gate] a page that everyone is sent to instead, while it gives one
 * @property {number} [port]
 */

/** @param {ReverseProxyOptions} options */
export async function startReverseProxy({ to, certificate, allowOrigin, gate, port = 0 }) {
  const target = new URL(to);
  /** @type {import("node:http").RequestListener} */
  const listener = (request, response) => {
    const asked = request.headers.origin;
    if (allowOrigin !== undefined && allowOrigin !== "as-is" && asked === allowOrigin) {
      response.setHeader("Access-Control-Allow-Origin", allowOrigin);
      response.setHeader("Access-Control-Allow-Headers", "Authorization, Content-Type");
      response.setHeader("Vary", "Origin");
      if (request.method === "OPTIONS") return void response.writeHead(204).end();
    }
    const signIn = gate?.();
    if (signIn !== undefined) {
      if (request.url === signIn) return void response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>Welcome to the hotel</title><form method=post>");
      return void response.writeHead(302, { Location: signIn }).end();
    }
    const onward = sendOn({ host: target.hostname, port: target.port, method: request.method, path: request.url, headers: { ...request.headers, host: target.host } }, (answer) => {
      for (const [name, value] of Object.entries(answer.headers)) {
        if (value === undefined || ["connection", "keep-alive", "transfer-encoding"].includes(name)) continue;
        if (allowOrigin !== "as-is" && name.startsWith("access-control-")) continue;
        response.setHeader(name, value);
      }
      response.writeHead(answer.statusCode ?? 502);
      answer.pipe(response);
    });
    onward.on("error", () => {
      if (!response.headersSent) response.writeHead(502, { "Content-Type": "text/html" });
      response.end("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>");
    });
    request.pipe(onward);
  };
  const server = certificate === undefined ? createServer(listener) : createSecureServer({ key: certificate.key, cert: certificate.cert }, listener);
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(undefined));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no TCP address");
  const scheme = certificate === undefined ? "http" : "https";
  return {
    url: `${scheme}://127.0.0.1:${address.port}`,
    port: address.port,
    close: () => new Promise((resolve) => {
      server.close(() => resolve(undefined));
      server.closeAllConnections();
    }),
  };
}
