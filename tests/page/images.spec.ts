import type { Page } from "@playwright/test";
import { expectAccessible, expectNoSidewaysScroll } from "./accessible.ts";
import { screenshot } from "./screenshot.ts";
import { expect, expectNoFaults, test, wholeAnswer } from "./visit.ts";

/** A picture that a browser makes: colours from one corner to the other. */
async function pictureOf(page: Page): Promise<Buffer> {
  const base64 = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = 320;
    canvas.height = 200;
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("no canvas");
    const colours = context.createLinearGradient(0, 0, 320, 200);
    for (const [place, colour] of [[0, "#7f1d8a"], [0.25, "#2452c9"], [0.5, "#1f9d55"], [0.75, "#f2c511"], [1, "#d92b1f"]] as const) colours.addColorStop(place, colour);
    context.fillStyle = colours;
    context.fillRect(0, 0, 320, 200);
    return canvas.toDataURL("image/png").split(",")[1] ?? "";
  });
  return Buffer.from(base64, "base64");
}

async function attach(page: Page, file: { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
  const choosing = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Attach an image" }).click();
  await (await choosing).setFiles(file);
}

test("an attached image goes to a model that sees, stands in the question, and the live line says so", async ({ visit, ollama, openAI }) => {
  const page = await visit({ ollamaEndpoint: ollama.url, servers: [{ name: "blind", endpoint: `${openAI.url}/v1`, locality: "device" }] });
  await expect(page.locator("#route-line")).toContainText("would answer");
  const buffer = await pictureOf(page);
  await attach(page, { name: "colours.png", mimeType: "image/png", buffer });
  const attached = page.getByRole("list", { name: "Attached images" });
  await expect(attached.getByRole("img", { name: "colours.png" })).toBeVisible();
  await expect(page.locator("#route-line")).toContainText("simulator-vision would answer");
  await expect(page.locator("#route-line")).toContainText("Only models that see images are asked.");
  await page.getByLabel("Your question").fill("What is in the picture?");
  await expectAccessible(page);
  await screenshot(page, "attached-image");
  await page.keyboard.press("Enter");
  await wholeAnswer(page);
  await expect(attached).toHaveCount(0);
  await expect(page.locator("ol").getByRole("img", { name: "colours.png" })).toBeVisible();

  const question = await ollama.waitFor((entry) => entry.method === "POST" && entry.path === "/api/chat");
  expect(question.model).toContain("vision");
  expect(question.json).toMatchObject({ messages: [{ role: "user", images: [buffer.toString("base64")] }] });
  expect(openAI.requests.filter((entry) => entry.method === "POST")).toEqual([]);
  expectNoFaults(page);
});

test("an image is pasted, another one dropped, and each can be taken back", async ({ visit, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url });
  const base64 = (await pictureOf(page)).toString("base64");
  const give = (type: "paste" | "drop", name: string) =>
    page.getByLabel("Your question").evaluate(
      (field, { type: kind, name: called, data }) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))], called, { type: "image/png" }));
        const event = kind === "paste" ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }) : new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
        field.dispatchEvent(event);
      },
      { type, name, data: base64 },
    );
  await give("paste", "pasted.png");
  await give("drop", "dropped.png");
  const attached = page.getByRole("list", { name: "Attached images" });
  await expect(attached.getByRole("listitem")).toHaveCount(2);
  await expect(attached.getByRole("img", { name: "dropped.png" })).toBeVisible();
  await attached.getByRole("button", { name: "Remove pasted.png" }).click();
  await expect(attached.getByRole("listitem")).toHaveCount(1);
  await attached.getByRole("button", { name: "Remove dropped.png" }).click();
  await expect(attached).toHaveCount(0);
  await expect(page.locator("#route-line")).not.toContainText("see images");
});

test("a file that cannot go along is refused with its reason", async ({ visit }) => {
  const page = await visit({ viewport: { width: 360, height: 740 } });
  await attach(page, { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("words") });
  await expect(page.getByRole("alert")).toHaveText("notes.txt is no image. PNG, JPEG, WebP and GIF can go along.");
  await attach(page, { name: "photo.heic", mimeType: "image/heic", buffer: Buffer.from("photo") });
  await expect(page.getByRole("alert")).toContainText("a kind of image that models do not read");
  await attach(page, { name: "huge.png", mimeType: "image/png", buffer: Buffer.alloc(20_000_001) });
  await expect(page.getByRole("alert")).toContainText("huge.png is too large: 20.0 MB, and 20.0 MB is the most.");
  await expectNoSidewaysScroll(page);
  await attach(page, { name: "small.png", mimeType: "image/png", buffer: await pictureOf(page) });
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Remove small.png" })).toBeVisible();
  await expectNoSidewaysScroll(page);
});

test("with an image and no model that sees, the page says what is missing", async ({ visit, openAI }) => {
  openAI.faults({ always: null });
  const page = await visit({ servers: [{ name: "blind", endpoint: `${openAI.url}/v1`, locality: "device" }] });
  await expect(page.locator("#route-line")).toContainText("would answer");
  await attach(page, { name: "colours.png", mimeType: "image/png", buffer: await pictureOf(page) });
  await expect(page.locator("#route-line")).toContainText("No model fits.");
  await expect(page.locator("#route-line")).toContainText("vision");
});
