import { screenshot } from "./screenshot.ts";
import { addServer, ask, everythingStored, expect, giveKey, heldKey, keyForm, test, wholeAnswer } from "./visit.ts";

const key = "sk-planted-key-0123456789";

test("a server and its key: the address is kept for the next visit, a key for this visit is not", async ({ visit, openAI }) => {
  const page = await visit();
  await addServer(page, { name: "mine", endpoint: `${openAI.url}/v1` });
  await giveKey(page, "mine", key);
  await expect(heldKey(page, "mine")).toContainText("A key is in memory until you close or reload this page.");
  await page.getByRole("list", { name: "Servers" }).scrollIntoViewIfNeeded();
  await screenshot(page, "settings");

  await page.getByRole("link", { name: "Chat" }).click();
  await ask(page, "Hello");
  await wholeAnswer(page);
  const question = await openAI.waitFor((entry) => entry.method === "POST" && entry.path.endsWith("/chat/completions"));
  expect(JSON.stringify(question.headers)).toContain(key);

  const stored = await everythingStored(page);
  expect(stored).toContain("mine");
  expect(stored).not.toContain(key);

  await page.reload();
  await page.getByRole("link", { name: "Settings" }).click();
  await expect(page.getByRole("list", { name: "Servers" })).toContainText("mine");
  await expect(keyForm(page, "mine")).toContainText("Only if the server asks for one.");
  await page.getByRole("button", { name: "Remove mine" }).click();
  await expect(page.getByRole("list", { name: "Servers" })).toHaveCount(0);
});

test("a remembered key of a server is gone with the server", async ({ visit, openAI }) => {
  const page = await visit({ servers: [{ name: "mine", endpoint: `${openAI.url}/v1`, locality: "device" }], view: "settings" });
  await giveKey(page, "mine", key, { remember: true });
  await page.reload();
  await expect(heldKey(page, "mine")).toContainText("A key is remembered on this device, encrypted.");
  await page.getByRole("button", { name: "Remove mine" }).click();
  await expect(page.getByRole("list", { name: "Servers" })).toHaveCount(0);
  await addServer(page, { name: "mine", endpoint: `${openAI.url}/v1` });
  await expect(keyForm(page, "mine")).toBeVisible();
});

test("an address that the page cannot reach is refused with a reason", async ({ visit }) => {
  const page = await visit({ view: "settings" });
  const form = page.getByRole("form", { name: "Add a server" });
  await form.getByLabel("Name").fill("lan");
  await form.getByLabel("Address").fill("http://192.168.1.20:8080/v1");
  await form.getByRole("button", { name: "Add server" }).click();
  await expect(form).toContainText("A server on another machine needs https.");
  await form.getByLabel("Name").fill("page");
  await form.getByLabel("Address").fill("localhost:8080");
  await form.getByRole("button", { name: "Add server" }).click();
  await expect(form).toContainText("This name has a meaning of its own.");
  await expect(form).toContainText("Give the whole address");
});

test("a question without any model is met with the one click that brings one", async ({ visit }) => {
  const page = await visit();
  await expect(page.locator("#route-line")).toContainText("No model yet.");
  await ask(page, "Hello?");
  await expect(page.getByRole("article")).toContainText("There is no model yet that could answer.");
  await expect(page.getByRole("article").getByRole("button", { name: /Run a small model in this page/ })).toBeVisible();
});

test("under the goal privacy nothing is sent to a server in the cloud, and the page says why", async ({ visit, openAI }) => {
  const page = await visit({ servers: [{ name: "far", endpoint: `${openAI.url}/v1`, locality: "cloud" }] });
  await expect(page.locator("#route-line")).toContainText(/would answer: far, in the cloud, cost unknown/);
  await page.getByText("Privacy", { exact: true }).click();
  await expect(page.locator("#route-line")).toContainText("No model fits.");
  await expect(page.locator("#route-line")).toContainText("must stay on this machine");
  await ask(page, "A secret.");
  await expect(page.getByRole("article")).toContainText("must stay on this machine");
  expect(openAI.requests.filter((entry) => entry.method === "POST")).toEqual([]);
});
