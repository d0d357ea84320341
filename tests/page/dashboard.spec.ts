/** The dashboard, over answers of simulators. Hours and days pass by setting the page's clock, not by waiting. */
import type { Page } from "@playwright/test";
import { readFile } from "node:fs/promises";
import { GOOD_OPENROUTER_KEY } from "../simulator/openrouter.mjs";
import { expectAccessible, expectNoSidewaysScroll } from "./accessible.ts";
import { screenshot } from "./screenshot.ts";
import { ask, chooseModel, everythingStored, expect, expectNoFaults, giveKey, lastAnswer, test, wholeAnswer } from "./visit.ts";

const hourMs = 3_600_000;
const question = "A planted question: why is the sky blue?";

/** Runs in the page: its clock goes as far ahead or behind as `setClock` says. */
function movableClock(): void {
  // axe looks at frames without an address, which have no storage.
  if (window.origin === "null") return;
  const Real = Date;
  const now = () => Real.now() + Number(localStorage.getItem("test.clock") ?? "0");
  class Moved extends Real {
    constructor(...given: ConstructorParameters<typeof Date> | []) {
      super(...((given.length === 0 ? [now()] : given) as [number]));
    }
    static override now = now;
  }
  window.Date = Moved as DateConstructor;
}

async function setClock(page: Page, hours: number): Promise<void> {
  await page.evaluate((ms) => localStorage.setItem("test.clock", String(ms)), hours * hourMs);
}

async function openView(page: Page, name: string): Promise<void> {
  await page.getByRole("link", { name, exact: true }).click();
  await expect(page.getByRole("link", { name, exact: true })).toHaveAttribute("aria-current", "page");
}

async function answers(page: Page, times = 1): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await ask(page, question);
    await wholeAnswer(page);
  }
}

/** A headline figure with what stands below it. */
function figure(page: Page, label: string) {
  return page.locator("dl > div").filter({ has: page.getByText(label, { exact: true }) });
}

function rows(page: Page, table: string) {
  return page.getByRole("table", { name: table }).locator("tbody").getByRole("row");
}

async function download(page: Page, button: string): Promise<{ name: string; text: string }> {
  const coming = page.waitForEvent("download");
  await page.getByRole("button", { name: button }).click();
  const file = await coming;
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
}

async function importJson(page: Page, text: string): Promise<void> {
  const choosing = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Import" }).click();
  await (await choosing).setFiles({ name: "measures.json", mimeType: "application/json", buffer: Buffer.from(text) });
}

test("the first screen loads no part of the dashboard, and without requests it says so and draws nothing", async ({ visit }) => {
  const page = await visit();
  const loaded = () => page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name).join("\n"));
  await expect(page.locator("#route-line")).toContainText("No model yet.");
  expect(await loaded()).not.toMatch(/dashboard|plots/);
  await openView(page, "Dashboard");
  await expect(page.getByRole("main")).toContainText("Nothing was asked in the last 24 hours.");
  await expect(page.getByRole("button", { name: "Export JSON" })).toBeVisible();
  expect(await loaded()).toMatch(/dashboard-view/);
  expect(await loaded()).not.toMatch(/plots/);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Ask something" }).click();
  await expect(page.getByLabel("Your question")).toBeVisible();
  expectNoFaults(page);
});

test("answers, a failure and a stop are counted, by model and one by one, and no word of them is shown", async ({ visit, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url });
  await expect(page.locator("#route-line")).toContainText("would answer");
  await chooseModel(page, "llama");
  await answers(page, 2);
  ollama.faults({ always: "error-500" });
  await ask(page, question);
  await expect(lastAnswer(page).getByRole("button", { name: "Find out why" })).toBeVisible();
  ollama.faults({ always: ["drip", "long-400"] });
  await ask(page, question);
  await expect(lastAnswer(page)).toContainText("simulator");
  await page.getByRole("button", { name: "Stop" }).click();
  ollama.faults({ always: null });

  await openView(page, "Dashboard");
  await expect(figure(page, "Requests")).toContainText(/4.*1 cancelled/);
  await expect(figure(page, "Success")).toContainText(/66\.6%.*1 failed/);
  await expect(figure(page, "Median duration")).toContainText(/\d m?s/);
  await expect(figure(page, "Spent")).toContainText("free");

  await expect(rows(page, "Models")).toHaveCount(1);
  await expect(rows(page, "Models")).toContainText(/Ollama · on this machine4.*66\.6%.*free/);
  await expect(rows(page, "Failures")).toContainText("The server failed");
  await expect(rows(page, "Failures").getByRole("cell").first()).toHaveText("1");
  await expect(rows(page, "Last requests")).toHaveText([/Cancelled/, /The server failed/, /Answered/, /Answered/]);
  await expect(page.locator("body")).not.toContainText("planted");
  expectNoFaults(page);
});

test("an answer that ends while the dashboard is open is counted at once", async ({ visit, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url });
  await expect(page.locator("#route-line")).toContainText("would answer");
  await answers(page);
  ollama.faults({ always: ["drip", "long-60"] });
  await ask(page, question);
  await expect(lastAnswer(page)).toContainText("simulator");
  await openView(page, "Dashboard");
  await expect(rows(page, "Last requests")).toHaveCount(2);
  await expect(figure(page, "Requests").locator("dd").first()).toHaveText("2");
});

test("a longer time shows more, a trend says against what, and the table behind a chart says what the chart does", async ({ visit, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url, before: movableClock });
  await expect(page.locator("#route-line")).toContainText("would answer");
  for (const [hours, times] of [[-20 * 24, 1], [-3 * 24, 2], [-30, 1], [0, 3]] as const) {
    await setClock(page, hours);
    await answers(page, times);
  }
  await openView(page, "Dashboard");
  await expect(figure(page, "Requests")).toContainText(/^Requests3.*\+200% compared with the 24 hours before$/);

  for (const [label, requests] of [["24 hours", 3], ["7 days", 6], ["30 days", 7]] as const) {
    await page.getByText(label, { exact: true }).click();
    await expect(page.getByRole("radio", { name: label })).toBeChecked();
    await expect(figure(page, "Requests").locator("dd").first()).toHaveText(String(requests));
    const card = page.getByRole("region", { name: "Requests", exact: true });
    // Answered, cancelled and failed, in the order of the table's columns.
    const drawn = card.locator(".recharts-bar-rectangle path");
    await expect(drawn).not.toHaveCount(0);
    const summary = card.getByText("Show as table");
    if (!(await card.getByRole("table").isVisible())) await summary.click();
    // The figures and the steps come one after the other.
    const counted = () => rows(page, "Requests step by step").evaluateAll((all) => all.map((row) => [...row.querySelectorAll("td")].map(({ textContent }) => Number(textContent))));
    await expect.poll(async () => (await counted()).flat().reduce((sum, count) => sum + count, 0)).toBe(requests);
    const told = await counted();
    // A bar is drawn for each number that is not zero, as high as it says.
    const measured = () => drawn.evaluateAll((all) => all.map((bar) => (bar as SVGPathElement).getBBox().height).filter((height) => height > 0));
    const counts = told.map(([answered = 0]) => answered);
    await expect.poll(async () => (await measured()).length).toBe(counts.length);
    const heights = await measured();
    const unit = Math.max(...heights) / Math.max(...counts);
    heights.forEach((height, index) => expect(height / unit).toBeCloseTo(counts[index] ?? 0, 1));
  }
  // One of the seven is older than seven days, and the spans before hold nothing.
  await expect(figure(page, "Requests")).not.toContainText("compared");

  await page.getByText("24 hours", { exact: true }).click();
  const plot = page.getByRole("application", { name: /^Requests over time/ });
  await plot.focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("region", { name: "Requests", exact: true }).getByRole("status")).toContainText("Answered: 0");
  expectNoFaults(page);
});

test("history survives a reload, is exported as JSON and CSV, adds nothing when it is imported again, and is forgotten", async ({ visit, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url });
  await expect(page.locator("#route-line")).toContainText("would answer");
  await answers(page, 2);
  await openView(page, "Dashboard");
  await expect(figure(page, "Requests").locator("dd").first()).toHaveText("2");

  const json = await download(page, "Export JSON");
  expect(json.name).toMatch(/^measures-\d{4}-\d\d-\d\d\.json$/);
  expect(JSON.parse(json.text)).toMatchObject({ hkmMeshMetrics: 2 });
  expect(json.text).not.toContain("planted");
  const csv = await download(page, "Export CSV");
  const [head = "", row = ""] = csv.text.split("\n");
  expect(head).toContain("model,type,requests,answers");
  expect(row.split(",")).toHaveLength(head.split(",").length);
  expect(row).toContain("ollama/");

  // Some seconds may pass between two writings.
  await expect.poll(async () => (await everythingStored(page)).split("modelId").length - 1).toBe(2);
  await page.reload();
  await expect(figure(page, "Requests").locator("dd").first()).toHaveText("2");
  await expect(rows(page, "Last requests")).toHaveCount(2);

  await importJson(page, json.text);
  await expect(page.getByRole("main")).toContainText("Nothing in this file is new.");
  await importJson(page, "{}");
  await expect(page.getByRole("main")).toContainText("This is no export of a mesh's metrics.");
  await expect(figure(page, "Requests").locator("dd").first()).toHaveText("2");

  await page.getByRole("button", { name: "Forget all" }).click();
  await expect(page.getByRole("button", { name: "Keep them" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Forget all" })).toBeFocused();
  await expect(figure(page, "Requests").locator("dd").first()).toHaveText("2");
  await page.keyboard.press("Enter");
  await page.getByRole("group", { name: "Forget all measures?" }).getByRole("button", { name: "Forget all" }).click();
  await expect(page.getByRole("main")).toContainText("All measures are forgotten.");
  await expect(page.getByRole("main")).toContainText("Nothing was asked in the last 24 hours.");
  await page.reload();
  await expect(page.getByRole("main")).toContainText("Nothing was asked in the last 24 hours.");

  await importJson(page, json.text);
  await expect(page.getByRole("main")).toContainText("2 requests were new.");
  await expect(figure(page, "Requests").locator("dd").first()).toHaveText("2");
  await expect(page.getByRole("table", { name: "Last requests" })).toHaveCount(0);
  expectNoFaults(page);
});

test("what costs is told as it is known: a bill, nothing, or unknown; and models are sorted by any column", async ({ visit, ollama, openAI, openRouter }) => {
  const page = await visit({ ollamaEndpoint: ollama.url, servers: [{ name: "far", endpoint: `${openAI.url}/v1`, locality: "cloud" }], openRouter, view: "settings" });
  await giveKey(page, "OpenRouter", GOOD_OPENROUTER_KEY);
  await openView(page, "Chat");
  for (const model of ["llama", "far", "simulator/vision"]) {
    await chooseModel(page, model);
    await answers(page);
  }
  await openView(page, "Dashboard");
  await expect(figure(page, "Spent")).toContainText(/at least \$0\.\d+.*1 try of unknown price not counted/);
  const costs = page.getByRole("table", { name: "Models" }).locator("tbody td:last-child");
  const head = page.getByRole("table", { name: "Models" }).getByRole("columnheader", { name: "Cost" });
  await head.getByRole("button").click();
  await expect(head).toHaveAttribute("aria-sort", "descending");
  await expect(costs).toHaveText([/^\$0\.\d+$/, "free", "unknown"]);
  await head.getByRole("button").press("Enter");
  await expect(costs).toHaveText(["free", /^\$0\.\d+$/, "unknown"]);
  expectNoFaults(page);
});

test("an answer that was kept from before is told as one", async ({ visit, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url });
  await expect(page.locator("#route-line")).toContainText("would answer");
  await answers(page);
  await expect.poll(async () => everythingStored(page)).toContain("modelId");
  await page.reload();
  await expect(page.locator("#route-line")).toContainText("would answer");
  await answers(page);
  await openView(page, "Dashboard");
  await expect(figure(page, "Saved by kept answers")).toContainText("50% from the cache (1)");
  await expect(rows(page, "Last requests").locator("td:last-child")).toHaveText(["yes", "no"]);
});

test("where its parts do not load, the dashboard says so and the other views still work", async ({ visit }) => {
  const page = await visit();
  await page.route("**/dashboard-view-*.js", (route) => route.abort());
  await openView(page, "Dashboard");
  await expect(page.getByRole("main")).toContainText("The dashboard could not be loaded.");
  await openView(page, "Settings");
  await expect(page.getByRole("heading", { level: 1, name: "Settings" })).toBeVisible();
});

for (const { colorScheme, viewport } of [
  { colorScheme: "light", viewport: { width: 1280, height: 860 } },
  { colorScheme: "dark", viewport: { width: 360, height: 740 } },
] as const) {
  test(`the dashboard passes axe at ${viewport.width} pixels in ${colorScheme}, tables open, and nothing scrolls sideways`, async ({ visit, ollama, openAI, openRouter }) => {
    const page = await visit({ ollamaEndpoint: ollama.url, servers: [{ name: "far", endpoint: `${openAI.url}/v1`, locality: "cloud" }], openRouter, colorScheme, viewport, view: "settings", before: movableClock });
    await giveKey(page, "OpenRouter", GOOD_OPENROUTER_KEY);
    await openView(page, "Chat");
    for (const [hours, model, times] of [[-40, "llama", 3], [-21, "llama", 2], [-19, "llama", 4], [-17, "simulator/vision", 2], [-8, "llama", 3], [-7, "far", 1], [-5, "llama", 2], [-3, "simulator/vision", 3], [-1, "llama", 4]] as const) {
      await setClock(page, hours);
      await chooseModel(page, model);
      await answers(page, times);
    }
    await setClock(page, 0);
    ollama.faults({ always: "error-500" });
    await chooseModel(page, "llama");
    await ask(page, question);
    await expect(lastAnswer(page).getByRole("button", { name: "Find out why" })).toBeVisible();
    ollama.faults({ always: null });
    await answers(page, 2);
    await openView(page, "Dashboard");
    await expect(page.getByRole("application")).toHaveCount(3);
    if (viewport.width > 400) await screenshot(page, "dashboard");
    await expectAccessible(page);
    for (const chart of ["requests", "duration", "cost"]) await page.getByText(`Show as table: ${chart}`).click();
    await page.getByRole("button", { name: /^Show \d+$/ }).click();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
    await page.getByRole("button", { name: "Forget all" }).click();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
    expectNoFaults(page);
  });
}
