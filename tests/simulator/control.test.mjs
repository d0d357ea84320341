// @ts-check
/** Steering a simulator from a page or another process, and the command line. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startOllamaSimulator } from "./ollama.mjs";
import { ask, request } from "./raw-http.mjs";

/** @type {Awaited<ReturnType<typeof startOllamaSimulator>>} */
let simulator;
before(async () => {
  simulator = await startOllamaSimulator({ intervalMs: 0 });
});
after(() => simulator.close());
beforeEach(() => simulator.reset());

/** @param {string} name @param {unknown} [body] @param {string} [base] */
async function control(name, body, base = simulator.url) {
  const response = await fetch(`${base}/__simulator/${name}`, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, value: await response.json() };
}
const chat = () => fetch(`${simulator.url}/api/chat`, { method: "POST", body: '{"model":"simulator","messages":[{"role":"user","content":"Hi"}]}' });

test("faults are set, requests read, all forgotten", async () => {
  assert.equal((await control("faults", { next: ["error-503"] })).status, 200);
  assert.deepEqual([(await chat()).status, (await chat()).status], [503, 200]);
  const { value } = await control("requests");
  assert.deepEqual(value.map((/** @type {any} */ entry) => [entry.path, entry.status, entry.model]), [["/api/chat", 503, "simulator"], ["/api/chat", 200, "simulator"]]);
  await control("faults", { always: "error-500" });
  await control("reset", {});
  assert.equal((await chat()).status, 200);
  assert.equal((await control("requests")).value.length, 1);
});

test("a wrong fault, a wrong name and a wrong method are told", async () => {
  assert.deepEqual(await control("faults", { next: ["nonsense"] }), { status: 400, value: { error: 'no fault is called "nonsense"' } });
  assert.equal((await control("nothing", {})).status, 404);
  assert.equal((await control("toString", {})).status, 404);
  assert.equal((await control("faults")).status, 405);
});

test("origins and models can be changed", async () => {
  const origin = { headers: { Origin: "https://app.example" } };
  const status = async () => (await ask(simulator.port, request("GET", "/api/tags", origin))).status;
  assert.equal(await status(), 403);
  await control("origins", { allow: ["https://app.example"] });
  assert.equal(await status(), 200);
  await control("models", { models: [{ name: "simulator:cut", capabilities: ["completion"] }] });
  const { models } = await (await fetch(`${simulator.url}/api/tags`)).json();
  assert.deepEqual(models.map((/** @type {any} */ model) => model.name), ["simulator:cut"]);
});

test("stalled requests go on when released", async () => {
  await control("faults", { next: ["stall-head"] });
  const waiting = chat();
  await simulator.waitFor((entry) => entry.faults.includes("stall-head"));
  await control("release", {});
  assert.equal((await waiting).status, 200);
});

test("the second port answers while the first refuses", async () => {
  await control("refuse", {}, simulator.controlUrl);
  assert.equal((await ask(simulator.port, request("GET", "/"))).ended, "ECONNREFUSED");
  await control("accept", {}, simulator.controlUrl);
  assert.equal((await chat()).status, 200);
  assert.equal((await control("refuse", {})).value.ok, true, "asked on the first port, it answers before it closes");
  await simulator.refuse();
  await simulator.accept();
});

test("only pages of this machine may steer, by any host name of loopback", async () => {
  const from = async (/** @type {Record<string, string>} */ headers, method = "GET") => {
    const answer = await ask(simulator.port, request(method, "/__simulator/requests", { headers: { Host: "localhost:1", ...headers } }));
    return [answer.status, answer.headers.find(([name]) => name === "access-control-allow-origin")?.[1]];
  };
  assert.deepEqual(await from({ Origin: "http://localhost:5173" }), [200, "http://localhost:5173"]);
  assert.deepEqual(await from({ Origin: "http://127.0.0.1:9" }, "OPTIONS"), [204, "http://127.0.0.1:9"]);
  assert.deepEqual(await from({ Origin: "https://example.org" }), [403, undefined]);
  assert.deepEqual(await from({ Origin: "https://localhost.example.org" }), [403, undefined]);
  assert.deepEqual(await from({ Host: "rebound.example.org" }), [403, undefined]);
});

test("the command line says what it is, serves, and ends when told", async () => {
  const main = fileURLToPath(new URL("main.mjs", import.meta.url));
  const child = spawn(process.execPath, [main, "--port", "0", "--interval", "0", "--only-origins", "https://app.example"], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const banner = String((await lines.next()).value);
    assert.match(banner, /^Ollama SIMULATOR \(not a model\) on http:\/\/127\.0\.0\.1:\d+$/);
    const port = Number(banner.split(":").at(-1));
    assert.equal((await fetch(`http://127.0.0.1:${port}`)).status, 200);
    assert.equal((await ask(port, request("GET", "/", { headers: { Origin: "http://localhost:5173" } }))).status, 403);
  } finally {
    child.kill("SIGTERM");
  }
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("unless one is named, all providers start, each with its key", async () => {
  const main = fileURLToPath(new URL("main.mjs", import.meta.url));
  const child = spawn(process.execPath, [main, "--port", "0", "--catalogue", "40"], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const told = [];
    while (told.length < 10) told.push(String((await lines.next()).value));
    const [ollama, , openAI, , openRouter = "", , gemini = "", , comfyUI = ""] = told;
    assert.match(String(ollama), /^Ollama SIMULATOR/);
    assert.match(String(openAI), /^OpenAI-compatible SIMULATOR/);
    const urlOf = (/** @type {string} */ line) => line.split(" ").at(-1) ?? "";
    const { data } = /** @type {any} */ (await (await fetch(`${urlOf(openRouter)}/models`)).json());
    assert.equal(data.length, 9 + 40);
    const key = (told[7] ?? "").split("key: ")[1] ?? "";
    assert.equal((await fetch(`${urlOf(gemini)}/models?pageSize=1`, { headers: { "x-goog-api-key": key } })).status, 200);
    assert.equal((await fetch(`${urlOf(comfyUI)}/system_stats`)).status, 200);
  } finally {
    child.kill("SIGTERM");
  }
  assert.deepEqual(await once(child, "exit"), [0, null]);
});
