// The hooks in an app in Chromium, under StrictMode, and on a server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { follow } from "../../scripts/command.mjs";
import { openBrowser, runScenario, viteOf, warmUp } from "./browser.mjs";
import { freshCopy } from "./installed-package.mjs";

test("the hooks", async (suite) => {
  const app = await freshCopy(suite);
  const browser = await openBrowser(suite);
  // The development build of React: only there does StrictMode do anything, and a Profiler count.
  const server = await (await viteOf(app)).createServer({ root: app, logLevel: "error", server: { port: 0, host: "127.0.0.1" } });
  suite.after(() => server.close());
  await server.listen();
  const { origin } = new URL(server.resolvedUrls.local[0]);
  await warmUp(browser, origin);

  await suite.test("while text streams, a component commits at most once a frame and misses nothing", async () => {
    const { deltas, generation, chat } = await runScenario(browser, origin, "frames");
    for (const [name, { commits, frames, length }] of Object.entries({ generation, chat })) {
      assert.equal(length, deltas, name);
      // Two more than frames: one when it is sent, one when it is over.
      assert.ok(commits <= frames + 2, `${name}: ${commits} commits in ${frames} frames`);
      assert.ok(commits >= 3 && commits < deltas / 20, `${name}: it streams, ${commits} commits`);
    }
    assert.ok(generation.events >= deltas, `${generation.events} events`);
  });

  await suite.test("in a hidden page, where no frame comes, what streams is shown all the same", async () => {
    assert.deepEqual(await runScenario(browser, origin, "hidden"), ["ready 0", "submitted 0", "streaming 1", "streaming 2", "ready 2"]);
  });

  await suite.test("useGeneration starts, stops, fails with what was said, and cancels when it leaves", async () => {
    const outcome = await runScenario(browser, origin, "strict");
    assert.deepEqual(outcome, {
      models: "scripted/script",
      kept: true,
      failed: { error: true, text: "so far" },
      image: "error unsupported `image` is not built yet, so it cannot be honoured.",
      identities: "3",
      lists: "true true",
    });
  });

  await suite.test("useChat speaks in parts, goes on after a tool, keeps what a failure said, stops and asks again", async () => {
    const outcome = await runScenario(browser, origin, "chat");
    const text = (words) => ({ type: "text", text: words, state: "done" });
    const source = (part) => ({ ...part, sourceId: "an id" });
    assert.deepEqual(outcome.hello.parts.map((part) => (part.type === "source-url" ? source(part) : part)), [
      text("You said hello"), source({ type: "source-url", url: "https://example.org/", title: "Here" }),
    ]);
    assert.equal(outcome.receipt, "scripted/script");
    assert.deepEqual(outcome.regenerated, { roles: "user assistant", isNew: true });
    assert.deepEqual(outcome.tool.parts, [
      { type: "reasoning", text: "A tool knows.", state: "done" },
      { type: "tool-weather", toolCallId: "call-1", state: "input-available", input: { city: "Oslo" } },
    ]);
    assert.deepEqual(outcome.afterTool.asked.messages.slice(-2), [
      { role: "assistant", content: "", toolCalls: [{ id: "call-1", name: "weather", input: { city: "Oslo" } }] },
      { role: "tool", toolCallId: "call-1", content: "{\"degrees\":3}" },
    ]);
    assert.equal(outcome.afterTool.parts[0].text, "You said {\"degrees\":3}");
    assert.equal(outcome.failed.status, "error");
    assert.deepEqual(outcome.failed.parts, [text("so far")]);
    assert.deepEqual(outcome.stopped, { status: "ready", hasText: true });
    assert.equal(outcome.cleared, 0);
    assert.equal(outcome.isStable, true);
    assert.equal(outcome.system, "Be brief.");
  });

  await suite.test("a provider with options makes one mesh under StrictMode and closes it when it leaves", async () => {
    assert.deepEqual(await runScenario(browser, origin, "provider"), { meshes: 1 });
  });

  await suite.test("a server renders them", async () => {
    const { ok, stdout, stderr } = await follow(process.execPath, ["server.mjs"], { cwd: app, show: false, timeoutMs: 30_000 });
    assert.ok(ok, stderr);
    assert.deepEqual(stdout.trim().split("\n"), ["<p>0|ready|ready||ready|0|0|0</p>", "<p>0|ready|ready||ready|0|0|0</p>"]);
    assert.equal(stderr, "");
  });
});
