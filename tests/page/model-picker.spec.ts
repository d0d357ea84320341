import type { Page } from "@playwright/test";
import { GOOD_OPENROUTER_KEY } from "../simulator/openrouter.mjs";
import { expectAccessible } from "./accessible.ts";
import { screenshot } from "./screenshot.ts";
import { ask, chooseModel, expect, expectNoFaults, giveKey, keyForm, modelList, test, wholeAnswer } from "./visit.ts";

const option = (page: Page, name: string | RegExp) => modelList(page).getByRole("option").filter({ hasText: name });

async function openPicker(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Model: / }).click();
  await expect(page.getByLabel("Search models")).toBeFocused();
}

/** The prices of the rows in sight: three parts read to one part written, as the list orders them. */
async function pricesShown(page: Page): Promise<number[]> {
  const texts = await modelList(page).getByRole("option").filter({ hasText: "$" }).allTextContents();
  return texts.map((text) => {
    const [, input, output] = /\$([\d.]+) in, \$([\d.]+) out/.exec(text) ?? [];
    return 3 * Number(input) + Number(output);
  });
}

const isSorted = (values: readonly number[]) => values.length > 3 && values.every((value, index) => index === 0 || value >= (values[index - 1] ?? Infinity));

test("800 models: found by words, filtered, ordered, chosen by keys alone, and the chosen one answers", async ({ visit, openRouter, ollama }) => {
  openRouter.setCatalogue(800);
  const page = await visit({ ollamaEndpoint: ollama.url, openRouter, view: "settings" });
  await giveKey(page, "OpenRouter", GOOD_OPENROUTER_KEY);
  await page.getByRole("link", { name: "Chat" }).click();
  await openPicker(page);
  const dialog = page.getByRole("dialog", { name: "Choose a model" });
  await expect(dialog).toContainText(/8\d\d models/);
  // Of all these only the rows in sight are there, however many there are.
  const options = modelList(page).getByRole("option");
  await expect(options.first()).toHaveAttribute("aria-setsize", /8\d\d/);
  expect(await options.count()).toBeLessThan(30);
  await screenshot(page, "model-picker");
  await expectAccessible(page);

  await dialog.getByLabel("Where the model runs").selectOption("device");
  await expect(dialog).toContainText(/4 of 8\d\d models/);
  await dialog.getByLabel("Where the model runs").selectOption("any");
  await dialog.getByLabel("Provider").selectOption("openrouter");
  await dialog.getByLabel("Price").selectOption("paid");
  await dialog.getByLabel("Ability").selectOption("vision");
  await dialog.getByLabel("Order").selectOption("price");
  await expect.poll(async () => isSorted(await pricesShown(page))).toBe(true);
  await dialog.getByLabel("Order").selectOption("name");
  await dialog.getByLabel("Price").selectOption("any");
  await dialog.getByLabel("Ability").selectOption("any");

  const search = page.getByLabel("Search models");
  await search.fill("MEADOW huge");
  await expect(options.first()).toContainText("Simulated Meadow: Model");
  await search.press("ArrowDown");
  await search.press("ArrowDown");
  const active = page.locator(`[id="${(await search.getAttribute("aria-activedescendant")) ?? ""}"]`);
  await expect(active).toHaveAttribute("aria-posinset", "3");
  const address = /openrouter\/(\S+huge(?::free)?)/.exec((await active.textContent()) ?? "")?.[1] ?? "";
  await search.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("button", { name: /^Model: Simulated Meadow/ })).toBeFocused();

  await ask(page, "Who are you?");
  await expect(await wholeAnswer(page)).toContainText("This is the OpenRouter simulator, not a model.");
  const question = await openRouter.waitFor((entry) => entry.method === "POST" && entry.path.endsWith("/chat/completions"));
  expect(question.model).toBe(address);
  expectNoFaults(page);
});

test("a cloud that waits for its key shows its models of the built-in catalogue, the last one too, and is not asked", async ({ visit, openRouter }) => {
  const page = await visit({ openRouter, cloudsOn: true });
  await openPicker(page);
  const search = page.getByLabel("Search models");
  await expect(page.getByRole("dialog")).toContainText(/\d\d\d models/);
  await search.press("Control+End");
  const last = modelList(page).locator("[data-active]");
  await expect(last).toBeInViewport();
  expect(await last.getAttribute("aria-posinset")).toBe(await last.getAttribute("aria-setsize"));
  await search.press("Control+Home");
  await expect(option(page, "Any model")).toBeInViewport();
  await search.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  expect(openRouter.requests).toEqual([]);
});

test("a row tells price and who says so, context, abilities and place", async ({ visit, openRouter }) => {
  const page = await visit({ openRouter, view: "settings" });
  await giveKey(page, "OpenRouter", GOOD_OPENROUTER_KEY);
  await page.getByRole("link", { name: "Models" }).click();
  await page.getByLabel("Search models").fill("simulator/vision");
  const row = option(page, "openrouter/simulator/vision");
  await expect(row).toContainText("$0.30 in, $2.50 out per million tokens (listed by OpenRouter)");
  await expect(row).toContainText("OpenRouter · Cloud");
  await expect(row).toContainText(/reads \d+k tokens/);
  await expect(row).toContainText("images");
  await page.getByLabel("Search models").fill("text:free");
  await expect(option(page, "simulator/text:free")).toContainText("Free (listed by OpenRouter)");
});

test("before Gemini answered, prices come from the built-in catalogue and say so", async ({ visit, gemini }) => {
  const page = await visit({ gemini, cloudsOn: true, view: "models" });
  await page.getByLabel("Search models").fill("gemini-2.5-flash");
  const row = modelList(page).getByRole("option").first();
  await expect(row).toContainText("out per million tokens (from the built-in catalogue of 10 Nov 2026)");
  await expect(row).toContainText("Google Gemini answers only with a key of yours. Add a key");
});

test("a model without a key leads to the field for it, and is ready afterwards", async ({ visit, openRouter }) => {
  const page = await visit({ openRouter, cloudsOn: true });
  await openPicker(page);
  await expect(modelList(page).getByRole("option").nth(1)).toContainText("Needs a key");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Back to the models" })).toBeFocused();
  await expectAccessible(page);
  await giveKeyHere(page);
  await page.getByLabel("Search models").fill("simulator/vision");
  const row = option(page, "openrouter/simulator/vision");
  await expect(row).toContainText("Ready");
  await row.click();
  await expect(page.getByRole("button", { name: /^Model: .*Vision/i })).toBeVisible();
});

async function giveKeyHere(page: Page): Promise<void> {
  const form = keyForm(page, "OpenRouter");
  await form.getByLabel("Key of OpenRouter").fill(GOOD_OPENROUTER_KEY);
  await form.getByRole("button", { name: "Check and use" }).click();
  await expect(page.getByLabel("Search models")).toBeVisible();
}

test("a model whose server went away leads to what is wrong with it", async ({ visit, openAI }) => {
  const page = await visit({ servers: [{ name: "mine", endpoint: `${openAI.url}/v1`, locality: "device" }], view: "models" });
  await expect(modelList(page)).toContainText("mine/");
  await openAI.close();
  await page.getByRole("button", { name: "Look again" }).click();
  const row = option(page, "mine/").first();
  await expect(row).toContainText("No answer");
  await expect(row).toContainText("Find out why");
  await row.click();
  await expect(page.getByRole("region", { name: "mine: what is wrong" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Back to the models" }).click();
  await expect(modelList(page)).toBeVisible();
});

test("a model that does not fit the question says why in the mesh's words, and cannot be chosen", async ({ visit, openRouter, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url, openRouter, view: "settings" });
  await giveKey(page, "OpenRouter", GOOD_OPENROUTER_KEY);
  await page.getByRole("link", { name: "Chat" }).click();
  await page.getByText("Privacy", { exact: true }).click();
  await openPicker(page);
  await page.getByLabel("Search models").fill("simulator/vision");
  const row = option(page, "simulator/vision");
  await expect(row).toContainText("Does not fit");
  await expect(row).toContainText("must stay on this machine");
  await expect(row).toHaveAttribute("aria-disabled", "true");
  await row.click({ force: true });
  await expect(page.getByRole("dialog")).toBeVisible();
});

test("models on this machine say whether they are in memory or have to be loaded", async ({ visit, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url });
  await chooseModel(page, "simulator-tools");
  await ask(page, "Load yourself.");
  await wholeAnswer(page);
  await page.getByRole("link", { name: "Models" }).click();
  await page.getByRole("button", { name: "Look again" }).click();
  await expect(option(page, "ollama/simulator-tools")).toContainText("In memory");
  await expect(option(page, "ollama/simulator-vision")).toContainText(/Has to load, about \d+ s/);
  await expect(option(page, "ollama/simulator-vision")).toContainText("Free (runs on your own machine)");
});

test("the view of models is the same list, filtered by words and place, and chooses for the chat", async ({ visit, ollama, openAI }) => {
  const page = await visit({ ollamaEndpoint: ollama.url, servers: [{ name: "far", endpoint: `${openAI.url}/v1`, locality: "cloud" }], view: "models" });
  const list = modelList(page);
  await expect(list).toContainText("far/");
  await expect(list).toContainText("ollama/");
  await page.getByLabel("Search models").fill("vision");
  await expect(list).toContainText("simulator-vision");
  await expect(list).not.toContainText("simulator-tools");
  await page.getByLabel("Search models").fill("");
  await page.getByLabel("Where the model runs").selectOption("cloud");
  await expect(list).not.toContainText("ollama/");
  await expect(list).toContainText("far/");
  await page.getByLabel("Search models").fill("nothing like this");
  await expect(page.getByText("No model fits this search.")).toBeVisible();
  await page.getByLabel("Where the model runs").selectOption("any");
  await page.getByLabel("Search models").fill("simulator-vision");
  await option(page, "ollama/simulator-vision").click();
  await expect(page.getByRole("button", { name: "Model: simulator-vision" })).toBeVisible();
});

test("on a narrow screen the filters wait behind a button and the list fills the screen", async ({ visit, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url, viewport: { width: 360, height: 740 } });
  await openPicker(page);
  await expect(page.getByLabel("Price")).toBeHidden();
  await page.getByRole("button", { name: "Filter and sort" }).click();
  await page.getByLabel("Ability").selectOption("vision");
  await expect(page.getByRole("button", { name: "Filter and sort (1)" })).toBeVisible();
  await expect(modelList(page).getByRole("option")).toHaveCount(2);
  await screenshot(page, "model-picker-narrow");
});
