// @ts-check
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, beforeEach, test } from "node:test";
import { startOllamaSimulator } from "../simulator/ollama.mjs";
import { ask } from "../simulator/raw-http.mjs";
import { startLoggingProxy } from "./logging-proxy.mjs";

/** @type {Awaited<ReturnType<typeof startLoggingProxy>>} */
let proxy;
/** @type {Awaited<ReturnType<typeof startOllamaSimulator>>} */
let simulator;
before(async () => {
  simulator = await startOllamaSimulator({ intervalMs: 0 });
  proxy = await startLoggingProxy();
});
after(async () => {
  await proxy.close();
  await simulator.close();
});
beforeEach(() => {
  proxy.clear();
  simulator.reset();
});

/** @param {string} method @param {string} address @param {string} [body] */
const through = (method, address, body = "") =>
  `${method} ${address} HTTP/1.1\r\nHost: ${new URL(address).host}\r\nProxy-Connection: keep-alive\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const chat = (/** @type {string} */ model) =>
  through("POST", `http://localhost:${simulator.port}/api/chat`, JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }] }));

test("loopback is passed on as it is, and written down", async () => {
  const answer = await ask(proxy.port, chat("simulator"));
  assert.equal(answer.status, 200);
  assert.match(answer.body.toString(), /"done":true/);
  assert.equal(simulator.requests[0]?.headers["proxy-connection"], undefined);
  const [asked] = proxy.log;
  assert.deepEqual([asked?.method, asked?.host, asked?.port, asked?.path, asked?.allowed], ["POST", "localhost", simulator.port, "/api/chat", true]);
  assert.deepEqual(proxy.foreignHosts(), []);
});

test("any other host gets a 403 and is named", async () => {
  assert.equal((await ask(proxy.port, through("GET", "http://example.org/track"))).status, 403);
  assert.equal((await ask(proxy.port, through("GET", "http://localhost.example.org/"))).status, 403);
  assert.equal((await ask(proxy.port, through("GET", "http://192.168.1.1/"))).status, 403);
  assert.equal((await ask(proxy.port, "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n")).status, 403);
  assert.equal((await ask(proxy.port, through("GET", "http://update.googleapis.com/"))).status, 403);
  assert.deepEqual(proxy.foreignHosts(), ["example.org", "localhost.example.org", "192.168.1.1"], "without the browser's own");
  assert.equal(proxy.log.at(-1)?.host, "update.googleapis.com");
});

test("a tunnel to loopback carries bytes both ways", async () => {
  const socket = connect(proxy.port, "127.0.0.1");
  socket.write(`CONNECT 127.0.0.1:${simulator.port} HTTP/1.1\r\nHost: 127.0.0.1:${simulator.port}\r\n\r\n`);
  const [established] = await once(socket, "data");
  assert.match(String(established), /^HTTP\/1\.1 200 /);
  socket.write("GET /api/version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const received = [];
  for await (const bytes of socket) received.push(bytes);
  assert.match(Buffer.concat(received).toString(), /\{"version":"0\.33\.0"\}$/);
  assert.deepEqual(proxy.log.map(({ method, allowed }) => [method, allowed]), [["CONNECT", true]]);
});

test("a torn answer arrives torn, a refused connection as no answer, a head without waiting for its body", async () => {
  const torn = await ask(proxy.port, chat("simulator:drop-middle-2"));
  assert.deepEqual([torn.status, torn.complete], [200, false]);
  assert.ok(torn.body.length > 0);
  await simulator.refuse();
  assert.equal((await ask(proxy.port, chat("simulator"))).status, 0);
  await simulator.accept();
  const head = await ask(proxy.port, chat("simulator:stall-first"), { until: (received) => received.includes("\r\n\r\n") });
  assert.equal(head.status, 200);
});

test("a client that leaves is noticed by the server behind the proxy", async () => {
  await ask(proxy.port, chat("simulator:stall-middle-2"), { until: (received) => received.includes('" is"') });
  const entry = await simulator.waitFor((one) => one.ended !== "running");
  assert.deepEqual([entry.aborted, entry.tokensSent], [true, 2]);
});

test("what is not asked of a proxy is refused", async () => {
  assert.equal((await ask(proxy.port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).status, 400);
});
