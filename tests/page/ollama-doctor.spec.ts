import { screenshot } from "./screenshot.ts";
import { expect, modelList, test } from "./visit.ts";

/** Tall enough to see a whole panel above the question. */
const viewport = { width: 1280, height: 1240 };

test("Ollama that does not run is explained with the line to run", async ({ visit }) => {
  const page = await visit({ viewport });
  const card = page.getByRole("region", { name: "Ollama", exact: true });
  await card.getByRole("button", { name: "Set up Ollama" }).click();
  await expect(card).toContainText("is not running.");
  const tabs = card.getByRole("tablist", { name: "Operating system" });
  await expect(tabs.getByRole("tab")).toHaveCount(3);
  await expect(tabs.getByRole("tab", { selected: true })).toHaveText("Linux");
  await expect(card.getByText("sudo systemctl start ollama")).toBeVisible();
  await tabs.getByRole("tab", { name: "macOS" }).click();
  await expect(card.getByRole("tabpanel", { name: "macOS" }).getByText("open -a Ollama", { exact: true })).toBeVisible();
  await screenshot(page, "ollama-not-running");
});

test("Ollama that refuses the page is explained with this page's own origin, and found after the remedy", async ({ visit, ollama, site }) => {
  // Another origin than localhost, which Ollama lets in by itself.
  const origin = `http://app.localhost:${site.port}`;
  const page = await visit({ ollamaEndpoint: ollama.url, viewport, host: "app.localhost" });
  const card = page.getByRole("region", { name: "Ollama", exact: true });
  await card.getByRole("button", { name: "Look for Ollama" }).click();
  // Without another click.
  await expect(card).toContainText(`it does not let pages from ${origin} in.`);
  await expect(card.getByText(`OLLAMA_ORIGINS=${origin} ollama serve`, { exact: true })).toBeVisible();
  await card.getByRole("tab", { name: "macOS" }).click();
  const command = `launchctl setenv OLLAMA_ORIGINS "${origin}" && osascript -e 'quit app "Ollama"'; sleep 2; open -a Ollama`;
  await expect(card.getByText(command)).toBeVisible();
  await card.getByRole("button", { name: `Copy the command ${command}` }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(command);
  await card.getByRole("tab", { name: "Windows" }).click();
  await expect(card.getByText(`SetEnvironmentVariable("OLLAMA_ORIGINS", "${origin}", "User")`)).toBeVisible();
  await screenshot(page, "ollama-refuses-the-page");

  await card.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("status")).toHaveText("Ollama can still not be used.");
  ollama.setOrigins({ allow: [origin] });
  await card.getByRole("button", { name: "Try again" }).click();
  await expect(card).toContainText("can answer:");
  await expect(page.locator("#route-line")).toContainText("would answer");
});

test("Ollama without a model downloads one with progress, and it appears", async ({ visit, ollama }) => {
  ollama.setModels([]);
  const page = await visit({ ollamaEndpoint: ollama.url, viewport });
  const card = page.getByRole("region", { name: "Ollama", exact: true });
  await expect(card).toContainText("it has no model yet.");
  await expect(card.getByText("ollama pull llama3.2")).toBeVisible();
  await screenshot(page, "ollama-without-a-model");
  const seen = page.evaluate(() => new Promise<boolean>((resolve) => {
    new MutationObserver((_, observer) => {
      if (document.querySelector('form [role="progressbar"]') === null) return;
      observer.disconnect();
      resolve(true);
    }).observe(document.body, { childList: true, subtree: true });
  }));
  await card.getByRole("button", { name: "Download" }).click();
  expect(await seen).toBe(true);
  await expect(card).toContainText("can answer: llama3.2");
  await page.getByRole("link", { name: "Models" }).click();
  await expect(modelList(page)).toContainText("ollama/llama3.2");
});

test("a download that fails says why", async ({ visit, ollama }) => {
  ollama.setModels([]);
  const page = await visit({ ollamaEndpoint: ollama.url, viewport });
  const card = page.getByRole("region", { name: "Ollama", exact: true });
  await card.getByLabel("Model to download with Ollama").fill("missing-model");
  await card.getByRole("button", { name: "Download" }).click();
  await expect(card).toContainText("missing-model was not downloaded:");
});
