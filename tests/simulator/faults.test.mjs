// @ts-check
/** Every fault that Ollama's simulator knows, as a client meets it, on a bare socket; and how faults are named and chosen. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";
import { FAULTS, startOllamaSimulator } from "./ollama.mjs";
import { FaultBook, parseFaults, promptFaults, splitModel } from "./faults.mjs";
import { ask, request } from "./raw-http.mjs";

/** @type {Awaited<ReturnType<typeof startOllamaSimulator>>} */
let simulator;
before(async () => {
  simulator = await startOllamaSimulator({ intervalMs: 0 });
});
after(() => simulator.close());
beforeEach(() => simulator.reset());

const ANSWER = "This is the Ollama simulator, not a model. You asked: Hi";
const ORIGIN = { Origin: "http://localhost:5173" };

/** @param {string} model @param {object} [more] */
const chatRequest = (model, more = {}) =>
  request("POST", "/api/chat", { headers: ORIGIN, body: JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }], ...more }) });

/** @param {string} faults the tag of the model @param {object} [more] */
const chat = (faults, more) => ask(simulator.port, chatRequest(`simulator:${faults}`, more));

/** @param {{ body: Buffer }} answer */
const lines = ({ body }) => body.toString("utf8").split("\n").filter((line) => line.trim() !== "").map((line) => {
  try {
    return JSON.parse(line);
  } catch {
    return { malformed: line };
  }
});
/** @param {{ body: Buffer }} answer */
const textOf = (answer) => lines(answer).map((line) => line.message?.content ?? "").join("");
/** @param {{ headers: [string, string][] }} answer @param {string} name */
const header = ({ headers }, name) => headers.find(([key]) => key === name)?.[1];
/** @param {{ body: Buffer }} answer */
const finished = (answer) => lines(answer).some((line) => line.done === true);

/** @type {Record<string, () => Promise<void>>} One check for each fault. */
const checks = {
  "refuse": async () => {
    const answer = await chat("refuse");
    assert.deepEqual([answer.status, answer.body.length], [0, 0]);
    assert.equal(simulator.requests[0]?.ended, "dropped");
  },
  "reset-head": async () => {
    const answer = await chat("reset-head");
    assert.deepEqual([answer.status, answer.ended], [0, "ECONNRESET"]);
  },
  "reset-middle": async () => {
    const answer = await chat("reset-middle-3");
    assert.deepEqual([textOf(answer), answer.complete, answer.ended], ["This is the", false, "ECONNRESET"]);
    assert.equal(simulator.requests[0]?.ended, "reset");
  },
  "drop-middle": async () => {
    const answer = await chat("drop-middle-3");
    assert.deepEqual([textOf(answer), answer.complete, answer.ended], ["This is the", false, "end"]);
  },
  "stall-head": async () => {
    const waiting = chat("stall-head");
    const entry = await simulator.waitFor((one) => one.faults.includes("stall-head"));
    assert.equal(entry.status, 0);
    simulator.release();
    assert.equal(textOf(await waiting), ANSWER);
  },
  "stall-first": async () => {
    const answer = await ask(simulator.port, chatRequest("simulator:stall-first"), { until: (received) => received.includes("\r\n\r\n") });
    assert.deepEqual([answer.status, answer.body.length], [200, 0]);
    const entry = await simulator.waitFor((one) => one.ended !== "running");
    assert.deepEqual([entry.aborted, entry.tokensSent], [true, 0]);
  },
  "stall-middle": async () => {
    const answer = await ask(simulator.port, chatRequest("simulator:stall-middle-4"), { until: (received) => received.includes("Ollama") });
    assert.equal(textOf(answer), "This is the Ollama");
    const { model, tokensSent, aborted } = await simulator.waitFor((one) => one.ended !== "running");
    assert.deepEqual({ model, tokensSent, aborted }, { model: "simulator:stall-middle-4", tokensSent: 4, aborted: true });
  },

  ...Object.fromEntries(Object.entries({
    "error-400": [400, /status 400/], "error-402": [402, /payment/], "error-403": [403, /cloud is disabled/], "error-404": [404, /model 'simulator:error-404' not found/],
    "error-429": [429, /rate limit/], "error-500": [500, /runner process has terminated/], "error-503": [503, /server busy/], "error-context": [400, /exceed_context_size_error/],
  }).map(([kind, [status, pattern]]) => [kind, async () => {
    const answer = await chat(kind);
    assert.equal(answer.status, status);
    assert.match(lines(answer)[0].error, /** @type {RegExp} */ (pattern));
    assert.equal(header(answer, "access-control-allow-origin"), ORIGIN.Origin);
  }])),
  "error-401": async () => {
    const answer = await chat("error-401");
    assert.equal(answer.status, 401);
    assert.deepEqual(Object.keys(lines(answer)[0]), ["error", "signin_url"]);
  },
  "error-429-exposed": async () => {
    const [hidden, exposed] = [await chat("error-429"), await chat("error-429-exposed")];
    assert.deepEqual([header(hidden, "retry-after"), header(hidden, "access-control-expose-headers")], ["7", undefined]);
    assert.deepEqual([header(exposed, "retry-after"), header(exposed, "access-control-expose-headers")], ["7", "Retry-After"]);
  },
  "error-429-bare": async () => {
    const answer = await chat("error-429-bare");
    assert.deepEqual([answer.status, header(answer, "retry-after"), lines(answer)], [429, undefined, [{ error: "rate limit exceeded" }]]);
  },
  "error-502": async () => {
    const answer = await chat("error-502");
    assert.deepEqual([answer.status, header(answer, "content-type"), answer.body.includes("502 Bad Gateway")], [502, "text/html; charset=utf-8", true]);
  },
  "error-in-200": async () => {
    const answer = await chat("error-in-200");
    assert.deepEqual([answer.status, Object.keys(lines(answer)[0])], [200, ["error"]]);
  },
  "cors-refused": async () => {
    const answer = await chat("cors-refused");
    assert.deepEqual([answer.status, answer.body.length, header(answer, "access-control-allow-origin")], [403, 0, undefined]);
    simulator.faults({ next: ["cors-refused"], forMethod: "OPTIONS", forPath: "*" });
    const preflight = request("OPTIONS", "/api/chat", { headers: { ...ORIGIN, "Access-Control-Request-Method": "POST" } });
    assert.deepEqual([(await ask(simulator.port, preflight)).status, (await ask(simulator.port, preflight)).status], [403, 204]);
  },
  "html": async () => {
    const answer = await chat("html");
    assert.deepEqual([answer.status, header(answer, "content-type")], [200, "text/html; charset=utf-8"]);
  },
  "redirect": async () => {
    const answer = await chat("redirect");
    assert.deepEqual([answer.status, header(answer, "location")], [307, "https://redirect.invalid/"]);
  },
  "empty-body": async () => {
    const answer = await chat("empty-body");
    assert.deepEqual([answer.status, answer.complete, answer.body.length], [200, true, 0]);
  },

  "cut": async () => {
    const answer = await chat("cut-3");
    assert.deepEqual([textOf(answer), finished(answer), answer.complete], ["This is the", false, true]);
    const whole = await chat("cut", { stream: false });
    assert.ok(whole.complete && whole.body.length > 10 && "malformed" in lines(whole)[0]);
  },
  "no-finish": async () => {
    const answer = await chat("no-finish");
    assert.deepEqual([textOf(answer), finished(answer), answer.complete], [ANSWER, false, true]);
  },
  "no-terminator": async () => {
    // Ollama's stream has nothing after its finish.
    assert.equal(finished(await chat("no-terminator")), true);
  },
  "error-line": async () => {
    const answer = await chat("error-line-2");
    assert.deepEqual([textOf(answer), finished(answer), answer.complete], ["This is", false, true]);
    assert.deepEqual(lines(answer).at(-1), { error: "an error was encountered while running the model: unexpected EOF" });
  },
  "malformed": async () => {
    const answer = await chat("malformed-2");
    assert.deepEqual([textOf(answer), finished(answer)], [ANSWER, true]);
    assert.deepEqual(lines(answer).map((line) => "malformed" in line).indexOf(true), 2);
  },
  "malformed-many": async () => {
    assert.equal(lines(await chat("malformed-many")).filter((line) => "malformed" in line).length, 5);
  },
  "invalid-utf8": async () => {
    const answer = await chat("invalid-utf8");
    assert.throws(() => new TextDecoder("utf-8", { fatal: true }).decode(answer.body));
    assert.equal(finished(answer), true);
    assert.equal(lines(answer).some((line) => "malformed" in line), false, "it is JSON when read leniently");
  },
  "long-line": async () => {
    const answer = await chat("long-line");
    assert.ok(Math.max(...answer.body.toString("latin1").split("\n").map((line) => line.length)) > 8 * 1024 * 1024);
    assert.equal(finished(answer), true);
  },
  "crlf": async () => {
    const answer = await chat("crlf");
    assert.ok(answer.body.includes("}\r\n\r\n{"));
    assert.equal(textOf(answer), ANSWER);
  },
  "no-newline": async () => {
    const answer = await chat("no-newline");
    assert.equal(answer.body.at(-1), "}".charCodeAt(0));
    assert.equal(finished(answer), true);
  },
  "no-usage": async () => {
    assert.deepEqual(Object.keys(lines(await chat("no-usage")).at(-1)), ["model", "created_at", "message", "done", "done_reason"]);
  },

  "bytes": async () => {
    const answer = await chat("bytes", { messages: [{ role: "user", content: "日本 😀" }] });
    assert.ok(answer.chunks.every((chunk) => chunk.length === 1));
    assert.ok(textOf(answer).endsWith("日本 😀"));
    assert.equal(simulator.requests[0]?.tokensSent, lines(answer).length - 1);
  },
  "pieces": async () => {
    const answer = await chat("pieces-50");
    assert.ok(answer.chunks.slice(0, -1).every((chunk) => chunk.length === 50));
    assert.equal(textOf(answer), ANSWER);
  },
  "split-utf8": async () => {
    const answer = await chat("split-utf8");
    const broken = answer.chunks.filter((chunk) => chunk.toString("utf8").includes("\ufffd"));
    assert.ok(broken.length > 5);
    assert.match(textOf(answer), /日本語.*👩‍👩‍👧/u);
    assert.ok(!textOf(answer).includes("\ufffd"));
  },
  "pairs": async () => {
    const answer = await chat("pairs");
    assert.ok(answer.chunks.slice(0, -1).every((chunk) => chunk.toString().split("\n").length === 3));
    assert.equal(textOf(answer), ANSWER);
  },
  "one-chunk": async () => {
    const answer = await chat("one-chunk");
    assert.deepEqual([answer.chunks.length, textOf(answer)], [1, ANSWER]);
  },
  "drip": async () => {
    const answer = await chat("drip-1");
    assert.deepEqual([textOf(answer), lines(answer).length], [ANSWER, ANSWER.length + 1]);
  },

  "thinking": async () => {
    const answer = await chat("thinking");
    assert.match(lines(answer)[0].message.thinking, /^The/);
    assert.equal(textOf(answer), ANSWER);
  },
  "thinking-only": async () => {
    const answer = await chat("thinking-only");
    assert.deepEqual([textOf(answer), lines(answer).at(-1).done_reason], ["", "length"]);
    assert.match(lines(answer)[0].message.thinking, /^The/);
  },
  "tools": async () => {
    const [call, last] = lines(await chat("tools"));
    assert.equal(call.message.tool_calls[0].function.name, "simulated_tool");
    assert.deepEqual([call.done, last.done, "tool_calls" in last.message], [false, true, false]);
  },
  "tools-in-done": async () => {
    const all = lines(await chat("tools-in-done"));
    assert.deepEqual([all.length, all[0].done, all[0].message.tool_calls.length], [1, true, 1]);
  },
  "length": async () => {
    const answer = await chat("length-2");
    assert.deepEqual([textOf(answer), lines(answer).at(-1).done_reason], ["This is", "length"]);
  },
  "empty-answer": async () => {
    const [only, ...more] = lines(await chat("empty-answer"));
    assert.deepEqual([more.length, only.done, only.message.content, "eval_count" in only], [0, true, "", false]);
  },
  "truncated-prompt": async () => {
    const answer = await chat("truncated-prompt", { options: { num_ctx: 2048 } });
    assert.equal(lines(answer).at(-1).prompt_eval_count, 1026);
  },
  "unicode": async () => {
    const text = textOf(await chat("unicode"));
    assert.deepEqual(["日本語", "😀", "👩‍👩‍👧", "cafe\u0301"].filter((part) => !text.includes(part)), []);
  },
  "long": async () => {
    assert.equal(lines(await chat("long-300")).at(-1).eval_count, 300);
  },
};

for (const [kind, { only, meaning }] of Object.entries(FAULTS)) {
  if (only !== undefined && !only.includes("ollama")) continue;
  test(`fault ${kind}: ${meaning}`, async () => {
    assert.ok(checks[kind] !== undefined, "every fault has a check");
    await checks[kind]?.();
  });
}

test("every fault is in the table of the README, with its meaning", () => {
  const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
  for (const [kind, { meaning }] of Object.entries(FAULTS)) {
    const row = readme.split("\n").find((line) => line.startsWith(`| \`${kind}\``) || line.startsWith(`| \`${kind}[`));
    assert.ok(row?.includes(meaning), kind);
  }
});

test("names of faults are read with their numbers, several at a time, and unknown ones are none", () => {
  assert.deepEqual(parseFaults("cut-3.bytes"), [{ kind: "cut", after: 3 }, { kind: "bytes" }]);
  assert.deepEqual(parseFaults("error-429"), [{ kind: "error-429" }]);
  assert.deepEqual(parseFaults("stall-head-250"), [{ kind: "stall-head", ms: 250 }]);
  assert.equal(parseFaults("cut.nonsense"), undefined);
  assert.equal(parseFaults("empty-body-3"), undefined);
  assert.deepEqual(splitModel("smollm2:135m"), { base: "smollm2:135m", faults: [] });
});

test("names of what every object has are no faults", () => {
  for (const name of ["toString", "constructor", "toString-3"]) assert.equal(parseFaults(name), undefined, name);
  assert.throws(() => new FaultBook().add({ always: { kind: "toString" } }), /no fault/);
});

test("a word in the prompt names faults as a tag does", () => {
  assert.deepEqual(promptFaults("Tell me, simulator:cut-3.bytes, why?"), [{ kind: "cut", after: 3 }, { kind: "bytes" }]);
  assert.deepEqual(promptFaults("simulator:error-503."), [{ kind: "error-503" }]);
  for (const prompt of ["", "simulator: cut", "my-simulator:cut", "simulator:nonsense", "simulator/text:cut"]) assert.deepEqual(promptFaults(prompt), [], prompt);
});

test("a book for one provider refuses the faults of others", () => {
  assert.throws(() => new FaultBook("ollama").add({ next: ["cut", "usage-choice"] }), /openrouter only/);
  assert.throws(() => new FaultBook("gemini").add({ always: { kind: "error-402" } }), /ollama and openai and openrouter only/);
  new FaultBook("gemini").add({ next: ["safety-2", "cut"] });
});

test("rules are for what makes a model work, Gemini's methods among it", () => {
  const book = new FaultBook();
  book.add({ always: "cut" });
  const hit = (/** @type {string} */ path) => book.take({ model: "m", path, method: "POST" }).length > 0;
  for (const path of ["/api/v1/chat/completions", "/api/v1/embeddings", "/v1beta/models/m:generateContent", "/v1beta/models/m%3Acut:streamGenerateContent", "/v1beta/models/m:batchEmbedContents"]) {
    assert.ok(hit(path), path);
  }
  for (const path of ["/api/v1/models", "/v1beta/models/m:countTokens", "/v1beta/models", "/api/v1/key"]) assert.ok(!hit(path), path);
});

test("a rule for the next requests is used up in order, then the standing one rules", () => {
  const book = new FaultBook();
  const target = { model: "simulator", path: "/api/chat", method: "POST" };
  const kinds = (/** @type {Partial<typeof target>} */ more = {}) => book.take({ ...target, ...more }).map((fault) => fault.kind);
  book.add({ next: ["cut", null, ["thinking", { kind: "stall-first", ms: 5 }]], always: "error-500" });
  assert.deepEqual(kinds({ path: "/api/tags" }), [], "only what makes a model work");
  assert.deepEqual(kinds({ method: "OPTIONS" }), []);
  assert.deepEqual([kinds(), kinds(), kinds(), kinds(), kinds()], [["cut"], [], ["thinking", "stall-first"], ["error-500"], ["error-500"]]);
  book.add({ always: null });
  assert.deepEqual(kinds(), []);
  book.add({ always: "html", forPath: "/api/tags" });
  book.add({ always: "cut", forModel: "other" });
  assert.deepEqual([kinds(), kinds({ path: "/api/tags" }), kinds({ model: "other" })], [[], ["html"], ["cut"]]);
  assert.throws(() => book.add({ next: ["cut", "nonsense"] }), /nonsense/);
  assert.deepEqual(kinds(), [], "a rule with a wrong name changes nothing");
});

test("without faults the whole answer comes, and is recorded as complete", async () => {
  const answer = await ask(simulator.port, chatRequest("simulator"));
  assert.deepEqual([textOf(answer), finished(answer), answer.complete], [ANSWER, true, true]);
  const { ended, aborted, tokensSent, bytesSent, status, headers, json } = /** @type {import("./journal.mjs").Entry} */ (simulator.requests[0]);
  assert.deepEqual([ended, aborted, status, bytesSent, headers["origin"]], ["complete", false, 200, answer.body.length, ORIGIN.Origin]);
  assert.equal(tokensSent, lines(answer).length - 1);
  assert.equal(/** @type {any} */ (json).messages[0].content, "Hi");
});

test("a client that leaves while the tokens flow stops them", async () => {
  const answer = await ask(simulator.port, chatRequest("simulator:long-5000.drip-1"), { until: (received) => received.includes('"is"') || received.includes('"h"') });
  assert.equal(answer.complete, false);
  const entry = await simulator.waitFor((one) => one.ended !== "running");
  assert.equal(entry.aborted, true);
  assert.ok(entry.tokensSent < 5000);
});

test("a body in one piece has a middle too", async () => {
  const whole = await chat("no-usage", { stream: false });
  assert.ok(whole.complete && !whole.chunked);
  for (const kind of ["reset-middle", "drop-middle"]) {
    const answer = await chat(kind, { stream: false });
    assert.deepEqual([answer.status, answer.complete, answer.body.length > 10], [200, false, true], kind);
    assert.ok(Number(header(answer, "content-length")) > answer.body.length);
  }
  for (const kind of ["bytes", "pairs", "crlf"]) assert.equal(lines(await chat(kind, { stream: false }))[0].message.content, ANSWER, kind);
  assert.deepEqual(Object.keys(lines(await chat("error-line", { stream: false }))[0]), ["error"]);
  const waiting = chat("stall-middle", { stream: false });
  await simulator.waitFor((one) => one.faults.includes("stall-middle") && one.bytesSent > 0);
  simulator.release();
  assert.equal((await waiting).complete, true);
});

test("any path can be made to fail", async () => {
  simulator.faults({ next: ["malformed", "error-500", "reset-head"], forPath: "/api/tags" });
  const tags = () => ask(simulator.port, request("GET", "/api/tags"));
  const broken = await tags();
  assert.deepEqual([broken.status, broken.complete], [200, true]);
  assert.throws(() => JSON.parse(broken.body.toString()));
  assert.equal((await tags()).status, 500);
  assert.equal((await tags()).ended, "ECONNRESET");
  assert.equal((await tags()).status, 200);
});

test("the whole server can refuse connections, and be there again on the same port", async () => {
  await simulator.refuse();
  assert.equal((await ask(simulator.port, request("GET", "/"))).ended, "ECONNREFUSED");
  await simulator.accept();
  assert.equal((await ask(simulator.port, request("GET", "/"))).status, 200);
});
