// What an answer cost that was stopped at OpenRouter, in Chromium against its simulator: guessed at once, and settled from the
// simulator's record, which is not there yet at the first question.
import assert from "node:assert/strict";
import { test } from "node:test";
import { GOOD_OPENROUTER_KEY, startOpenRouterSimulator } from "../simulator/openrouter.mjs";
import { openLab } from "./lab.mjs";

const isRecord = ({ method, path }) => method === "GET" && path === "/api/v1/generation";

test("costs", async (suite) => {
  const lab = await openLab(suite);

  /** A page that stopped an answer in the middle of it. */
  async function stopped(t, rule) {
    const simulator = await startOpenRouterSimulator();
    t.after(() => simulator.close());
    if (rule) simulator.faults(rule);
    simulator.faults({ forPath: "/api/v1/chat/completions", always: ["drip", "long-400"] });
    const { page } = await lab.visit(t);
    await page.evaluate(async ([endpoint, apiKey]) => {
      globalThis.mesh = globalThis.hkm.createMesh({ name: "costs", providers: { ollama: { disabled: true }, comfyui: { disabled: true }, openrouter: { endpoint, apiKey } } });
      globalThis.recent = () => globalThis.mesh.metrics.recent(1)[0];
      const generation = globalThis.mesh.generate({ prompt: "Write at length.", model: "openrouter/simulator/text" });
      try {
        for await (const event of generation) if (event.type === "text-delta") generation.cancel();
      } catch { /* It was cancelled. */ }
    }, [simulator.apiUrl, GOOD_OPENROUTER_KEY]);
    await page.waitForFunction(() => globalThis.recent() !== undefined);
    return { page, simulator };
  }
  const measured = (page) => page.evaluate(() => ({ recent: globalThis.recent(), total: globalThis.mesh.metrics.report().total }));

  await suite.test("an answer that was stopped is settled from the provider's record, once", async (t) => {
    const { page, simulator } = await stopped(t);
    const { recent } = await measured(page);
    assert.deepEqual([recent.cancelled, recent.costKind, recent.usage.estimated], [true, "estimated", true]);
    await page.waitForFunction(() => globalThis.recent().costKind === "billed");
    const asked = simulator.requests.filter(isRecord);
    assert.equal(asked.length, 2, "late at first");
    assert.ok(asked.every(({ leaks }) => leaks.length === 0), JSON.stringify(asked));
    const response = await fetch(`${simulator.apiUrl}/generation${new URL(`http://simulator${asked[0].path}?${asked[0].query}`).search}`, { headers: { Authorization: `Bearer ${GOOD_OPENROUTER_KEY}` } });
    const { data } = await response.json();
    const settled = await measured(page);
    assert.ok(data.total_cost > recent.cost, "it bills on after a stop");
    assert.deepEqual([settled.recent.cost, settled.recent.tokens], [data.total_cost, data.native_tokens_prompt + data.native_tokens_completion]);
    assert.deepEqual(settled.total.costCounts, { billed: data.total_cost, computed: 0, estimated: 0 });
    assert.deepEqual([settled.total.tokens, settled.total.attempts, settled.total.requests], [settled.recent.tokens, 1, 1]);
  });

  await suite.test("where the record cannot be had the guess stands, and says that it is one", async (t) => {
    const { page, simulator } = await stopped(t, { forPath: "/api/v1/generation", always: "error-500" });
    const { recent } = await measured(page);
    await simulator.waitFor(() => simulator.requests.filter((entry) => isRecord(entry) && entry.ended === "complete").length === 2, { timeoutMs: 20_000 });
    const later = await measured(page);
    assert.deepEqual(later.recent, recent);
    assert.deepEqual([later.recent.costKind, later.total.costCounts.estimated], ["estimated", recent.cost]);
  });
});
