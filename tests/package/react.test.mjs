// The hooks in an app in Chromium, under StrictMode, and on a server.
/* global document -- of the page that the test drives */
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
      image: "error no-model The only model that is known may not answer this request.",
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

  await suite.test("useChat answers tools by itself, waits for those of the page, and ends where a model goes on for ever", async () => {
    const { answered, tooMany, stopped, manual, early, held, goneOn, files, opaque } = await runScenario(browser, origin, "tools", { allowErrors: true });
    const call = (id, name) => ({ id, name, input: { city: "Oslo" } });
    const calls = [call("call-1", "weather"), call("call-2", "clock")];
    assert.deepEqual(answered.called, calls.map(({ id, name, input }) => ({ toolCallId: id, toolName: name, input })));
    assert.deepEqual(answered.asked.slice(1), [
      { role: "assistant", content: "Let me look.", toolCalls: calls },
      { role: "tool", toolCallId: "call-1", content: "{\"degrees\":3}" },
      { role: "tool", toolCallId: "call-2", content: "no clock here" },
    ]);
    assert.deepEqual(answered.messages.map(({ role }) => role), ["user", "assistant", "assistant"]);
    assert.deepEqual(answered.messages[1].parts.slice(1).map(({ state }) => state), ["output-available", "output-error"]);
    assert.equal(answered.messages[2].parts[0].text, "Done: no clock here");
    assert.ok(answered.statuses.includes("submitted"), answered.statuses.join(" "));
    assert.deepEqual(tooMany, { asked: 3, status: "error", code: "bad-output", message: "The model asked for tools 3 times in a row." });
    assert.deepEqual(stopped, { busy: "submitted", status: "ready", aborted: true, state: "input-available", asked: 1 });
    assert.deepEqual(manual.waiting, { status: "ready", asked: 1 });
    assert.deepEqual([manual.unknown, manual.twice], ["invalid-request", "invalid-request"]);
    assert.deepEqual(manual.asked.slice(2), [{ role: "tool", toolCallId: "call-1", content: "warm" }, { role: "tool", toolCallId: "call-2", content: "broken" }]);
    assert.equal(manual.last[0].text, "Done: broken");
    assert.deepEqual(early.asked.at(-1), { role: "tool", toolCallId: "call-early", content: "early" });
    assert.equal(early.last[0].text, "Done: early");
    assert.deepEqual([held, goneOn], [{ asked: 1, status: "ready" }, 2]);

    const [picture, words] = files.chosen.message;
    assert.deepEqual({ ...picture, url: picture.url.slice(0, 22) }, { type: "file", mediaType: "image/png", url: "data:image/png;base64,", filename: "dot.png" });
    assert.deepEqual(words, { type: "text", text: "look" });
    assert.deepEqual(files.chosen.asked, [{ role: "user", content: [{ type: "file", mediaType: "image/png", data: picture.url, name: "dot.png" }, { type: "text", text: "look" }] }]);
    assert.deepEqual(files.blob, { isBlob: true, size: files.blob.whole, whole: files.blob.whole });
    assert.equal(files.untyped[0].mediaType, "image/png");
    assert.deepEqual(files.revoked, { status: "error", code: "invalid-request", message: "A file of the message could not be read." });
    assert.deepEqual(files.noType, { status: "error", code: "invalid-request", messages: 0 });

    assert.deepEqual(opaque.slice(1, 4), [
      { role: "assistant", content: "hello", toolCalls: [{ id: "1", name: "weather", input: {}, opaque: "of the call" }], opaque: { signature: "abc" } },
      { role: "tool", toolCallId: "1", content: "1" },
      { role: "assistant", content: "half" },
    ]);
  });

  await suite.test("useGeneration shows the object of a schema as it grows", async () => {
    const objects = await runScenario(browser, origin, "objects");
    assert.deepEqual(objects.at(-1), { city: "Oslo", degrees: 3 });
    assert.ok(objects.length > 1, JSON.stringify(objects));
    for (const { city } of objects) assert.ok("Oslo".startsWith(city));
  });

  await suite.test("usePending lists what a reload cut off until it is gone on with or discarded", async (t) => {
    const context = await browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    const arrive = async () => {
      await page.goto(`${origin}/?scenario=pending`);
      await page.evaluate(() => globalThis.outcome);
    };
    const shows = (selector, least) => page.waitForFunction(([which, length]) => document.querySelector(which)?.textContent.length >= length, [selector, least]);
    const press = (id) => page.evaluate((which) => { document.getElementById(which).click(); }, id);
    const empty = () => page.waitForFunction(() => document.querySelector("#pending").children.length === 0);
    await arrive();
    await press("start");
    await shows("#text", 50);
    const shown = await page.textContent("#text");
    await arrive();
    await shows("#pending .shown", shown.length);
    assert.ok((await page.textContent("#pending .shown")).startsWith(shown));
    await press("resume");
    await empty();
    await shows("#text", shown.length);
    assert.ok((await page.textContent("#text")).startsWith(shown));
    // Cut off once more; now it is wanted no more.
    await arrive();
    await shows("#pending .shown", shown.length);
    await press("discard");
    await empty();
    await arrive();
    assert.deepEqual(await page.evaluate(() => globalThis.mesh.pending()), []);
  });

  await suite.test("a provider with options makes one mesh under StrictMode and closes it when it leaves", async () => {
    assert.deepEqual(await runScenario(browser, origin, "provider"), { meshes: 1 });
  });

  await suite.test("a server renders them", async () => {
    const { ok, stdout, stderr } = await follow(process.execPath, ["server.mjs"], { cwd: app, show: false, timeoutMs: 30_000 });
    assert.ok(ok, stderr);
    assert.deepEqual(stdout.trim().split("\n"), ["<p>0|ready|ready||ready|0|0|0|0</p>", "<p>0|ready|ready||ready|0|0|0|0</p>"]);
    assert.equal(stderr, "");
  });
});
