import { GOOD_OPENROUTER_KEY } from "../simulator/openrouter.mjs";
import { expectAccessible } from "./accessible.ts";
import { screenshot } from "./screenshot.ts";
import { expect, giveKey, test } from "./visit.ts";

test("as one types, the line says which model would answer, where, for how much and how soon; opened, how all others came off", async ({ visit, openRouter, ollama }) => {
  openRouter.setCatalogue(1000);
  const page = await visit({ ollamaEndpoint: ollama.url, openRouter, view: "settings" });
  await giveKey(page, "OpenRouter", GOOD_OPENROUTER_KEY);
  await page.getByRole("link", { name: "Chat" }).click();
  const line = page.locator("#route-line");
  await expect(line).toContainText(/would answer: .+, (free|about \$[\d.]+|cost unknown), first words (within a second|after about [\d.]+ s)\./);

  const why = page.getByRole("button", { name: "Why this model" });
  await expect(why).toHaveAttribute("aria-expanded", "false");
  await expect(page.getByRole("list", { name: "Best models" })).toHaveCount(0);
  await why.click();
  const best = page.getByRole("list", { name: "Best models" });
  await expect(best.getByRole("listitem")).toHaveCount(5);
  await expect(best.getByRole("listitem").first()).toContainText(/\d+ in all · quality \d+ · cost \d+ · speed \d+ · nearness \d+/);
  await expectAccessible(page);
  await screenshot(page, "how-it-is-chosen");

  // Its words follow what is asked: cloud models are left out, all of them with one sentence.
  await page.getByText("Privacy", { exact: true }).click();
  const left = page.getByRole("list", { name: "Left out" });
  await expect(left).toContainText(/10\d\d models: What is said must stay on this machine/);
  await expect(line).toContainText("on this machine, free");

  // Typing goes on while a thousand models are explained at every frame.
  await page.getByLabel("Your question").pressSequentially("Which colours has the light of a prism?", { delay: 0 });
  await expect(page.getByLabel("Your question")).toHaveValue("Which colours has the light of a prism?");
  await expect(best.getByRole("listitem").first()).toBeVisible();
});

test("what is being written stays when the visitor looks elsewhere", async ({ visit }) => {
  const page = await visit();
  await page.getByLabel("Your question").fill("Half a question");
  await page.getByRole("link", { name: "Models" }).click();
  await page.getByRole("link", { name: "Chat" }).click();
  await expect(page.getByLabel("Your question")).toHaveValue("Half a question");
});
