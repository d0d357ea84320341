import { startOpenAISimulator } from "../simulator/openai.mjs";
import { GOOD_OPENROUTER_KEY } from "../simulator/openrouter.mjs";
import { expectAccessible } from "./accessible.ts";
import { screenshot } from "./screenshot.ts";
import { ask, expect, giveKey, lastAnswer, modelList, test } from "./visit.ts";

const viewport = { width: 1280, height: 1240 };

test("a server that is asked by the wrong scheme is found, and used at a click", async ({ visit, openAI }) => {
  const endpoint = openAI.url.replace("http:", "https:");
  const page = await visit({ servers: [{ name: "studio", endpoint, locality: "device" }], view: "models", viewport });
  await page.getByRole("button", { name: "Look again" }).click();
  const row = page.getByRole("list", { name: "Servers" }).getByRole("listitem").filter({ hasText: "studio" });
  await row.getByRole("button", { name: "Find out why" }).click();
  const panel = row.getByRole("region", { name: "studio: what is wrong" });
  await expect(panel).toContainText("The server speaks http, not https.");
  await panel.getByText("What was tried").click();
  await expect(panel).toContainText("the browser reports a network error");
  await expectAccessible(page);
  await panel.scrollIntoViewIfNeeded();
  await screenshot(page, "server-at-another-address");
  await panel.getByRole("button", { name: /^Use http:/ }).click();
  await expect(panel).toContainText("studio answers.");
  await expect(modelList(page)).toContainText("studio/");
});

test("a cloud without a key is mended in the panel", async ({ visit, openRouter }) => {
  const page = await visit({ openRouter, cloudsOn: true, view: "models", viewport });
  await page.getByRole("button", { name: "Look again" }).click();
  const row = page.getByRole("list", { name: "Servers" }).getByRole("listitem").filter({ hasText: "OpenRouter" });
  await row.getByRole("button", { name: "Find out why" }).click();
  const panel = row.getByRole("region", { name: "OpenRouter: what is wrong" });
  await expect(panel).toContainText("OpenRouter wants a key, and none was given.");
  await giveKey(page, "OpenRouter", GOOD_OPENROUTER_KEY);
  await expect(panel).toContainText("OpenRouter answers.");
});

test("an answer that failed leads to the cause and the line to run", async ({ visit }) => {
  const simulator = await startOpenAISimulator();
  const page = await visit({ servers: [{ name: "studio", endpoint: simulator.url, locality: "device" }], viewport });
  await expect(page.locator("#route-line")).toContainText("would answer");
  await simulator.close();
  await ask(page, "Are you there?");
  const answer = lastAnswer(page);
  await answer.getByRole("button", { name: "Find out why" }).click();
  const panel = answer.getByRole("region", { name: "studio: what is wrong" });
  await expect(panel).toContainText(`studio at ${simulator.url}/v1 is not running.`, { timeout: 15_000 });
  await expect(panel.getByText(`llama-server -m MODEL.gguf --port ${new URL(simulator.url).port}`)).toBeVisible();
  await screenshot(page, "server-not-running");
});
