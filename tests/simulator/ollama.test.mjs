// @ts-check
/** The simulated Ollama beyond what recordings show: the gate, complaints, contexts, loading, embeddings, downloads, the queue. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { cloudModel, defaultModels, startOllamaSimulator } from "./ollama.mjs";
import { ask, request } from "./raw-http.mjs";

/** @type {Awaited<ReturnType<typeof startOllamaSimulator>>} */
let simulator;
before(async () => {
  simulator = await startOllamaSimulator({ models: [...defaultModels, cloudModel], intervalMs: 0 });
});
after(() => simulator.close());
beforeEach(() => simulator.reset());

/**
 * @param {string} path
 * @param {unknown} body
 */
async function post(path, body) {
  const response = await fetch(simulator.url + path, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, type: response.headers.get("content-type"), text, lines: text.split("\n").filter((line) => line !== "") };
}
/** @param {string} line */
const parsed = (line = "{}") => /** @type {any} */ (JSON.parse(line));
const chat = (/** @type {object} */ more = {}) => post("/api/chat", { model: "simulator", messages: [{ role: "user", content: "Hi" }], ...more });
/** @param {{ lines: string[] }} answer */
const textOf = ({ lines }) => lines.map((line) => parsed(line).message?.content ?? "").join("");

test("what it says names it as a simulator, streamed or not", async () => {
  const wanted = "This is the Ollama simulator, not a model. You asked: Hi";
  assert.equal(textOf(await chat()), wanted);
  assert.equal(parsed((await chat({ stream: false })).text).message.content, wanted);
  assert.match(parsed((await post("/api/generate", { model: "simulator", prompt: "Hi", stream: false })).text).response, /simulator, not a model/);
  assert.match(parsed((await chat({ stream: false, format: "json" })).text).message.content, /simulator, not a model/);
});

test("<, > and & are escaped as Go escapes them", async () => {
  const { text } = await chat({ messages: [{ role: "user", content: "<b> & c" }], stream: false });
  assert.ok(text.includes("\\u003cb\\u003e \\u0026 c"));
  assert.ok(!/[<>&]/.test(text));
});

test("a wrong method is a 405 that names the right ones, an unknown path a 404, both as plain text", async () => {
  const wrong = await ask(simulator.port, request("GET", "/api/chat"));
  assert.equal(wrong.status, 405);
  assert.equal(wrong.body.toString(), "405 method not allowed");
  assert.ok(wrong.headers.some(([name, value]) => name === "allow" && value === "POST"));
  assert.ok(wrong.headers.some(([name, value]) => name === "content-type" && value === "text/plain"));
  const unknown = await ask(simulator.port, request("GET", "/api/nothing"));
  assert.equal(unknown.status, 404);
  assert.equal(unknown.body.toString(), "404 page not found");
});

test("GET and HEAD of the root and of the version work, and the status says whether the cloud is on", async () => {
  const root = await fetch(simulator.url);
  assert.equal(await root.text(), "Ollama is running");
  assert.equal(root.headers.get("content-type"), "text/plain; charset=utf-8");
  const head = await ask(simulator.port, request("HEAD", "/"));
  assert.equal(head.status, 200);
  assert.equal(head.body.length, 0);
  assert.equal((await ask(simulator.port, request("HEAD", "/api/version"))).status, 200);
  assert.deepEqual(await (await fetch(`${simulator.url}/api/status`)).json(), { cloud: { disabled: false, source: "none" } });
});

test("origins: localhost by default, others when allowed, all with a star, none but those allowed when told so", async () => {
  const from = async (/** @type {string} */ origin, method = "GET") => {
    const { status, headers, body } = await ask(simulator.port, request(method, "/api/version", { headers: { Origin: origin } }));
    return { status, allowed: headers.find(([name]) => name === "access-control-allow-origin")?.[1], length: body.length };
  };
  for (const origin of ["http://localhost", "https://127.0.0.1:5173", "app://thing", "vscode-webview://x"]) {
    assert.deepEqual(await from(origin), { status: 200, allowed: origin, length: 20 }, origin);
  }
  for (const origin of ["https://example.org", "null", "http://localhost.example.org", "http://127.0.0.2:80"]) {
    assert.deepEqual(await from(origin), { status: 403, allowed: undefined, length: 0 }, origin);
  }
  simulator.setOrigins({ allow: ["https://*.example.org"] });
  assert.equal((await from("https://app.example.org")).status, 200);
  assert.equal((await from("https://app.example.com")).status, 403);
  simulator.setOrigins({ allow: ["*"] });
  assert.deepEqual(await from("https://example.org"), { status: 200, allowed: "*", length: 20 });
  assert.deepEqual(await from("null", "OPTIONS"), { status: 204, allowed: "*", length: 0 });
  simulator.setOrigins({ defaults: false });
  assert.equal((await from("http://localhost:5173")).status, 403);
});

test("an origin that equals the host is no cross-origin request: allowed, and without CORS headers", async () => {
  simulator.setOrigins({ defaults: false });
  const answer = await ask(simulator.port, request("GET", "/api/version", { headers: { Host: "localhost:11434", Origin: "http://localhost:11434" } }));
  assert.equal(answer.status, 200);
  assert.ok(!answer.headers.some(([name]) => name.startsWith("access-control")));
});

test("a Host that is not of this machine or its network is refused, after the origin", async () => {
  const to = async (/** @type {string} */ Host) => (await ask(simulator.port, request("GET", "/api/version", { headers: { Host } }))).status;
  for (const host of ["localhost", "127.0.0.1:11434", "[::1]:11434", "192.168.1.7", "box.local:11434", "a.internal"]) assert.equal(await to(host), 200, host);
  for (const host of ["example.org", "8.8.8.8", "abc.ngrok.app"]) assert.equal(await to(host), 403, host);
});

test("complaints about a request are the server's own", async () => {
  /** @type {[string, unknown, number, string][]} */
  const cases = [
    ["/api/chat", "", 400, "missing request body"],
    ["/api/chat", '{"model": "simulator", "mess', 400, "unexpected EOF"],
    ["/api/chat", "{model}", 400, "invalid character 'm' looking for beginning of value"],
    ["/api/chat", { messages: [] }, 400, "model is required"],
    ["/api/chat", { model: "nope", messages: [] }, 404, "model 'nope' not found"],
    ["/api/generate", { prompt: "x" }, 404, "model '' not found"],
    ["/api/embed", { model: "nope", input: "x" }, 404, 'model "nope" not found, try pulling it first'],
    ["/api/show", {}, 400, "model is required"],
    ["/api/pull", { model: "" }, 400, "invalid model name"],
    ["/api/chat", { model: "simulator", messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }] }, 400,
      "json: cannot unmarshal array into Go struct field ChatRequest.messages.content of type string"],
    ["/api/chat", { model: "simulator", stream: "no", messages: [] }, 400, "json: cannot unmarshal string into Go struct field ChatRequest.stream of type bool"],
    ["/api/chat", { model: "simulator-vision", messages: [{ role: "user", content: "?", images: ["data:image/png;base64,AAAA"] }] }, 400, "illegal base64 data at input byte 4"],
    ["/api/chat", { model: "simulator", think: true, messages: [{ role: "user", content: "?" }] }, 400, '"simulator" does not support thinking'],
    ["/api/chat", { model: "simulator-embed", messages: [{ role: "user", content: "?" }] }, 400, '"simulator-embed" does not support chat'],
    ["/api/chat", { model: "simulator", tools: [{ function: { name: "f" } }], messages: [{ role: "user", content: "?" }] }, 400,
      "registry.ollama.ai/library/simulator:latest does not support tools"],
    ["/api/chat", { model: "simulator", options: { num_ctx: "4096" }, messages: [{ role: "user", content: "?" }] }, 500, 'option "num_ctx" must be of type integer'],
  ];
  for (const [path, body, status, error] of cases) {
    const answer = await post(path, body);
    assert.deepEqual({ status: answer.status, error: parsed(answer.text).error }, { status, error }, `${path} ${JSON.stringify(body)}`);
    assert.equal(answer.type, "application/json; charset=utf-8");
  }
});

test("a model in the cloud is listed with its host and wants a sign-in", async () => {
  const { models } = await (await fetch(`${simulator.url}/api/tags`)).json();
  const cloud = models.find((/** @type {any} */ model) => model.name === "simulator-cloud:latest");
  assert.equal(cloud.remote_host, "https://ollama.com:443");
  const answer = await chat({ model: "simulator-cloud" });
  assert.equal(answer.status, 401);
  assert.match(parsed(answer.text).signin_url, /^https:\/\/ollama\.com\/connect\?/);
});

test("num_predict, stop sequences and the end of the context end an answer", async () => {
  const short = await chat({ stream: false, options: { num_predict: 3 } });
  assert.deepEqual([parsed(short.text).message.content, parsed(short.text).done_reason, parsed(short.text).eval_count], ["This is the", "length", 3]);
  const stopped = await chat({ stream: false, options: { stop: [","] } });
  assert.deepEqual([parsed(stopped.text).message.content, parsed(stopped.text).done_reason], ["This is the Ollama simulator", "stop"]);
  const full = await chat({ stream: false, options: { num_ctx: 15 } });
  assert.equal(parsed(full.text).done_reason, "length");
});

test("a conversation over num_ctx loses its oldest messages in silence, then half of the last one; or is refused", async () => {
  const long = "word ".repeat(3000);
  const messages = [{ role: "system", content: "Be brief." }, { role: "user", content: long }, { role: "assistant", content: "Yes." }, { role: "user", content: "And now?" }];
  const dropped = parsed((await chat({ messages, stream: false, options: { num_ctx: 2048 } })).text);
  assert.equal(dropped.done, true);
  assert.ok(dropped.prompt_eval_count < 50);
  const whole = parsed((await chat({ messages, stream: false, options: { num_ctx: 8192 } })).text);
  assert.ok(whole.prompt_eval_count > 3000);
  const halved = parsed((await chat({ messages: [{ role: "user", content: long }], stream: false, options: { num_ctx: 2048 } })).text);
  assert.equal(halved.prompt_eval_count, 2048 / 2 + 2);
  assert.equal(halved.done_reason, "stop");
  const byDefault = parsed((await chat({ messages: [{ role: "user", content: "word ".repeat(5000) }], stream: false })).text);
  assert.equal(byDefault.prompt_eval_count, 4096 / 2 + 2);
  const refused = await chat({ messages: [{ role: "user", content: long }], truncate: false, options: { num_ctx: 2048 } });
  assert.equal(refused.status, 400);
  assert.equal(parsed(parsed(refused.text).error).error.type, "exceed_context_size_error");
});

test("a conversation that ends with the assistant's words is gone on with", async () => {
  const messages = [{ role: "user", content: "Hi" }, { role: "assistant", content: "This is the Ollama sim" }];
  assert.equal(textOf(await chat({ messages })), "ulator, not a model. You asked: Hi");
});

test("loading, unloading and keep_alive show in the list of running models", async () => {
  const running = async () => (await (await fetch(`${simulator.url}/api/ps`)).json()).models;
  assert.deepEqual(await running(), []);
  const loaded = await chat({ messages: [], options: { num_ctx: 2048 } });
  assert.equal(loaded.type, "application/json; charset=utf-8");
  assert.equal(parsed(loaded.text).done_reason, "load");
  assert.deepEqual((await running()).map((/** @type {any} */ model) => [model.name, model.context_length]), [["simulator:latest", 2048]]);
  assert.equal(parsed((await chat({ messages: [], keep_alive: 0 })).text).done_reason, "unload");
  assert.deepEqual(await running(), []);
  await chat({ keep_alive: "10m" });
  const [model] = await running();
  const minutes = (Date.parse(model.expires_at) - Date.now()) / 60_000;
  assert.ok(minutes > 8 && minutes <= 10);
  await chat({ keep_alive: -1 });
  assert.match((await running())[0].expires_at, /^2318-/);
});

test("thinking comes before the text when the model can, unless it is told not to", async () => {
  const thought = (/** @type {{ lines: string[] }} */ { lines }) => lines.map((line) => parsed(line).message.thinking ?? "").join("");
  const both = await chat({ model: "simulator-thinking" });
  assert.match(thought(both), /pretends to think/);
  assert.match(textOf(both), /simulator, not a model/);
  assert.equal(parsed(both.lines.at(-1)).eval_count, both.lines.length - 1);
  assert.equal(thought(await chat({ model: "simulator-thinking", think: false })), "");
});

test("a tool that the prompt names is called, with arguments after its schema; its result is answered with text", async () => {
  const tools = ["get_time", "get_weather"].map((name) => ({
    type: "function",
    function: { name, parameters: { type: "object", properties: { city: { type: "string" }, days: { type: "integer", minimum: 1 }, unit: { enum: ["C", "F"] } } } },
  }));
  const asked = [{ role: "user", content: "Use get_weather." }];
  const called = await chat({ model: "simulator-tools", tools, messages: asked, stream: false });
  const { message } = parsed(called.text);
  assert.deepEqual(message.tool_calls[0].function, { index: 0, name: "get_weather", arguments: { city: "simulator", days: 1, unit: "C" } });
  assert.equal(message.content, "");
  const answered = await chat({ model: "simulator-tools", tools, messages: [...asked, message, { role: "tool", tool_name: "get_weather", content: "11 °C" }] });
  assert.equal(textOf(answered), "This is the Ollama simulator, not a model. The tool said: 11 °C");
});

test("embeddings have length one, are the same for the same text, and keep the order", async () => {
  const embed = async (/** @type {object} */ more) => parsed((await post("/api/embed", { model: "simulator-embed", ...more })).text).embeddings;
  const [a, b] = await embed({ input: ["a", "b"] });
  assert.equal(a.length, 32);
  assert.ok(Math.abs(Math.hypot(...a) - 1) < 1e-6);
  assert.deepEqual(await embed({ input: "b" }), [b]);
  assert.notDeepEqual(a, b);
  assert.equal((await embed({ input: "a", dimensions: 8 }))[0].length, 8);
  assert.deepEqual(await embed({ input: [] }), []);
});

test("a download reports progress, ends with success and is listed; a missing model ends with an error line", async () => {
  const names = async () => (await (await fetch(`${simulator.url}/api/tags`)).json()).models.map((/** @type {any} */ model) => model.name);
  const pulled = await post("/api/pull", { model: "fresh-tools" });
  const lines = pulled.lines.map(parsed);
  assert.equal(pulled.type, "application/x-ndjson");
  assert.equal(lines[0].status, "pulling manifest");
  assert.equal(lines.at(-1).status, "success");
  assert.ok(!("completed" in lines[1]));
  const layers = new Set(lines.flatMap(({ digest }) => digest ?? []));
  assert.equal(layers.size, 2);
  for (const digest of layers) {
    const last = lines.findLast((line) => line.digest === digest);
    assert.equal(last.completed, last.total);
  }
  assert.ok((await names()).includes("fresh-tools:latest"));
  const missing = (await post("/api/pull", { model: "missing-model" })).lines.map(parsed);
  assert.deepEqual(missing, [{ status: "pulling manifest" }, { error: "pull model manifest: file does not exist" }]);
  assert.ok(!(await names()).includes("missing-model:latest"));
  assert.deepEqual(parsed((await post("/api/pull", { model: "other", stream: false })).text), { status: "success" });
});

test("a download that was aborted installs nothing and goes on where it stopped", async () => {
  simulator.faults({ next: ["stall-middle-9"], forPath: "/api/pull" });
  const abort = new AbortController();
  const stalled = fetch(`${simulator.url}/api/pull`, { method: "POST", body: '{"model":"big"}', signal: abort.signal }).then((response) => response.text());
  await simulator.waitFor((entry) => entry.path === "/api/pull" && entry.tokensSent === 9);
  abort.abort();
  await assert.rejects(stalled, { name: "AbortError" });
  const entry = await simulator.waitFor((one) => one.path === "/api/pull" && one.ended !== "running");
  assert.deepEqual({ aborted: entry.aborted, tokensSent: entry.tokensSent }, { aborted: true, tokensSent: 9 });
  const { models } = await (await fetch(`${simulator.url}/api/tags`)).json();
  assert.ok(!models.some((/** @type {any} */ model) => model.name === "big:latest"));
  const again = (await post("/api/pull", { model: "big" })).lines.map(parsed);
  assert.ok(again[1].completed > 0);
  assert.equal(again.at(-1).status, "success");
});

test("an old server lists no capabilities, has no status, and gives tool calls no ids", async () => {
  const old = await startOllamaSimulator({ old: true });
  try {
    const [model] = (await (await fetch(`${old.url}/api/tags`)).json()).models;
    assert.ok(!("capabilities" in model) && !("context_length" in model.details));
    assert.equal((await fetch(`${old.url}/api/status`)).status, 404);
    const shown = await (await fetch(`${old.url}/api/show`, { method: "POST", body: '{"name":"simulator"}' })).json();
    assert.ok(!("capabilities" in shown) && shown.model_info["llama.context_length"] === 8192);
    const body = JSON.stringify({ model: "simulator-tools", stream: false, messages: [{ role: "user", content: "?" }], tools: [{ function: { name: "f" } }] });
    const { message } = await (await fetch(`${old.url}/api/chat`, { method: "POST", body })).json();
    assert.deepEqual(message.tool_calls, [{ function: { name: "f", arguments: {} } }]);
  } finally {
    await old.close();
  }
});

test("with one place for each model a second request waits without a byte, and a third finds the queue full", async () => {
  const narrow = await startOllamaSimulator({ parallel: 1, maxQueue: 1, intervalMs: 0 });
  try {
    const send = (/** @type {string} */ model, /** @type {AbortSignal} */ signal) =>
      fetch(`${narrow.url}/api/chat`, { method: "POST", body: JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }] }), signal });
    const leave = new AbortController();
    const first = send("simulator:stall-first", leave.signal);
    await narrow.waitFor((entry) => entry.id === 1 && entry.status === 200);
    // The fault's name is part of the model's: the same model has the same name.
    const second = send("simulator:stall-first", AbortSignal.timeout(10_000));
    await narrow.waitFor((entry) => entry.id === 2 && entry.body !== "");
    const other = await send("simulator", AbortSignal.timeout(10_000));
    assert.equal(other.status, 200);
    assert.equal((await send("simulator:stall-first", AbortSignal.timeout(10_000))).status, 503);
    assert.equal(narrow.requests[1]?.status, 0);
    leave.abort();
    await first.then((response) => response.text()).catch(() => {});
    await narrow.waitFor((entry) => entry.id === 2 && entry.status === 200);
    narrow.release();
    assert.match(await (await second).text(), /"done":true/);
  } finally {
    await narrow.close();
  }
});
