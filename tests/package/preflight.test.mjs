// A browser asks a server for its permission before a request with JSON; what was given for a while is not asked for again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startOllamaSimulator } from "../simulator/ollama.mjs";
import { openLab } from "./lab.mjs";

test("a server is asked for its permission once, not before every question", async (t) => {
  const lab = await openLab(t);
  const simulator = await startOllamaSimulator();
  t.after(() => simulator.close());
  const { page } = await lab.visit(t);
  const texts = await page.evaluate(async (endpoint) => {
    const mesh = globalThis.hkm.createMesh({ storage: "memory", providers: { ollama: { endpoint } } });
    try {
      const answers = [];
      for (const prompt of ["one", "two", "three"]) answers.push(await mesh.generate({ model: "ollama/simulator", prompt }).text);
      return answers;
    } finally {
      await mesh.close();
    }
  }, simulator.url);
  assert.ok(texts.length === 3 && texts.every((text) => text.length > 0));
  const asked = simulator.requests.filter(({ path }) => path === "/api/chat").map(({ method }) => method);
  assert.deepEqual(asked, ["OPTIONS", "POST", "POST", "POST"]);
});
