import { expectAccessible } from "./accessible.ts";
import { ask, expect, test, wholeAnswer } from "./visit.ts";

test("the same question is answered from what is kept, asked again when that is wanted, and forgotten in the settings", async ({ visit, openAI }) => {
  const asked = () => openAI.requests.filter((entry) => entry.method === "POST" && entry.path.endsWith("/chat/completions")).length;
  const page = await visit({ servers: [{ name: "mine", endpoint: `${openAI.url}/v1`, locality: "device" }] });
  await ask(page, "Why is the sky blue?");
  await wholeAnswer(page);
  expect(asked()).toBe(1);

  await page.reload();
  await ask(page, "  Why is the sky blue? ");
  await wholeAnswer(page);
  await expect(page.getByRole("list", { name: "Facts about this answer" })).toContainText("kept from before");
  await expect(page.getByText("The answer to the same request was kept.")).toBeVisible();
  expect(asked()).toBe(1);

  await page.getByRole("button", { name: "Answer again" }).click();
  await wholeAnswer(page);
  await expect(page.getByRole("list", { name: "Facts about this answer" })).not.toContainText("kept from before");
  expect(asked()).toBe(2);

  await page.getByRole("link", { name: "Settings" }).click();
  await expect(page.getByText(/^1 answer is kept for a day with its question, unencrypted/)).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Forget them" }).click();
  await expect(page.getByText(/^No answers are kept\./)).toBeVisible();
  await page.reload();
  await page.getByRole("link", { name: "Chat" }).click();
  await ask(page, "Why is the sky blue?");
  await wholeAnswer(page);
  expect(asked()).toBe(3);
});
