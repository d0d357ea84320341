import { ask, expect, test, wholeAnswer } from "./visit.ts";

const offer = "Run a small model in this page (98 MB download)";

test("a download can be cancelled and begun again", async ({ visit }) => {
  const page = await visit();
  await page.route("**/*.gguf", async (route) => {
    if (route.request().method() !== "GET") await route.continue();
    // Otherwise held until the page gives up.
  });
  const asked = page.waitForRequest((request) => request.method() === "GET" && request.url().endsWith(".gguf"));
  await page.getByRole("button", { name: offer }).click();
  await asked;
  await expect(page.getByText("Downloading: 0 MB of 98 MB")).toBeVisible();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("button", { name: offer })).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("a model file that is missing, or is a web page, is named as the reason", async ({ visit }) => {
  const page = await visit();
  await page.route("**/*.gguf", (route) => route.fulfill({ status: 404, body: "not here" }));
  await page.getByRole("button", { name: offer }).click();
  await expect(page.getByRole("alert")).toContainText("HTTP 404");

  await page.unroute("**/*.gguf");
  await page.route("**/*.gguf", (route) => route.fulfill({ status: 200, contentType: "text/html", body: "<!doctype html><title>Start</title>" }));
  await page.getByRole("button", { name: offer }).click();
  await expect(page.getByRole("alert")).toContainText("is not a model");
});

test("a question asked too early is answered by itself once the model is there", async ({ visit }) => {
  const page = await visit();
  await ask(page, "Say hello.");
  const answer = page.getByRole("article");
  await answer.getByRole("button", { name: offer }).click();
  await expect(answer.getByRole("heading", { name: "SmolLM2 135M" })).toBeVisible({ timeout: 240_000 });
  await expect(await wholeAnswer(page, 240_000)).toContainText("Small demonstration model: do not trust its facts");
});
