import type { Page } from "@playwright/test";
import { ask, chooseModel, everythingStored, expect, expectNoFaults, heldKey, test, wholeAnswer } from "./visit.ts";

const signedInKey = "sk-or-v1-simulator-signed-in-1";
const card = (page: Page) => page.getByRole("region", { name: "OpenRouter" });

test("signing in with OpenRouter goes there and comes back with a key that answers", async ({ visit, openRouter, site }) => {
  const page = await visit({ openRouter, view: "settings" });
  expect(openRouter.requests).toEqual([]);
  await card(page).getByRole("button", { name: "Sign in with OpenRouter" }).click();
  await page.getByRole("link", { name: "Go back with a simulated key" }).click();
  await expect(card(page)).toContainText("You are signed in with OpenRouter.");
  await expect(card(page)).toContainText("In use");
  // The address is as it was: no code in it, and the same view.
  expect(page.url()).toBe(`${site.localhostUrl}/#settings`);
  await expect(heldKey(page, "OpenRouter")).toContainText("until you close or reload this page");

  await page.getByRole("link", { name: "Chat" }).click();
  await chooseModel(page, "simulator/text");
  await ask(page, "Who are you?");
  await expect(await wholeAnswer(page)).toContainText("This is the OpenRouter simulator, not a model.");
  const question = await openRouter.waitFor((entry) => entry.method === "POST" && entry.path.endsWith("/chat/completions"));
  expect(question.headers.authorization).toBe(`Bearer ${signedInKey}`);
  expect(await everythingStored(page)).not.toContain(signedInKey);
  expectNoFaults(page);
});

test("who has it remembered stays signed in, with the key encrypted", async ({ visit, openRouter }) => {
  const page = await visit({ openRouter, view: "settings" });
  await card(page).getByLabel("Remember it on this device").check();
  await card(page).getByRole("button", { name: "Sign in with OpenRouter" }).click();
  await page.getByRole("link", { name: "Go back with a simulated key" }).click();
  await expect(heldKey(page, "OpenRouter")).toContainText("remembered on this device, encrypted");
  await page.reload();
  await expect(heldKey(page, "OpenRouter")).toContainText("remembered on this device, encrypted");
  expect(await everythingStored(page)).not.toContain(signedInKey);
});

test("who declines comes back to the settings, is told so, and nothing is switched on", async ({ visit, openRouter }) => {
  const page = await visit({ openRouter, view: "settings" });
  await page.route("**/auth?*", async (route) => {
    const back = new URL(route.request().url()).searchParams.get("callback_url") ?? "";
    await route.fulfill({ contentType: "text/html", body: `<!doctype html><a href="${back.replaceAll("&", "&amp;")}">Decline</a>` });
  });
  await card(page).getByRole("button", { name: "Sign in with OpenRouter" }).click();
  await page.getByRole("link", { name: "Decline" }).click();
  await expect(card(page)).toContainText("was declined");
  await expect(card(page)).toContainText("Off");
  expect(openRouter.requests).toEqual([]);
});
