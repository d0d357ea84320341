import { GOOD_GEMINI_KEY } from "../simulator/gemini.mjs";
import { GOOD_OPENROUTER_KEY } from "../simulator/openrouter.mjs";
import { expectAccessible } from "./accessible.ts";
import { screenshot } from "./screenshot.ts";
import { ask, consoleOf, everythingStored, expect, expectNoFaults, giveKey, heldKey, keyForm, modelList, test, wholeAnswer } from "./visit.ts";

test("before a key is given nothing at all is sent to the clouds, whatever the visitor does", async ({ visit, openRouter, gemini, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url, openRouter, gemini });
  await expect(page.locator("#route-line")).toContainText("would answer");
  await ask(page, "Hello");
  await wholeAnswer(page);
  await page.getByRole("link", { name: "Models" }).click();
  await page.getByRole("button", { name: "Look again" }).click();
  await expect(modelList(page)).toContainText("ollama/");
  await page.getByRole("link", { name: "Settings" }).click();
  await keyForm(page, "Google Gemini").getByLabel("Key of Google Gemini").fill("typed and not given");
  await page.reload();
  expect(openRouter.requests).toEqual([]);
  expect(gemini.requests).toEqual([]);
});

test("a wrong key is refused in words and kept nowhere", async ({ visit, gemini, openRouter }) => {
  const planted = "AIzaPlantedAndWrong00000000000000000000";
  const page = await visit({ gemini, openRouter, view: "settings" });
  const form = keyForm(page, "Google Gemini");
  await form.getByLabel("Key of Google Gemini").fill(planted);
  await form.getByLabel("Remember it on this device").check();
  await form.getByRole("button", { name: "Check and use" }).click();
  await expect(form).toContainText(/key/i);
  await expect(form.getByLabel("Key of Google Gemini")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByRole("region", { name: "Google Gemini" })).toContainText("Off");
  await expectAccessible(page);
  const stored = await everythingStored(page);
  expect(stored).not.toContain(planted);

  const other = keyForm(page, "OpenRouter");
  await other.getByLabel("Key of OpenRouter").fill("sk-or-v1-nobody");
  await other.getByRole("button", { name: "Check and use" }).click();
  await expect(other).toContainText("It does not look like the keys of");
  expect([...gemini.requests, ...openRouter.requests].flatMap((entry) => entry.leaks)).toEqual([]);
});

test("an empty field is met with a word, and nobody is asked", async ({ visit, gemini }) => {
  const page = await visit({ gemini, view: "settings" });
  const form = keyForm(page, "Google Gemini");
  await form.getByRole("button", { name: "Check and use" }).click();
  await expect(form).toContainText("empty");
  expect(gemini.requests).toEqual([]);
});

for (const { name, provider, key } of [
  { name: "Google Gemini", provider: "gemini", key: GOOD_GEMINI_KEY },
  { name: "OpenRouter", provider: "openrouter", key: GOOD_OPENROUTER_KEY },
] as const) {
  test(`a key of ${name} is checked, remembered over a reload, used, and removed; it never lies about in the open`, async ({ visit, gemini, openRouter, loggingProxy }) => {
    const simulator = provider === "gemini" ? gemini : openRouter;
    loggingProxy.clear();
    const page = await visit({ gemini, openRouter, view: "settings" });
    await giveKey(page, name, key, { remember: true });
    const card = page.getByRole("region", { name });
    await expect(card).toContainText("takes the key.");
    await expect(card).toContainText("In use");
    await expect(heldKey(page, name)).toContainText("A key is remembered on this device, encrypted.");
    await card.scrollIntoViewIfNeeded();
    await screenshot(page, `key-of-${provider}`);

    await page.reload();
    await expect(heldKey(page, name)).toContainText("remembered");
    await heldKey(page, name).getByRole("button", { name: "Check it" }).click();
    await expect(heldKey(page, name)).toContainText("takes the key.");
    await page.getByRole("link", { name: "Chat" }).click();
    await expect(page.locator("#route-line")).toContainText(`${name}, in the cloud`);
    await ask(page, "Who are you?");
    await expect(await wholeAnswer(page)).toContainText("simulator, not a model.");

    // In the header where it belongs, and nowhere else.
    expect(simulator.requests.flatMap((entry) => entry.leaks)).toEqual([]);
    expect(await everythingStored(page)).not.toContain(key);
    expect(consoleOf(page)).not.toContain(key);
    expect(await page.content()).not.toContain(key);
    expect(page.url()).not.toContain(key);
    expect(loggingProxy.log.filter((asked) => decodeURIComponent(asked.path).includes(key))).toEqual([]);

    await page.getByRole("link", { name: "Settings" }).click();
    await heldKey(page, name).getByRole("button", { name: "Remove key" }).click();
    await expect(keyForm(page, name)).toBeVisible();
    await expect(card).toContainText("Needs a key");
    await page.reload();
    await expect(keyForm(page, name)).toBeVisible();

    await page.getByRole("button", { name: `Switch ${name} off` }).click();
    await expect(card).toContainText("Off");
    const before = simulator.requests.length;
    await page.reload();
    await page.getByRole("link", { name: "Models" }).click();
    await page.getByRole("button", { name: "Look again" }).click();
    await expect(page.getByText("No models yet.")).toBeVisible();
    expect(simulator.requests.length).toBe(before);
    expectNoFaults(page);
  });
}

test("a key for this visit outlives a change of the settings and not a reload", async ({ visit, openRouter }) => {
  const page = await visit({ openRouter, view: "settings" });
  await giveKey(page, "OpenRouter", GOOD_OPENROUTER_KEY);
  await page.getByLabel("Nobody who collects them").check();
  await expect(heldKey(page, "OpenRouter")).toContainText("until you close or reload this page");
  await page.getByRole("link", { name: "Chat" }).click();
  await ask(page, "Hello");
  await wholeAnswer(page);
  await page.reload();
  await page.getByRole("link", { name: "Settings" }).click();
  await expect(keyForm(page, "OpenRouter")).toBeVisible();
});

test("a key that is given while a server is still being asked loses none of its models", async ({ visit, openRouter, ollama }) => {
  ollama.faults({ next: ["stall-head"], forPath: "/api/tags" });
  const page = await visit({ ollamaEndpoint: ollama.url, openRouter, view: "settings" });
  await ollama.waitFor((request) => request.faults.includes("stall-head"));
  await giveKey(page, "OpenRouter", GOOD_OPENROUTER_KEY);
  await page.getByRole("link", { name: "Models" }).click();
  await expect(modelList(page)).toContainText("ollama/");
  await expect(modelList(page)).toContainText("simulator/");
  expectNoFaults(page);
});

test("what OpenRouter may pass on goes with every question", async ({ visit, openRouter }) => {
  const page = await visit({ openRouter, view: "settings" });
  await giveKey(page, "OpenRouter", GOOD_OPENROUTER_KEY);
  await page.getByLabel("Nobody who collects them").check();
  await page.getByLabel("Only those who keep nothing").check();
  await page.getByRole("link", { name: "Chat" }).click();
  await expect(page.locator("#route-line")).toContainText("OpenRouter, in the cloud");
  await ask(page, "Hello");
  const question = await openRouter.waitFor((entry) => entry.method === "POST" && entry.path.endsWith("/chat/completions"));
  expect(question.json).toMatchObject({ provider: { data_collection: "deny", zdr: true } });
});
