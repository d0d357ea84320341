// Long requests of several tabs to one local server: four at a time, the others see their place, and control goes through.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startOllamaSimulator } from "../simulator/ollama.mjs";
import { openLab } from "./lab.mjs";
import { appWithPlantedPanic } from "./planted-panic.mjs";

const isChat = ({ method, path }) => method === "POST" && path === "/api/chat";
const isRunning = (entry) => isChat(entry) && entry.ended === "running";

/** A simulated Ollama, and the most chats it saw at once. */
async function startServer(t) {
  const simulator = await startOllamaSimulator();
  const server = { simulator, most: 0, isOver: false };
  // Looked at with every step of every request.
  const watching = simulator.waitFor(() => {
    server.most = Math.max(server.most, simulator.requests.filter(isRunning).length);
    return server.isOver;
  }, { timeoutMs: 120_000 });
  t.after(async () => {
    server.isOver = true;
    await fetch(`${simulator.url}/api/version`);
    await watching;
    await simulator.close();
  });
  return server;
}

/** Makes the page's mesh, which knows the server's models. */
const open = (page, endpoint) => page.evaluate(async (url) => {
  globalThis.asked = [];
  globalThis.mesh = globalThis.hkm.createMesh({ name: "tabs", cache: false, policy: { fallback: false }, providers: { ollama: { endpoint: url }, comfyui: { disabled: true } } });
  await globalThis.mesh.discover();
}, endpoint);

/** Starts generations; what they say is written down in the page. */
const start = (page, count, request = {}) => page.evaluate(({ count, request }) => {
  for (let number = 0; number < count; number += 1) {
    const generation = globalThis.mesh.generate({ prompt: "Count slowly.", model: "ollama/simulator", ...request });
    const one = { generation, positions: [], text: "", end: undefined };
    globalThis.asked.push(one);
    void (async () => {
      try {
        for await (const event of generation) {
          if (event.type === "queue") one.positions.push(event.position);
          if (event.type === "text-delta") one.text += event.text;
        }
        one.end = "ok";
      } catch (error) {
        one.end = error.code;
      }
    })();
  }
}, { count, request });

/** Waits until what is written down satisfies this: a list of `{ positions, text, end }`. */
async function until(page, condition) {
  const source = condition.toString();
  await page.waitForFunction((source) => (0, eval)(`(${source})`)(globalThis.asked), source, { timeout: 20_000, polling: 50 });
}

test("long requests of several tabs", async (suite) => {
  const lab = await openLab(suite);

  /** Tabs of one visitor, each with a mesh. */
  async function tabs(t, count, endpoint) {
    const { context, page } = await lab.visit(t);
    const pages = [page];
    while (pages.length < count) {
      const next = await context.newPage();
      await next.goto(page.url());
      await next.evaluate(() => globalThis.outcome);
      pages.push(next);
    }
    for (const each of pages) await open(each, endpoint);
    return pages;
  }

  await suite.test("four run, the others see their place, lists are told meanwhile, and a tab that is closed makes room", async (t) => {
    const server = await startServer(t);
    const { simulator } = server;
    simulator.faults({ always: "stall-middle-3" });
    const [one, other] = await tabs(t, 2, simulator.url);
    await start(one, 3);
    await until(one, (asked) => asked.every(({ text }) => text !== ""));
    await start(other, 1);
    await until(other, (asked) => asked[0].text !== "");
    await start(other, 2);
    await until(other, (asked) => asked[1].positions.at(-1) === 1 && asked[2].positions.at(-1) === 2);
    assert.equal(simulator.requests.filter(isChat).length, 4);
    const queue = await other.evaluate(() => globalThis.mesh.queue.get().map(({ state, position = 0 }) => [position, state]));
    assert.deepEqual(queue.sort(), [[0, "running"], [1, "waiting"], [2, "waiting"]]);

    const lists = simulator.requests.filter(({ path }) => path === "/api/tags").length;
    for (const page of [one, other]) {
      const report = await page.evaluate(() => globalThis.mesh.discover());
      assert.equal(report.providers[0].ok, true);
    }
    assert.equal(simulator.requests.filter(({ path }) => path === "/api/tags").length, lists + 2);
    // Who gives up its place lets the one behind it come forward, and its server never hears of it.
    await other.evaluate(() => globalThis.asked[1].generation.cancel());
    await until(other, (asked) => asked[2].positions.at(-1) === 1);
    assert.equal(simulator.requests.filter(isRunning).length, 4);
    assert.equal(server.most, 4);

    await one.close();
    await until(other, (asked) => asked[2].text !== "");
    assert.deepEqual(await other.evaluate(() => globalThis.asked.map(({ positions }) => positions)), [[], [1], [2, 1, 0]]);
    simulator.faults({ always: null });
    simulator.release();
    await until(other, (asked) => asked[0].end === "ok" && asked[2].end === "ok");
    assert.equal(simulator.requests.filter(isChat).length, 5);
  });

  await suite.test("many of two tabs are answered, never more than four at once", async (t) => {
    const server = await startServer(t);
    const { simulator } = server;
    const pages = await tabs(t, 2, simulator.url);
    // The first four take until all are there, however quick the machine is.
    simulator.faults({ next: ["stall-first", "stall-first", "stall-first", "stall-first"] });
    for (const page of pages) await start(page, 8);
    await simulator.waitFor(() => simulator.requests.filter(isRunning).length === 4);
    // More than once: the fourth is there a moment before it stalls.
    const releasing = setInterval(() => simulator.release(), 50);
    t.after(() => clearInterval(releasing));
    for (const page of pages) await until(page, (asked) => asked.every(({ end }) => end === "ok"));
    assert.equal(simulator.requests.filter(isChat).length, 16);
    assert.equal(server.most, 4);
  });
});

test("after a panic nothing is held and nothing waits", async (t) => {
  const { visit } = await openLab(t, { copy: appWithPlantedPanic });
  const { simulator } = await startServer(t);
  const { page } = await visit(t);
  await open(page, simulator.url);
  // Three that take long, one that waits for a word to panic at.
  simulator.faults({ next: [["drip", "long-400"], ["drip", "long-400"], ["drip", "long-400"], "stall-first"] });
  await start(page, 3);
  await until(page, (asked) => asked.every(({ text }) => text !== ""));
  await start(page, 1, { system: "planted-panic" });
  await simulator.waitFor((entry) => entry.faults.includes("stall-first"));
  await start(page, 1);
  await until(page, (asked) => asked[4].positions.at(-1) === 1);
  simulator.release();
  await until(page, (asked) => asked.every(({ end }) => end !== undefined));
  const left = await page.evaluate(async () => {
    const { held, pending } = await navigator.locks.query();
    return [...held, ...pending].map(({ name }) => name);
  });
  assert.deepEqual(left, []);
  await start(page, 1);
  await until(page, (asked) => asked[5].end === "ok");
});
