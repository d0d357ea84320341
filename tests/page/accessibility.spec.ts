import { GOOD_OPENROUTER_KEY } from "../simulator/openrouter.mjs";
import { expectAccessible, expectNoSidewaysScroll } from "./accessible.ts";
import { screenshot } from "./screenshot.ts";
import { ask, expect, expectNoFaults, giveKey, modelList, test, wholeAnswer } from "./visit.ts";

for (const colorScheme of ["light", "dark"] as const) {
  test(`every view passes axe in ${colorScheme}`, async ({ visit, ollama }) => {
    ollama.setOrigins({ defaults: false });
    const page = await visit({ ollamaEndpoint: ollama.url, colorScheme });
    const card = page.getByRole("region", { name: "Ollama", exact: true });
    await expect(card.getByRole("tab")).toHaveCount(3);
    await expectAccessible(page);

    ollama.setOrigins({});
    await card.getByRole("button", { name: "Try again" }).click();
    await expect(page.locator("#route-line")).toContainText("would answer");
    await ask(page, "A table, please:\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n\n```js\nlet a = 1;\n```");
    await wholeAnswer(page);
    await page.getByText("How it went").click();
    await expectAccessible(page);
    for (const view of ["Pictures", "Models", "Dashboard", "Settings"]) {
      await page.getByRole("link", { name: view }).click();
      await expect(page.getByRole("heading", { level: 1, name: view })).toBeVisible();
      await expectAccessible(page);
    }
    expectNoFaults(page);
  });
}

for (const { colorScheme, viewport } of [
  { colorScheme: "light", viewport: { width: 1280, height: 860 } },
  { colorScheme: "dark", viewport: { width: 360, height: 740 } },
] as const) {
  test(`keys, the list of models, an image, tools and the reasons pass axe at ${viewport.width} pixels in ${colorScheme}, and nothing scrolls sideways`, async ({ visit, ollama, openRouter, gemini }) => {
    openRouter.setCatalogue(50);
    const page = await visit({ ollamaEndpoint: ollama.url, openRouter, gemini, colorScheme, viewport, view: "settings" });
    const expectGood = async () => {
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
    };
    await giveKey(page, "OpenRouter", GOOD_OPENROUTER_KEY);
    await expectGood();
    await page.getByRole("link", { name: "Models" }).click();
    await expect(modelList(page)).toContainText("openrouter/");
    await expectGood();
    await page.getByRole("link", { name: "Chat" }).click();
    await page.getByRole("button", { name: /^Model: / }).click();
    await expect(modelList(page)).toContainText("openrouter/");
    await expectGood();
    await page.keyboard.press("Escape");

    const choosing = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Attach an image" }).click();
    const name = `${"long-name-".repeat(12)}.png`;
    await (await choosing).setFiles({ name, mimeType: "image/png", buffer: Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64") });
    await expect(page.getByRole("img", { name })).toBeVisible();
    await expectGood();
    await page.getByRole("button", { name: `Remove ${name}` }).click();

    await page.getByRole("button", { name: "Tools" }).click();
    await ask(page, "Call calculate and current_time.");
    await wholeAnswer(page);
    await expectGood();
    await page.getByRole("button", { name: "Why this model" }).click();
    await expect(page.getByRole("list", { name: "Best models" })).toBeVisible();
    await expectGood();
    if (viewport.width < 400) await screenshot(page, "tools-narrow");
    expectNoFaults(page);
  });
}

test("nothing scrolls sideways at 360 pixels, long words included", async ({ visit, ollama }) => {
  ollama.setOrigins({ defaults: false });
  const page = await visit({ ollamaEndpoint: ollama.url, viewport: { width: 360, height: 740 } });
  const card = page.getByRole("region", { name: "Ollama", exact: true });
  await expect(card.getByRole("tab")).toHaveCount(3);
  await expectNoSidewaysScroll(page);
  await screenshot(page, "welcome-narrow");
  ollama.setOrigins({});
  await card.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator("#route-line")).toContainText("would answer");
  await ask(page, `${"long".repeat(40)}\n\n\`\`\`\n${"code ".repeat(30)}\n\`\`\`\n\n| a | b |\n|---|---|\n| ${"wide".repeat(12)} | ${"wide".repeat(12)} |`);
  await wholeAnswer(page);
  await page.getByText("How it went").click();
  await expectNoSidewaysScroll(page);
  for (const view of ["Pictures", "Models", "Dashboard", "Settings"]) {
    await page.getByRole("link", { name: view }).click();
    await expectNoSidewaysScroll(page);
  }
});

test("the keyboard alone is enough: from the first key to an answer, its copy and another view", async ({ visit, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url });
  await expect(page.locator("#route-line")).toContainText("would answer");
  const tabTo = async (name: RegExp, key = "Tab") => {
    for (let presses = 0; presses < 40; presses += 1) {
      await page.keyboard.press(key);
      const focused = await page.evaluate(() => {
        const element = document.activeElement;
        return `${element?.getAttribute("aria-label") ?? ""} ${element?.textContent ?? ""} ${element instanceof HTMLTextAreaElement ? "question" : ""} ${element instanceof HTMLInputElement ? element.type : ""}`;
      });
      if (name.test(focused)) return;
    }
    throw new Error(`Tab never reached ${String(name)}`);
  };

  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
  await tabTo(/question/);
  await page.keyboard.type("First line");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("second line");
  await expect(page.getByLabel("Your question")).toHaveValue("First line\nsecond line");
  await tabTo(/radio/);
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("radio", { name: "Privacy" })).toBeChecked();
  await tabTo(/question/, "Shift+Tab");
  await page.keyboard.press("Enter");
  await wholeAnswer(page);
  await expect(page.getByRole("status")).toHaveText(/The answer is complete, \d+ words\./);
  await tabTo(/Copy the answer/, "Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status")).toHaveText("The answer is copied.");
  await tabTo(/^\s*Models/, "Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Models" })).toBeVisible();
  await expect(page.getByRole("main")).toBeFocused();
});

test("a screen reader hears the start and the end of an answer, not every word", async ({ visit, ollama }) => {
  ollama.faults({ always: ["drip", "long-60"] });
  const page = await visit({ ollamaEndpoint: ollama.url });
  await expect(page.locator("#route-line")).toContainText("would answer");
  await page.evaluate(() => {
    const said: string[] = [];
    (window as { said?: string[] }).said = said;
    const status = document.querySelector('[role="status"]');
    if (status !== null) new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true, subtree: true, characterData: true });
  });
  await ask(page, "Talk.");
  await wholeAnswer(page);
  const said = await page.evaluate(() => [...new Set((window as { said?: string[] }).said)]);
  expect(said.slice(0, 2)).toEqual(["Asking. The answer is on its way.", "The answer has started."]);
  expect(said[2]).toMatch(/^The answer is complete, \d+ words\.$/);
  expect(said).toHaveLength(3);
  await expect(page.locator("[aria-live]")).toHaveCount(1);
});

test("colours follow the system until the visitor chooses", async ({ visit }) => {
  const page = await visit({ colorScheme: "dark" });
  const scheme = () => page.evaluate(() => document.documentElement.dataset.mantineColorScheme);
  await expect.poll(scheme).toBe("dark");
  await page.getByRole("button", { name: /^Colours: like the system/ }).click();
  await expect.poll(scheme).toBe("light");
  await page.reload();
  await expect.poll(scheme).toBe("light");
});
