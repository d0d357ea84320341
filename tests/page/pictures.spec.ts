import type { Page } from "@playwright/test";
import { GOOD_GEMINI_KEY } from "../simulator/gemini.mjs";
import { GOOD_OPENROUTER_KEY } from "../simulator/openrouter.mjs";
import { expectAccessible, expectNoSidewaysScroll } from "./accessible.ts";
import { describe, holdWrites, isHeld, madePicture, make, pictureRoute, setHolding, watchObjectUrls } from "./picturing.ts";
import { screenshot } from "./screenshot.ts";
import { expect, expectNoFaults, giveKey, test } from "./visit.ts";

test("a picture is made with its steps and previews in sight, and says what it took", async ({ visit, comfyUI }) => {
  comfyUI.faults({ next: ["blocked-6"] });
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("simulator_sdxl (Stable Diffusion XL) would make it: ComfyUI, on this machine, free");
  await describe(page, "A prism on a table that breaks the light");
  await page.getByText("Scientific", { exact: true }).click();
  await page.getByLabel("Shape").selectOption("16:9");
  await page.getByLabel("Seed").fill("7");
  await make(page);

  const painting = page.getByRole("article");
  await expect(painting.getByRole("progressbar")).toHaveAttribute("aria-valuenow", /[1-9]/);
  await expect(painting).toContainText(/Step 10 of \d+: KSampler/);
  await expect(painting.getByRole("img", { name: "Preview of the picture that is being made" })).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "picture-being-made");
  comfyUI.faults({ next: [] });
  comfyUI.release();

  await expect(madePicture(page, "A prism on a table that breaks the light")).toBeVisible();
  const facts = page.getByRole("list", { name: "Facts about this picture" });
  await expect(facts).toContainText("comfyui/simulator_sdxl.safetensors");
  await expect(facts).toContainText("ComfyUI, on this machine");
  await expect(facts).toContainText("free");
  await expect(facts).toContainText("seed 7");
  await expect(painting).toContainText("Made by a simulator, not by a model");
  await expect(painting.getByRole("progressbar")).toHaveCount(0);
  await expect(page.getByRole("status")).toHaveText("The picture is there.");
  const { width, height } = await madePicture(page, "A prism on a table that breaks the light").evaluate((image: HTMLImageElement) => ({ width: image.naturalWidth, height: image.naturalHeight }));
  expect(width / height).toBeCloseTo(16 / 9, 1);
  await expectAccessible(page);
  await screenshot(page, "picture");
  expectNoFaults(page);
});

test("the same seed makes the same picture again, and another visitor's prompt in the queue is waited for in words", async ({ visit, comfyUI }) => {
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("would make it");
  await describe(page, "A lighthouse");
  await make(page);
  const picture = madePicture(page, "A lighthouse");
  await expect(picture).toBeVisible();
  const bytesOf = () => picture.evaluate(async (image: HTMLImageElement) => {
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    canvas.getContext("2d")?.drawImage(image, 0, 0);
    const bytes = await (await canvas.convertToBlob()).arrayBuffer();
    return [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].join();
  });
  const first = await bytesOf();
  const seed = /seed (\d+)/.exec(await page.getByRole("list", { name: "Facts about this picture" }).innerText())?.[1] ?? "none";

  comfyUI.setPace({ stepMs: 40 });
  comfyUI.enqueue(2, 20);
  await page.getByRole("button", { name: "Again with this seed" }).click();
  await expect(page.getByRole("article")).toContainText(/Waiting for ComfyUI: (next|2nd|3rd) in line/);
  await expect(page.getByLabel("Seed")).toHaveValue(seed);
  comfyUI.setPace({ stepMs: 1 });
  await expect(picture).toBeVisible();
  await expect(page.getByRole("list", { name: "Facts about this picture" })).toContainText(`seed ${seed}`);
  expect(await bytesOf()).toBe(first);
});

test("several pictures come at once, and every address of a blob is given back when it is no longer shown", async ({ visit, comfyUI }) => {
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures", before: watchObjectUrls });
  const counts = () => page.evaluate(() => (window as unknown as { objectUrls: { made: number; revoked: number } }).objectUrls);
  await expect(pictureRoute(page)).toContainText("would make it");
  await describe(page, "Three apples");
  await page.getByLabel("How many").selectOption("3");
  await make(page);
  await expect(madePicture(page, "Three apples")).toHaveCount(3);
  await expect(page.getByRole("list", { name: "Facts about this picture" })).toContainText(/seed \d+/);
  await expect(page.getByRole("list", { name: "Facts about this picture" })).toContainText("free for all 3");
  const before = await counts();
  expect(before.made).toBeGreaterThanOrEqual(3);
  await page.getByRole("link", { name: "Chat" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Ask." })).toBeVisible();
  const after = await counts();
  expect(after.revoked).toBe(after.made);
  console.log(`object URLs: ${after.made} made, ${after.revoked} revoked`);
});

test("a picture that is made is stopped at its server, and goes on while another view is shown", async ({ visit, comfyUI }) => {
  comfyUI.faults({ next: ["blocked-2"] });
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("would make it");
  await describe(page, "A long story");
  await make(page);
  await expect(page.getByRole("article")).toContainText(/Step \d+ of/);
  await page.getByRole("link", { name: "Chat" }).click();
  await page.getByRole("link", { name: "Pictures" }).click();
  await expect(page.getByRole("article")).toContainText(/Step \d+ of/);
  const stopped = comfyUI.waitForRun((run) => run.ended === "interrupted");
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("article")).toContainText("Stopped before there was a picture.");
  await stopped;
  await expect(page.getByRole("button", { name: "Make the picture" })).toBeVisible();
});

test("that a picture takes long is said, with the model's name", async ({ visit, comfyUI }) => {
  comfyUI.faults({ next: [["blocked-2", "blocked-9"]] });
  const before = () => {
    // The page's time goes on as fast as the spec says.
    const now = performance.now.bind(performance);
    performance.now = () => now() + ((window as { ahead?: number }).ahead ?? 0);
  };
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures", before });
  await expect(pictureRoute(page)).toContainText("would make it");
  await describe(page, "A slow river");
  await make(page);
  // The sampler's second step, where it is held up: releasing it sooner would release nothing.
  await expect(page.getByRole("article")).toContainText("Step 6 of 34");
  await page.evaluate(() => {
    (window as { ahead?: number }).ahead = 31_000;
  });
  comfyUI.release();
  await expect(page.getByRole("article")).toContainText("comfyui/simulator_sdxl.safetensors has been at it for 30 s.");
  await expect(page.getByRole("article")).toHaveAttribute("aria-busy", "true");
  comfyUI.release();
  await expect(madePicture(page, "A slow river")).toBeVisible();
});

test("a picture is changed: one of the visitor's own, and one that was made", async ({ visit, comfyUI }) => {
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("would make it");
  await describe(page, "A red house");
  await make(page);
  await page.getByRole("button", { name: "Edit this image" }).click();
  await expect(page.getByLabel("The picture in words")).toBeFocused();
  await expect(page.getByRole("img", { name: "the picture", exact: true })).toBeVisible();
  await describe(page, "Make it blue");
  await page.getByRole("button", { name: "Change the picture" }).click();
  await expect(madePicture(page, "Make it blue")).toBeVisible();
  expect(comfyUI.requests.some(({ method, path }) => method === "POST" && path === "/upload/image")).toBe(true);
  await page.getByRole("button", { name: "Remove the picture" }).click();
  await expect(page.getByRole("button", { name: "Make the picture" })).toBeVisible();

  const choosing = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Change a picture of yours" }).click();
  await (await choosing).setFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("words") });
  await expect(page.getByRole("alert")).toHaveText("notes.txt is no image. PNG, JPEG, WebP and GIF can go along.");
});

test("a size is asked for by the longer side", async ({ visit, comfyUI }) => {
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("would make it");
  await describe(page, "A tall tower");
  await page.getByLabel("Shape").selectOption("9:16");
  await page.getByLabel("Size").selectOption("768");
  await make(page);
  const picture = madePicture(page, "A tall tower");
  await expect(picture).toBeVisible();
  expect(await picture.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight])).toEqual([432, 768]);
});

test("a picture is changed only where it is painted: with the brush, or part by part with the keyboard", async ({ visit, comfyUI }) => {
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("would make it");
  await describe(page, "A red house");
  await make(page);
  await page.getByRole("button", { name: "Edit this image" }).click();
  await page.getByRole("button", { name: "Paint where" }).click();
  const dialog = page.getByRole("dialog", { name: "Where the picture may change" });
  const area = await dialog.getByTestId("mask").boundingBox();
  if (area === null) throw new Error("there is nothing to paint on");
  await page.mouse.move(area.x + area.width * 0.2, area.y + area.height * 0.5);
  await page.mouse.down();
  await page.mouse.move(area.x + area.width * 0.4, area.y + area.height * 0.5, { steps: 4 });
  await page.mouse.up();
  const part = dialog.getByRole("checkbox", { name: "bottom right" });
  await part.focus();
  await page.keyboard.press("Space");
  await expect(part).toBeChecked();
  await screenshot(page, "paint-where");
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("This picture is changed as you describe, only where you painted.")).toBeVisible();
  await describe(page, "Give it a blue door");
  await page.getByRole("button", { name: "Change the picture" }).click();
  await expect(madePicture(page, "Give it a blue door")).toBeVisible();
  const uploads = comfyUI.requests.filter(({ method, path }) => method === "POST" && path === "/upload/image");
  expect(uploads).toHaveLength(2);
  const prompts = comfyUI.requests.filter(({ method, path }) => method === "POST" && path === "/prompt");
  expect(prompts.at(-1)?.body).toContain("SetLatentNoiseMask");

  await page.getByRole("button", { name: "Paint where" }).click();
  await expect(dialog.getByRole("checkbox", { name: "bottom right" })).toBeChecked();
  await dialog.getByRole("button", { name: "Clear" }).click();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("This picture is changed as you describe.", { exact: true })).toBeVisible();
});

test("a server that runs out of memory is told in plain words, with a way to find out why", async ({ visit, comfyUI }) => {
  comfyUI.setModels({ checkpoints: ["simulator_sd15.safetensors"] });
  comfyUI.faults({ always: "out-of-memory-1" });
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("would make it");
  await describe(page, "Too large a picture");
  await make(page);
  const painting = page.getByRole("article");
  await expect(painting).toContainText(/memory/i);
  await expect(painting.getByRole("button", { name: "Find out why" })).toBeVisible();
  await expect(page.getByRole("status")).toContainText("There is no picture.");
  await expectAccessible(page);
});

test("without anything that makes pictures the page says what is missing, and finds ComfyUI when it lets the page in", async ({ visit, comfyUI }) => {
  comfyUI.setCors(null);
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("No model makes pictures yet.");
  const card = page.getByRole("region", { name: "ComfyUI", exact: true });
  await expect(card).toContainText("--enable-cors-header");
  await expect(page.getByRole("region", { name: "Pictures by a cloud" })).toContainText("They need a key of yours");
  await expectAccessible(page);
  await screenshot(page, "no-picture-model");
  comfyUI.setCors("*");
  await card.getByRole("button", { name: "Try again" }).click();
  await expect(pictureRoute(page)).toContainText("would make it");
  await expect(card).toHaveCount(0);
});

test("nobody is asked for pictures before somebody looks at them", async ({ visit, comfyUI, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url, comfyuiEndpoint: comfyUI.url });
  await expect(page.locator("#route-line")).toContainText("would answer");
  expect(comfyUI.requests).toEqual([]);
  await page.getByRole("link", { name: "Pictures" }).click();
  await expect(pictureRoute(page)).toContainText("would make it");
  expect(comfyUI.requests.length).toBeGreaterThan(0);
});

test("when the chosen server dies, another one makes the picture and the page says so", async ({ visit, comfyUI }) => {
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("simulator_sdxl (Stable Diffusion XL) would make it");
  comfyUI.faults({ always: "out-of-memory-1", forModel: "simulator_sdxl.safetensors" });
  await describe(page, "A bridge");
  await make(page);
  await expect(madePicture(page, "A bridge")).toBeVisible();
  await expect(page.getByRole("article")).toContainText("simulator_sd15 (Stable Diffusion 1.5) took over.");
});

test("at 360 pixels in the dark nothing scrolls sideways, axe finds nothing, and the keyboard is enough", async ({ visit, comfyUI }) => {
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures", colorScheme: "dark", viewport: { width: 360, height: 740 } });
  await expect(pictureRoute(page)).toContainText("would make it");
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
  await page.getByLabel("The picture in words").focus();
  await page.keyboard.type("A harbour at night");
  await page.keyboard.press("Enter");
  await expect(madePicture(page, "A harbour at night")).toBeVisible();
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
  await screenshot(page, "picture-narrow");
  await page.getByRole("button", { name: "Edit this image" }).press("Enter");
  await page.getByRole("button", { name: "Paint where" }).press("Enter");
  await page.getByRole("checkbox", { name: "middle" }).press("Space");
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
  await screenshot(page, "paint-where-narrow");
  await page.getByRole("button", { name: "Done" }).press("Enter");
  await expect(page.getByText("This picture is changed as you describe, only where you painted.")).toBeVisible();
  await expectNoSidewaysScroll(page);
  expectNoFaults(page);
});

for (const { name, key, model } of [
  { name: "Google Gemini", key: GOOD_GEMINI_KEY, model: "gemini-simulator-flash-image" },
  { name: "OpenRouter", key: GOOD_OPENROUTER_KEY, model: "simulator/text-and-image" },
] as const) {
  test(`with a key of ${name} its models make pictures, what they say beside them is shown, and what they cost`, async ({ visit, gemini, openRouter }) => {
    const page = await visit({ gemini, openRouter, view: "settings" });
    await giveKey(page, name, key);
    await page.getByRole("link", { name: "Pictures" }).click();
    await choose(page, "Model", model);
    await expect(pictureRoute(page)).toContainText("would make it");
    await describe(page, "A fox in the snow");
    await make(page);
    await expect(madePicture(page, "A fox in the snow")).toBeVisible();
    const painting = page.getByRole("article");
    await expect(painting).toContainText("simulator, not a model.");
    await expect(painting).toContainText("Made by a simulator, not by a model");
    const facts = page.getByRole("list", { name: "Facts about this picture" });
    await expect(facts).toContainText(`${name}, in the cloud`);
    await expect(facts).toContainText(/\$\d|cost unknown/);
    await expect(page.getByRole("list", { name: "Gallery" }).getByRole("button", { name: "A fox in the snow" })).toBeVisible();
    expectNoFaults(page);
  });
}

async function choose(page: Page, which: "Model" | "Second model", words: string): Promise<void> {
  await page.getByRole("button", { name: new RegExp(`^${which}: `) }).click();
  await page.getByLabel("Search models").fill(words);
  await expect(page.getByRole("listbox", { name: "Models" }).getByRole("option").first()).toContainText(words);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeHidden();
}

for (const viewport of [{ width: 1280, height: 1100 }, { width: 360, height: 740 }]) {
  test(`two models make the same picture side by side, each with its own steps and receipt, at ${viewport.width} pixels`, async ({ visit, comfyUI }) => {
    const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures", viewport });
    await expect(pictureRoute(page)).toContainText("would make it");
    await describe(page, "A windmill");
    await page.getByRole("button", { name: "Compare two models" }).click();
    await expect(page.getByText("Choose the two models to compare.")).toBeVisible();
    await make(page);
    await expect(page.getByRole("status")).toHaveText("Choose the two models to compare.");
    expect(comfyUI.runs).toEqual([]);
    await choose(page, "Model", "simulator_sdxl");
    await choose(page, "Second model", "simulator_sdxl");
    await expect(page.getByText("Choose two different models to compare.")).toBeVisible();
    await choose(page, "Second model", "simulator_sd15");
    await expect(page.getByRole("group", { name: "Who makes it" })).toContainText("simulator_sd15 (Stable Diffusion 1.5) would make it");

    // The first model is held up at its sampler's third step, the seventh of all. Releasing it sooner would release nothing.
    comfyUI.faults({ always: "blocked-3", forModel: "simulator_sdxl.safetensors" });
    await make(page);
    const [first, second] = [page.getByRole("article").nth(0), page.getByRole("article").nth(1)];
    await expect(first).toContainText("Step 7 of 34");
    comfyUI.faults({ always: null });
    comfyUI.release();
    await expect(madePicture(page, "A windmill")).toHaveCount(2);
    await expect(first.getByRole("list", { name: "Facts about this picture" })).toContainText("comfyui/simulator_sdxl.safetensors");
    await expect(second.getByRole("list", { name: "Facts about this picture" })).toContainText("comfyui/simulator_sd15.safetensors");
    const seedOf = async (article: typeof first) => /seed (\d+)/.exec(await article.getByRole("list", { name: "Facts about this picture" }).innerText())?.[1];
    expect(await seedOf(first)).toBeDefined();
    expect(await seedOf(second)).toBe(await seedOf(first));
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await screenshot(page, viewport.width > 400 ? "two-models" : "two-models-narrow");
    expectNoFaults(page);
  });
}

test("one of two models fails alone, and nobody takes its place", async ({ visit, comfyUI }) => {
  comfyUI.faults({ always: "out-of-memory-1", forModel: "simulator_sdxl.safetensors" });
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("would make it");
  await describe(page, "A well");
  await page.getByRole("button", { name: "Compare two models" }).click();
  await choose(page, "Model", "simulator_sdxl");
  await choose(page, "Second model", "simulator_sd15");
  await make(page);
  await expect(page.getByRole("article").nth(0)).toContainText(/memory/i);
  await expect(page.getByRole("article").nth(1).getByRole("img", { name: "A well" })).toBeVisible();
  await expect(madePicture(page, "A well")).toHaveCount(1);
});

test("made again, a picture is made under the goal that is chosen now: what is private by then is not kept", async ({ visit, comfyUI }) => {
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("would make it");
  await describe(page, "My own garden");
  await make(page);
  await expect(page.getByRole("list", { name: "Gallery" }).getByRole("listitem")).toHaveCount(1);
  await page.getByText("Privacy", { exact: true }).click();
  await page.getByRole("button", { name: "Again with this seed" }).click();
  await expect(page.getByRole("article")).toContainText("Made under the goal Privacy, it is not kept when you close the page.");
  await expect(page.getByRole("list", { name: "Gallery" }).getByRole("listitem")).toHaveCount(1);
});

test("made again, a picture comes from the model that made it, and its request is the draft as a whole", async ({ visit, comfyUI }) => {
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("simulator_sdxl (Stable Diffusion XL) would make it");
  comfyUI.faults({ always: "out-of-memory-1", forModel: "simulator_sdxl.safetensors" });
  await describe(page, "A bridge");
  await page.getByText("Artistic", { exact: true }).click();
  await page.getByLabel("Shape").selectOption("4:3");
  await make(page);
  await expect(page.getByRole("article")).toContainText("simulator_sd15 (Stable Diffusion 1.5) took over.");
  await expect(madePicture(page, "A bridge")).toBeVisible();
  comfyUI.faults({ always: null });
  await page.getByRole("button", { name: "Again with this seed" }).click();
  await expect(page.getByRole("button", { name: "Model: simulator_sd15 (Stable Diffusion 1.5)" })).toBeVisible();
  await expect(page.getByRole("list", { name: "Facts about this picture" })).toContainText("comfyui/simulator_sd15.safetensors");
  await expect(page.getByRole("article")).not.toContainText("took over");
  await expect(page.getByLabel("The picture in words")).toHaveValue("A bridge");
  await expect(page.getByRole("radio", { name: "Artistic" })).toBeChecked();
  await expect(page.getByLabel("Shape")).toHaveValue("4:3");
});

test("words that are typed and not asked for yet stay when a picture is made again or taken to be changed", async ({ visit, comfyUI }) => {
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("would make it");
  await describe(page, "A red house");
  await make(page);
  await expect(madePicture(page, "A red house")).toBeVisible();
  await describe(page, "A whole new idea");
  await page.getByRole("article").getByRole("button", { name: "Again with this seed" }).click();
  await expect(page.getByRole("list", { name: "Gallery" }).getByRole("listitem")).toHaveCount(2);
  await expect(page.getByLabel("The picture in words")).toHaveValue("A whole new idea");
  await page.getByRole("list", { name: "Gallery" }).getByRole("button").last().click();
  await page.getByRole("dialog").getByRole("button", { name: "Again with this seed" }).click();
  await expect(page.getByRole("list", { name: "Gallery" }).getByRole("listitem")).toHaveCount(3);
  await expect(page.getByLabel("The picture in words")).toHaveValue("A whole new idea");
  await page.getByRole("article").getByRole("button", { name: "Edit this image" }).click();
  await expect(page.getByRole("img", { name: "the picture", exact: true })).toBeVisible();
  await expect(page.getByLabel("The picture in words")).toHaveValue("A whole new idea");
});

test("pictures that are not kept stay in sight when the next one is made, until the page is closed", async ({ visit, comfyUI }) => {
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("would make it");
  await page.getByText("Privacy", { exact: true }).click();
  for (const words of ["My first garden", "My second garden"]) {
    await describe(page, words);
    await make(page);
    await expect(madePicture(page, words)).toBeVisible();
  }
  const before = page.getByRole("region", { name: "Made before, not kept" });
  await expect(before.getByRole("img", { name: "My first garden" })).toBeVisible();
  await expect(before).toContainText("Made under the goal Privacy, it is not kept when you close the page.");
  await expect(before.getByRole("button", { name: "Download" })).toBeVisible();
  await expectAccessible(page);
});

test("a picture that is still being kept stays in sight until it is kept", async ({ visit, comfyUI }) => {
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures", before: holdWrites });
  await expect(pictureRoute(page)).toContainText("would make it");
  await setHolding(page, true);
  await describe(page, "A slow letter");
  await make(page);
  await isHeld(page);
  await describe(page, "A fast letter");
  await make(page);
  await expect(madePicture(page, "A fast letter")).toBeVisible();
  await expect(madePicture(page, "A slow letter")).toBeVisible();
  await setHolding(page, false);
  await expect(page.getByRole("list", { name: "Gallery" }).getByRole("listitem")).toHaveCount(2);
  await expect(page.getByRole("region", { name: "Made before, not kept" })).toHaveCount(0);
});

test("what is said beside several pictures is left out: nobody could tell of which one it is said", async ({ visit, gemini }) => {
  const page = await visit({ gemini, view: "settings" });
  await giveKey(page, "Google Gemini", GOOD_GEMINI_KEY);
  await page.getByRole("link", { name: "Pictures" }).click();
  await choose(page, "Model", "gemini-simulator-flash-image");
  await describe(page, "Two foxes");
  await page.getByLabel("How many").selectOption("2");
  await expect(pictureRoute(page)).toContainText("would make it");
  await make(page);
  await expect(madePicture(page, "Two foxes")).toHaveCount(2);
  await expect(page.getByRole("list", { name: "Facts about this picture" })).toContainText("for all 2");
  await expect(page.getByRole("article")).not.toContainText("simulator, not a model.");
});

test("what begins to be made comes into sight", async ({ visit, comfyUI }) => {
  comfyUI.faults({ next: ["blocked-2"] });
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures", viewport: { width: 360, height: 500 } });
  await page.emulateMedia({ reducedMotion: "reduce" });
  await expect(pictureRoute(page)).toContainText("would make it");
  await page.getByLabel("The picture in words").focus();
  await page.keyboard.type("A harbour at night");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Being made" })).toBeInViewport();
});
