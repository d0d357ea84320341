import type { Page } from "@playwright/test";
import { startLlamaServer } from "../servers/llama-server.mjs";
import { npmStart } from "../servers/npm-start.mjs";
import { screenshot } from "./screenshot.ts";
import { addServer, ask, chooseModel, expect, expectNoFaults, lastAnswer, modelList, openApp, test, wholeAnswer } from "./visit.ts";

const patience = 240_000;

test.describe("from nothing installed to three kinds of models", () => {
  test.describe.configure({ mode: "serial" });
  let page: Page;
  let app: Awaited<ReturnType<typeof npmStart>> | undefined;

  test.beforeAll(async ({ chrome, loggingProxy }) => {
    loggingProxy.clear();
    app = await npmStart();
    page = await openApp(chrome, app, {});
  });
  test.afterAll(async () => {
    await page.context().close();
    await app?.close();
  });

  test("one click lets a model in the page answer a typed question", async () => {
    await expect(page.getByText("No model yet.")).toBeVisible();
    await expect(page.getByText("Small demonstration model: do not trust its facts")).toBeVisible();
    await screenshot(page, "welcome");

    await page.getByRole("button", { name: "Run a small model in this page (98 MB download)" }).click();
    await expect(page.getByRole("progressbar")).toBeVisible();
    await expect(page.getByText("It is ready: ask your question.")).toBeVisible({ timeout: patience });

    await page.getByLabel("Your question").fill("What is the capital of France? Answer in one short sentence.");
    await expect(page.locator("#route-line")).toContainText("SmolLM2 135M would answer: in this page, free");
    await page.keyboard.press("Enter");
    const answer = await wholeAnswer(page, patience);
    await expect(answer.getByRole("heading", { name: "SmolLM2 135M" })).toBeVisible();
    await expect(answer.getByText("Small demonstration model: do not trust its facts")).toBeVisible();
    await expect(answer).toContainText(/Why: .+/);
    await expect(answer).toContainText("free");
    await expect(answer).toContainText(/to first token/);
    await expect(answer).toContainText(/tokens\/s/);
    await screenshot(page, "page-model-answer");
  });

  test("the notice stands in the list of models too", async () => {
    await page.getByRole("link", { name: "Models" }).click();
    const row = modelList(page).getByRole("option").filter({ hasText: "page/smollm2-135m" });
    await expect(row).toContainText("Small demonstration model: do not trust its facts");
    await expect(row).toContainText("98 MB");
    await expect(row).toContainText("In this page");
    await expect(row).toContainText("Ready");
    await screenshot(page, "models");
    await page.getByRole("link", { name: "Chat" }).click();
  });

  test("a real llama-server, added in the settings, answers", async () => {
    const llama = await startLlamaServer();
    test.skip(typeof llama === "string", typeof llama === "string" ? llama : "");
    if (typeof llama === "string") return;
    try {
      await addServer(page, { name: "llama", endpoint: `${llama.url}/v1` });
      await page.getByRole("link", { name: "Chat" }).click();
      await chooseModel(page, llama.model);
      await ask(page, "Say hello in three words.");
      const answer = await wholeAnswer(page, patience);
      await expect(answer.getByRole("heading", { level: 2 })).toHaveText(llama.model);
      await expect(answer).toContainText("llama, on this machine");
      await expect(answer.getByText("Small demonstration model")).toHaveCount(0);
      await page.getByRole("button", { name: /^Model: / }).click();
      await modelList(page).getByRole("option", { name: /^Any model/ }).click();
    } finally {
      await llama.close();
    }
  });

  test("the simulated Ollama answers under its own model's name", async ({ ollama }) => {
    await page.getByRole("link", { name: "Settings" }).click();
    const form = page.getByRole("form", { name: "Ollama" });
    await form.getByLabel("Address").fill(ollama.url);
    await form.getByRole("button", { name: "Save" }).click();
    await page.getByRole("link", { name: "Chat" }).click();
    await chooseModel(page, "simulator:latest");
    await ask(page, "Who are you?");
    const answer = await wholeAnswer(page);
    await expect(answer.getByRole("heading", { level: 2 })).toHaveText(/simulator/);
    await expect(answer).toContainText("Ollama, on this machine");
    await expect(answer).toContainText("This is the Ollama simulator, not a model.");
    await screenshot(page, "simulated-ollama-answer");
  });

  test("all of it asked no host but this machine, workers included", ({ loggingProxy }) => {
    expect(loggingProxy.foreignHosts()).toEqual([]);
    expect(loggingProxy.log.some((asked) => asked.path.endsWith(".gguf"))).toBe(true);
    // The worker of the model in the page fetches this one itself.
    expect(loggingProxy.log.some((asked) => /wllama.*\.wasm$/.test(asked.path))).toBe(true);
    expectNoFaults(page);
  });
});

test("a model that was switched on before answers after a reload without a second download, stops, and can be removed", async ({ visit, site }) => {
  const page = await visit();
  await page.getByRole("button", { name: /Run a small model/ }).click();
  await expect(page.getByText("It is ready: ask your question.")).toBeVisible({ timeout: patience });
  await page.reload();
  await expect(page.getByText("It is switched on.")).toBeVisible();
  const downloads = () => site.requests.filter((request) => request.method === "GET" && request.path.endsWith(".gguf")).length;
  const before = downloads();
  await ask(page, "Say hello.");
  await wholeAnswer(page, patience);
  expect(downloads()).toBe(before);

  await ask(page, "Write a long story about light.");
  await expect(lastAnswer(page)).toContainText("Small demonstration model", { timeout: patience });
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(lastAnswer(page)).toContainText("Stopped here.");

  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Remove it" }).click();
  await expect(page.getByText("takes 98 MB")).toHaveCount(0);
  await page.getByRole("link", { name: "Chat" }).click();
  await expect(page.locator("#route-line")).toContainText("No model yet.");
});
