import { GOOD_GEMINI_KEY } from "../simulator/gemini.mjs";
import { GOOD_OPENROUTER_KEY } from "../simulator/openrouter.mjs";
import { expectAccessible } from "./accessible.ts";
import { screenshot } from "./screenshot.ts";
import { ask, chooseModel, expect, expectNoFaults, giveKey, lastAnswer, test, wholeAnswer } from "./visit.ts";

test("a tool that the model asks for runs in the page, is shown, and the model goes on with what it gave", async ({ visit, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url });
  await page.getByRole("button", { name: "Tools" }).click();
  await expect(page.getByRole("button", { name: "Tools" })).toHaveAttribute("aria-pressed", "true");
  await expect(page.locator("#route-line")).toContainText("Only models that use tools are asked.");
  await ask(page, "Please use current_time for me.");
  const answer = await wholeAnswer(page);
  const card = answer.getByRole("region", { name: "Tool: Date and time" });
  await expect(card).toContainText("done");
  await expect(card).toContainText(/\d{4} at \d\d:\d\d:\d\d/);
  await expect(answer).toContainText("The tool said:");

  const [first, second] = ollama.requests.filter((entry) => entry.method === "POST" && entry.path === "/api/chat");
  expect(first?.json).toMatchObject({ tools: [{ function: { name: "calculate" } }, { function: { name: "current_time" } }] });
  expect(second?.json).toMatchObject({ messages: [{ role: "user" }, { role: "assistant", tool_calls: [{ function: { name: "current_time" } }] }, { role: "tool" }] });
  await expectAccessible(page);
  expectNoFaults(page);
});

test("a tool that cannot do what it is asked says why, to the visitor and to the model", async ({ visit, openRouter }) => {
  const page = await visit({ openRouter, view: "settings" });
  await giveKey(page, "OpenRouter", GOOD_OPENROUTER_KEY);
  await page.getByRole("link", { name: "Chat" }).click();
  await chooseModel(page, "simulator/text");
  await page.getByRole("button", { name: "Tools" }).click();
  await ask(page, "Call calculate and current_time.");
  const answer = await wholeAnswer(page);
  // The simulator writes words where a number should stand.
  await expect(answer.getByRole("region", { name: "Tool: Calculator" })).toContainText("is no number.");
  await expect(answer.getByRole("region", { name: "Tool: Date and time" })).toContainText("done");
  await expect(answer).toContainText("The tool said:");
  await screenshot(page, "tools");
});

test("a model that asks for tools without end is stopped with a word", async ({ visit, ollama }) => {
  ollama.faults({ always: "tools" });
  const page = await visit({ ollamaEndpoint: ollama.url });
  await page.getByRole("button", { name: "Tools" }).click();
  await ask(page, "current_time");
  await expect(lastAnswer(page)).toContainText("6 times in a row and did not come to an answer");
  expect(ollama.requests.filter((entry) => entry.method === "POST" && entry.path === "/api/chat")).toHaveLength(6);
});

for (const { name, key, model } of [
  { name: "Google Gemini", key: GOOD_GEMINI_KEY, model: "gemini-simulator-flash" },
  { name: "OpenRouter", key: GOOD_OPENROUTER_KEY, model: "simulator/text" },
] as const) {
  test(`an answer of ${name} that rests on a web search names its sources, and nothing of them is loaded`, async ({ visit, gemini, openRouter, loggingProxy }) => {
    const page = await visit({ gemini, openRouter, view: "settings" });
    await giveKey(page, name, key);
    await page.getByRole("link", { name: "Chat" }).click();
    await chooseModel(page, model);
    await page.getByRole("button", { name: "Search the web" }).click();
    await expect(page.locator("#route-line")).toContainText("Only models that search the web are asked.");
    await ask(page, "What is new?");
    const answer = await wholeAnswer(page);
    const sources = answer.getByRole("region", { name: "Sources" });
    await expect(sources.getByRole("listitem")).toHaveCount(2);
    const link = sources.getByRole("link").first();
    await expect(link).toHaveAttribute("rel", /noopener/);
    await expect(link).toHaveAttribute("target", "_blank");
    await expect(sources.getByRole("listitem").first()).toContainText(/simulator\.example|google/);
    await expect(answer.locator("img")).toHaveCount(0);
    expect(loggingProxy.log.filter(({ host }) => host.endsWith(".example"))).toEqual([]);
    await expectAccessible(page);
    await screenshot(page, `sources-of-${name === "OpenRouter" ? "openrouter" : "gemini"}`);
  });
}

test("what a model thought is there, folded, and is not part of the answer", async ({ visit, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url });
  await chooseModel(page, "simulator-thinking");
  ollama.faults({ always: "thinking" });
  await ask(page, "Think.");
  const answer = await wholeAnswer(page);
  const thought = answer.locator("details").filter({ hasText: "What it thought" });
  await expect(thought.locator("p")).toBeHidden();
  await thought.getByText("What it thought").click();
  await expect(thought.locator("p")).toBeVisible();
  await answer.getByRole("button", { name: "Copy the answer" }).click();
  await expect(page.getByRole("status")).toHaveText("The answer is copied.");
  const thoughtText = (await thought.locator("p").textContent()) ?? "";
  expect(thoughtText.length).toBeGreaterThan(5);
  expect(await page.evaluate(() => navigator.clipboard.readText())).not.toContain(thoughtText);
});
