// @ts-check
/** The simulated OpenRouter beside the chat: keys, credits, generations, the list of models, headers, the sign-in. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { ask, header, jsonOf, ORIGIN, request } from "./cloud-client.mjs";
import { startOpenRouterSimulator } from "./openrouter.mjs";
import { challengeOf } from "./openrouter-sign-in.mjs";

let now = 0;
/** @type {Awaited<ReturnType<typeof startOpenRouterSimulator>>} */
let simulator;
before(async () => {
  simulator = await startOpenRouterSimulator({ intervalMs: 0, now: () => now });
});
after(() => simulator.close());
beforeEach(() => {
  now = 0;
  simulator.reset();
});

/** @param {string} path @param {string} [key] */
const get = (path, key) => ask(simulator.port, request("GET", path, { headers: key === undefined ? {} : { Authorization: `Bearer sk-or-v1-simulator-${key}` } }));
/** @param {string} key @param {object} [more] @param {Parameters<typeof ask>[2]} [options] */
const chat = (key, more = {}, options = {}) => ask(simulator.port, request("POST", "/api/v1/chat/completions", {
  headers: { Authorization: `Bearer sk-or-v1-simulator-${key}` }, body: JSON.stringify({ model: "simulator/text", messages: [{ role: "user", content: "Hi" }], ...more }),
}), options);
/** @param {object} body */
const exchange = (body) => ask(simulator.port, request("POST", "/api/v1/auth/keys", { body: JSON.stringify(body) }));

test("a key tells of itself; a missing, a wrong and a disabled one are 401", async () => {
  const good = jsonOf(await get("/api/v1/key", "good")).data;
  assert.deepEqual([good.label, good.limit, good.limit_remaining, good.is_free_tier, good.is_management_key], ["sk-or-v1-sim...ood", null, null, false, false]);
  const limited = jsonOf(await get("/api/v1/key", "limited")).data;
  assert.deepEqual([limited.limit, limited.limit_remaining, limited.usage, limited.limit_reset], [10, 7.4, 2.6, "monthly"]);
  assert.deepEqual(jsonOf(await get("/api/v1/key")), { error: { message: "Missing Authentication header", code: 401 } });
  for (const key of ["wrong", "disabled"]) assert.deepEqual(jsonOf(await get("/api/v1/key", key)), { error: { message: "User not found.", code: 401 } });
  assert.equal((await chat("wrong")).status, 401);
});

test("what is spent shows; a spent key is 403 and an empty account 402", async () => {
  const { cost } = jsonOf(await chat("limited")).usage;
  assert.equal(jsonOf(await get("/api/v1/key", "limited")).data.usage, 2.6 + cost);
  const spent = await chat("spent");
  assert.deepEqual([spent.status, /Key limit exceeded/.test(jsonOf(spent).error.message)], [403, true]);
  assert.equal((await chat("empty", { model: "simulator/text:free" })).status, 402);
  assert.equal((await get("/api/v1/key", "empty")).status, 200, "the key itself is good");
});

test("credits are for management keys only", async () => {
  assert.equal((await get("/api/v1/credits", "good")).status, 403);
  assert.deepEqual(jsonOf(await get("/api/v1/credits", "management")), { data: { total_credits: 100, total_usage: 0 } });
});

test("a generation is not there at first, then it is, with what it cost", async () => {
  const { id, usage } = jsonOf(await chat("good"));
  assert.equal((await get(`/api/v1/generation?id=${id}`, "good")).status, 404);
  const { data } = jsonOf(await get(`/api/v1/generation?id=${id}`, "good"));
  assert.deepEqual([data.id, data.total_cost, data.native_tokens_completion, data.cancelled], [id, usage.cost, usage.completion_tokens, false]);
  await chat("good", { model: "simulator/text:stall-middle-3", stream: true }, { until: (received) => received.includes('" the"') });
  const aborted = await simulator.waitFor((entry) => entry.aborted);
  assert.equal(aborted.tokensSent, 3);
  await get("/api/v1/generation?id=gen-1767225600-simulator2", "good");
  const later = jsonOf(await get("/api/v1/generation?id=gen-1767225600-simulator2", "good")).data;
  assert.deepEqual([later.cancelled, later.native_tokens_completion, later.finish_reason], [true, 3, null]);
  assert.equal((await get("/api/v1/generation?id=gen-nothing", "good")).status, 404);
});

test("models are listed without a key; only those that put out text unless one asks for more", async () => {
  const { data, total_count: total, links } = jsonOf(await get("/api/v1/models"));
  const ids = data.map((/** @type {any} */ model) => model.id);
  assert.deepEqual([total, links], [ids.length, { next: null }]);
  assert.ok(ids.includes("simulator/text-and-image") && !ids.includes("simulator/image") && !ids.includes("simulator/embedding"));
  const all = jsonOf(await get("/api/v1/models?output_modalities=all")).data;
  assert.deepEqual(all.filter((/** @type {any} */ model) => !ids.includes(model.id)).map((/** @type {any} */ model) => model.id), ["simulator/image", "simulator/embedding"]);
  assert.deepEqual(jsonOf(await get("/api/v1/embeddings/models")).data.map((/** @type {any} */ model) => model.id), ["simulator/embedding"]);
  assert.equal(jsonOf(await get("/api/v1/models/count")).data.count, total);

  const of = (/** @type {string} */ id) => all.find((/** @type {any} */ model) => model.id === id);
  assert.deepEqual([of("simulator/text").pricing.prompt, of("simulator/text:free").pricing.completion, of("simulator/auto").pricing.prompt], ["0.00000015", "0", "-1"]);
  assert.deepEqual([of("simulator/plain").context_length, of("simulator/plain").top_provider.max_completion_tokens], [null, null]);
  assert.equal(of("simulator/image").architecture.modality, "text+image->image");
  assert.ok(of("simulator/reasoning").supported_parameters.includes("reasoning"));
  assert.equal(of("simulator/reasoning-always").reasoning.mandatory, true);
  for (const { pricing, name } of all) {
    assert.match(name, /^Simulator: /);
    for (const kind of ["prompt", "completion", "request"]) assert.equal(typeof pricing[kind], "string");
  }
});

test("hundreds of models can be had: the same ones each time, named as simulated, in pages, and each answers", async () => {
  const list = async (/** @type {string} */ query) => jsonOf(await get(`/api/v1/models${query}`));
  simulator.setCatalogue(700);
  const first = await list("");
  assert.equal(first.data.length, 500);
  const second = await list(new URL(first.links.next).search);
  assert.deepEqual([first.total_count, first.data.length + second.data.length, second.links.next], [709, 709, null]);
  const invented = [...first.data, ...second.data].filter((model) => !model.id.startsWith("simulator/"));
  assert.equal(new Set(invented.map((model) => model.id)).size, 700);
  assert.ok(invented.every((model) => model.name.startsWith("Simulated ") && model.id.startsWith("simulated-")));
  for (const has of [
    (/** @type {any} */ model) => model.context_length === null, (/** @type {any} */ model) => model.pricing.prompt === "0", (/** @type {any} */ model) => model.pricing.prompt === "-1",
    (/** @type {any} */ model) => model.architecture.input_modalities.includes("image"), (/** @type {any} */ model) => model.reasoning !== undefined,
  ]) assert.ok(invented.some(has));
  assert.ok(invented.every(({ pricing }) => /^(0|-1|0\.\d*[1-9])$/.test(pricing.prompt) && (Number(pricing.completion) >= Number(pricing.prompt))));
  const other = await startOpenRouterSimulator({ catalogue: 700 });
  assert.deepEqual(await (await fetch(`${other.apiUrl}/models?limit=1000`)).json().then((/** @type {any} */ told) => told.data), [...first.data, ...second.data]);
  await other.close();
  assert.equal(jsonOf(await chat("good", { model: invented[5].id })).model, invented[5].id);
  const found = await list("?q=huge&supported_parameters=tools,structured_outputs&input_modalities=image&limit=3&offset=1");
  assert.deepEqual([found.data.length, found.data.every((/** @type {any} */ model) => model.id.endsWith("huge"))], [3, true]);

  const control = (/** @type {unknown} */ count) => fetch(`${simulator.url}/__simulator/catalogue`, { method: "POST", body: JSON.stringify({ count }) });
  assert.deepEqual([(await control(2)).status, (await control("many")).status], [200, 400]);
  assert.equal((await list("")).data.length, 11);
  simulator.setModels([{ id: "simulator/text:cut-1", pricing: { prompt: "0.1" } }]);
  simulator.setCatalogue(0);
  assert.deepEqual((await list("")).data.map((/** @type {any} */ model) => [model.id, model.pricing.prompt]), [["simulator/text:cut-1", "0.1"]]);
});

test("a preflight lets a few headers through, and a request with others is refused", async () => {
  const preflight = (/** @type {string} */ headers) => ask(simulator.port, request("OPTIONS", "/api/v1/chat/completions", {
    headers: { ...ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": headers } }));
  const granted = await preflight("authorization,content-type,http-referer,x-openrouter-title,x-title");
  assert.deepEqual([granted.status, header(granted, "access-control-allow-origin")], [204, "*"]);
  for (const name of ["openai-beta", "x-stainless-os", "x-goog-api-key", "traceparent"]) {
    const refused = await preflight(`authorization,${name}`);
    assert.deepEqual([refused.status, header(refused, "access-control-allow-origin")], [400, undefined], name);
    const sent = await ask(simulator.port, request("GET", "/api/v1/models", { headers: { [name]: "x" } }));
    assert.equal(sent.status, 400, name);
    assert.ok(jsonOf(sent).error.message.endsWith(name));
  }
  assert.equal((await fetch(`${simulator.apiUrl}/models`)).status, 200, "what fetch sends by itself is let through");
  assert.equal((await get("/api/v1/nothing")).status, 404);
  assert.equal((await get("/api/v1/auth/keys")).status, 405);
});

test("the sign-in says that it is a simulator, and its code buys one key against the verifier", async () => {
  // The vector of RFC 7636.
  const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  assert.equal(challengeOf(verifier, "S256"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  const begin = async () => {
    const callback = "http://localhost:5173/?nonce=7#chat";
    const page = await get(`/auth?callback_url=${encodeURIComponent(callback)}&code_challenge=${challengeOf(verifier, "S256")}&code_challenge_method=S256`);
    assert.match(page.body.toString(), /This is the OpenRouter simulator, not OpenRouter/);
    const address = /id="allow" href="([^"]+)"/.exec(page.body.toString())?.[1]?.replaceAll("&amp;", "&") ?? "";
    assert.ok(page.body.includes('http-equiv="refresh"') && address.startsWith("http://localhost:5173/?nonce=7&code=") && address.endsWith("#chat"));
    return new URL(address).searchParams.get("code");
  };
  const code = await begin();
  const given = { code, code_verifier: verifier, code_challenge_method: "S256" };
  const { key, user_id: user } = jsonOf(await exchange(given));
  assert.deepEqual([key, user], ["sk-or-v1-simulator-signed-in-1", "user_simulator"]);
  assert.equal((await ask(simulator.port, request("GET", "/api/v1/key", { headers: { Authorization: `Bearer ${key}` } }))).status, 200);
  assert.deepEqual([(await exchange(given)).status, jsonOf(await exchange(given)).error.message], [403, "Invalid code or code_verifier"], "a second time");

  const later = await begin();
  now = 600_001;
  assert.equal(jsonOf(await exchange({ ...given, code: later })).error.message, "Authorization code expired");
  assert.equal((await exchange({ ...given, code: await begin(), code_verifier: `${verifier}x` })).status, 403);
  assert.equal((await exchange({ ...given, code: await begin(), code_challenge_method: "S512" })).status, 400);
  assert.equal((await exchange({ ...given, code: await begin(), code_challenge_method: "plain" })).status, 400);
  assert.equal((await exchange({})).status, 400);
  assert.deepEqual(simulator.requests.flatMap((entry) => entry.leaks), []);
});

test("the sign-in sends nobody to an address that could run something, and shows a code where there is no address", async () => {
  for (const address of ["javascript:alert(1)", "http://example.org/", "data:text/html,x", "nothing"]) {
    const page = await get(`/auth?callback_url=${encodeURIComponent(address)}`);
    assert.deepEqual([page.status, page.body.includes("href")], [400, false], address);
  }
  const page = await get(`/auth?callback_url=${encodeURIComponent('https://app.example/?a="><script>')}`);
  assert.deepEqual([page.status, page.body.includes("<script>")], [200, false]);
  assert.match((await get("/auth?code_challenge=x&code_challenge_method=plain")).body.toString(), /<code id="code">simulator-code-2<\/code>/);
  assert.equal((await get("/auth")).status, 400);
});

test("a key in a URL, in a body or at another header is a leak in the journal, and is not repeated there", async () => {
  await get("/api/v1/models?api_key=sk-or-v1-simulator-good");
  await chat("good", { messages: [{ role: "user", content: "My key is AQ.SimulatorGood" }] });
  await ask(simulator.port, request("GET", "/api/v1/models", { headers: { "X-Title": "sk-or-v1-simulator-good", "Referer": "http://localhost/?k=sk-or-v1-simulator-good" } }));
  await chat("good");
  assert.deepEqual(simulator.requests.map((entry) => entry.leaks), [
    ["query parameter api_key", "query parameter api_key: a key for openrouter"],
    ["body: a key for gemini"],
    ["header x-title: a key for openrouter", "header referer: a key for openrouter"],
    [],
  ]);
});
