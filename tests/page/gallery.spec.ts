import type { Page } from "@playwright/test";
import { expectAccessible, expectNoSidewaysScroll } from "./accessible.ts";
import { describe, holdWrites, isHeld, madePicture, make, pictureRoute, setHolding, watchObjectUrls } from "./picturing.ts";
import { screenshot } from "./screenshot.ts";
import { everythingStored, expect, expectNoFaults, test } from "./visit.ts";

function gallery(page: Page) {
  return page.getByRole("list", { name: "Gallery" });
}

function kept(page: Page, words: string) {
  return gallery(page).getByRole("button", { name: words });
}

async function makeOf(page: Page, words: string): Promise<void> {
  await describe(page, words);
  await make(page);
  await expect(madePicture(page, words)).toBeVisible();
}

test("what was made is there after a reload with its receipt, can be downloaded, and is deleted one by one or all at once", async ({ visit, comfyUI }) => {
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("would make it");
  for (const words of ["A red kite", "A green boat", "A blue door"]) await makeOf(page, words);
  await expect(gallery(page).getByRole("listitem")).toHaveCount(3);

  await page.reload();
  await expect(gallery(page).getByRole("listitem")).toHaveCount(3);
  await expect(gallery(page).getByRole("listitem").first()).toContainText("A blue door");
  await expect(gallery(page).getByRole("listitem").first()).toContainText("simulated");
  await kept(page, "A green boat").scrollIntoViewIfNeeded();
  await expect(kept(page, "A green boat").getByRole("img")).toBeVisible();
  await screenshot(page, "gallery");
  await expectAccessible(page);
  await kept(page, "A green boat").click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("img", { name: "A green boat" })).toBeVisible();
  await expect(dialog.getByRole("list", { name: "Facts about this picture" })).toContainText("comfyui/simulator_sdxl.safetensors");
  await expect(dialog.getByRole("list", { name: "Facts about this picture" })).toContainText(/seed \d+/);
  await expect(dialog).toContainText("Made by a simulator, not by a model");
  await expectAccessible(page);
  const downloading = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Download" }).click();
  expect((await downloading).suggestedFilename()).toBe("a-green-boat.png");

  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(dialog.getByRole("button", { name: "Keep it" })).toBeFocused();
  await dialog.getByRole("group", { name: "Delete it for good?" }).getByRole("button", { name: "Delete" }).click();
  await expect(gallery(page).getByRole("listitem")).toHaveCount(2);
  await expect(page.getByRole("heading", { name: "Gallery" })).toBeFocused();
  await page.reload();
  await expect(gallery(page).getByRole("listitem")).toHaveCount(2);
  await expect(kept(page, "A green boat")).toHaveCount(0);

  await page.getByRole("button", { name: "Delete all" }).click();
  await page.getByRole("group", { name: "Delete all pictures for good?" }).getByRole("button", { name: "Delete all" }).click();
  await expect(gallery(page)).toHaveCount(0);
  await page.reload();
  await expect(pictureRoute(page)).toContainText("would make it");
  await expect(gallery(page)).toHaveCount(0);
  expect(await everythingStored(page)).not.toContain("A red kite");
  expectNoFaults(page);
});

test("a kept picture is changed and made again by its seed", async ({ visit, comfyUI }) => {
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("would make it");
  await page.getByLabel("Seed").fill("41");
  await makeOf(page, "A cave");
  await page.reload();
  await kept(page, "A cave").click();
  await page.getByRole("dialog").getByRole("button", { name: "Edit this image" }).click();
  await expect(page.getByLabel("The picture in words")).toBeFocused();
  await describe(page, "With a lamp");
  await page.getByRole("button", { name: "Change the picture" }).click();
  await expect(madePicture(page, "With a lamp")).toBeVisible();

  await kept(page, "A cave").click();
  await page.getByRole("dialog").getByRole("button", { name: "Again with this seed" }).click();
  await expect(madePicture(page, "A cave")).toBeVisible();
  await expect(page.getByRole("list", { name: "Facts about this picture" })).toContainText("seed 41");
});

test("of a hundred kept pictures only those near what is seen are read and shown", async ({ visit }) => {
  const page = await visit({ view: "pictures", before: watchObjectUrls });
  await expect(pictureRoute(page)).toContainText("No model makes pictures yet.");
  await page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open("visual-light-researcher");
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(new Error("not opened"));
    });
    const canvas = new OffscreenCanvas(64, 64);
    canvas.getContext("2d")?.fillRect(0, 0, 40, 64);
    const file = await canvas.convertToBlob();
    const transaction = database.transaction(["pictures", "files"], "readwrite");
    for (let number = 1; number <= 100; number += 1) {
      const id = `kept-${number}`;
      transaction.objectStore("files").put(file, id);
      transaction.objectStore("pictures").put({ id, at: number, prompt: `Picture ${number}`, style: "artistic", aspectRatio: "1:1", count: 1, mediaType: "image/png", bytes: file.size, model: "comfyui/simulator", isEdit: false }, id);
    }
    transaction.objectStore("pictures").put({ id: "odd", at: "yesterday" }, "odd");
    await new Promise((resolve) => {
      transaction.oncomplete = resolve;
    });
    database.close();
  });
  await page.reload();
  await expect(gallery(page).getByRole("listitem")).toHaveCount(100);
  await expect(page.getByText("One picture is left out: what is kept of it cannot be read.")).toBeVisible();
  const last = kept(page, "Picture 1").last();
  await expect(last.getByRole("img")).toHaveCount(0);
  await last.scrollIntoViewIfNeeded();
  await expect(last.getByRole("img")).toBeVisible();
  const shown = await gallery(page).getByRole("img").count();
  expect(shown).toBeLessThan(60);
  await expect.poll(async () => page.evaluate(() => {
    const { made, revoked } = (window as unknown as { objectUrls: { made: number; revoked: number } }).objectUrls;
    return made - revoked - document.querySelectorAll("main img").length;
  })).toBe(0);
  await expectNoSidewaysScroll(page);
});

test("storage that never answers is told of, with what helps, and the picture can be downloaded", async ({ visit, comfyUI }) => {
  const page = await visit({
    comfyuiEndpoint: comfyUI.url,
    view: "pictures",
    before: () => {
      // Whoever opens it waits for the deletion, which waits for the one that holds it.
      indexedDB.open("visual-light-researcher", 1).onsuccess = () => indexedDB.deleteDatabase("visual-light-researcher");
    },
  });
  await page.clock.install();
  await page.reload();
  await expect(pictureRoute(page)).toContainText("would make it");
  await page.clock.fastForward(20_000);
  const words = "This browser's storage does not answer. Close other tabs of this page, or start the browser anew.";
  await expect(page.getByText(`The kept pictures cannot be shown. ${words}`)).toBeVisible();
  await makeOf(page, "A silent lake");
  await page.clock.fastForward(20_000);
  await expect(page.getByRole("article")).toContainText(`This is not kept: download it if you want to have it. ${words}`);
  const downloading = page.waitForEvent("download");
  await page.getByRole("article").getByRole("button", { name: "Download" }).click();
  expect((await downloading).suggestedFilename()).toBe("a-silent-lake.png");
});

test("a picture that finds no room is shown, said not to be kept, and can still be downloaded", async ({ visit, comfyUI }) => {
  const page = await visit({
    comfyuiEndpoint: comfyUI.url,
    view: "pictures",
    before: () => {
      const put = Object.getOwnPropertyDescriptor(IDBObjectStore.prototype, "put")?.value as (this: IDBObjectStore, ...given: [unknown, IDBValidKey?]) => IDBRequest<IDBValidKey>;
      IDBObjectStore.prototype.put = function (...given) {
        if (this.name === "files") throw new DOMException("planted", "QuotaExceededError");
        return put.apply(this, given);
      };
    },
  });
  await expect(pictureRoute(page)).toContainText("would make it");
  await makeOf(page, "Too much");
  const notice = "This is not kept: download it if you want to have it. There is no room left in this browser's storage.";
  await expect(page.getByRole("article")).toContainText(notice);
  await expect(page.getByRole("status")).toContainText(notice);
  await expect(page.getByRole("article").getByRole("button", { name: "Download" })).toBeVisible();
  await expect(gallery(page)).toHaveCount(0);
});

test("where storage does not open, pictures are made all the same and the page says that none is kept", async ({ visit, comfyUI }) => {
  const page = await visit({
    comfyuiEndpoint: comfyUI.url,
    view: "pictures",
    before: () => {
      const open = indexedDB.open.bind(indexedDB);
      IDBFactory.prototype.open = (name, version) => {
        if (name === "visual-light-researcher") throw new DOMException("planted", "SecurityError");
        return open(name, version);
      };
    },
  });
  await expect(page.getByRole("alert")).toContainText("The kept pictures cannot be shown.");
  await expect(page.getByRole("button", { name: "Delete all" })).toHaveCount(0);
  await expect(pictureRoute(page)).toContainText("would make it");
  await makeOf(page, "A cloud");
  await expect(page.getByRole("article")).toContainText("This is not kept: download it if you want to have it. This browser's storage does not work");
});

test("what is made under the goal privacy is not written down", async ({ visit, comfyUI }) => {
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("would make it");
  await page.getByText("Privacy", { exact: true }).click();
  await makeOf(page, "My own garden");
  await expect(page.getByRole("article")).toContainText("Made under the goal Privacy, it is not kept");
  await expect(gallery(page)).toHaveCount(0);
  expect(await everythingStored(page)).not.toContain("My own garden");
});

test("a picture that was shown for one frame before the page was reloaded is kept", async ({ visit, comfyUI }) => {
  const page = await visit({
    comfyuiEndpoint: comfyUI.url,
    view: "pictures",
    before: () => {
      if (sessionStorage.getItem("reloaded") !== null) return;
      const list = document.getElementsByTagName("img");
      const look = () => {
        if ([...list].every((image) => image.alt !== "A short look")) {
          requestAnimationFrame(look);
          return;
        }
        sessionStorage.setItem("reloaded", "yes");
        location.reload();
      };
      look();
    },
  });
  await expect(pictureRoute(page)).toContainText("would make it");
  await describe(page, "A short look");
  await make(page);
  await page.waitForFunction(() => sessionStorage.getItem("reloaded") !== null && document.readyState === "complete");
  await expect(kept(page, "A short look")).toBeVisible();
  await kept(page, "A short look").click();
  await expect(page.getByRole("dialog").getByRole("img", { name: "A short look" })).toBeVisible();
});

test("the gallery at 360 pixels in the dark passes axe and does not scroll sideways", async ({ visit, comfyUI }) => {
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures", colorScheme: "dark", viewport: { width: 360, height: 740 } });
  await expect(pictureRoute(page)).toContainText("would make it");
  await makeOf(page, `A ${"long".repeat(30)} word`);
  await page.reload();
  const tile = gallery(page).getByRole("button").first();
  await tile.scrollIntoViewIfNeeded();
  await expect(tile.getByRole("img")).toBeVisible();
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
  await tile.click();
  await expect(page.getByRole("dialog").getByRole("img")).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "kept-picture-narrow");
  await page.keyboard.press("Escape");
  await expect(tile).toBeFocused();
});

test("what is kept while another picture is deleted is there afterwards, and what is deleted is gone", async ({ visit, comfyUI }) => {
  const page = await visit({ comfyuiEndpoint: comfyUI.url, view: "pictures", before: holdWrites });
  await expect(pictureRoute(page)).toContainText("would make it");
  await makeOf(page, "An old tree");
  await expect(kept(page, "An old tree")).toBeVisible();
  await setHolding(page, true);
  await makeOf(page, "A young tree");
  await isHeld(page);
  await kept(page, "An old tree").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
  await dialog.getByRole("group", { name: "Delete it for good?" }).getByRole("button", { name: "Delete" }).click();
  await setHolding(page, false);
  await expect(page.getByRole("status")).toHaveText("The picture is deleted.");
  await expect(kept(page, "A young tree")).toBeVisible();
  await expect(gallery(page).getByRole("listitem")).toHaveCount(1);
});

test("of several pictures each one is kept that can be, and the page counts and marks the others", async ({ visit, comfyUI }) => {
  const page = await visit({
    comfyuiEndpoint: comfyUI.url,
    view: "pictures",
    before: () => {
      const put = Object.getOwnPropertyDescriptor(IDBObjectStore.prototype, "put")?.value as (this: IDBObjectStore, ...given: [unknown, IDBValidKey?]) => IDBRequest<IDBValidKey>;
      let files = 0;
      IDBObjectStore.prototype.put = function (...given) {
        if (this.name === "files") files += 1;
        if (this.name === "files" && files === 2) throw new DOMException("planted", "QuotaExceededError");
        return put.apply(this, given);
      };
    },
  });
  await expect(pictureRoute(page)).toContainText("would make it");
  await describe(page, "Four apples");
  await page.getByLabel("How many").selectOption("4");
  await make(page);
  await expect(madePicture(page, "Four apples")).toHaveCount(4);
  await expect(page.getByRole("article")).toContainText("1 of these 4 is not kept: download it if you want to have it. There is no room left");
  await expect(page.getByRole("list", { name: "Pictures", exact: true }).getByRole("listitem").nth(1)).toContainText("Not kept");
  await expect(gallery(page).getByRole("listitem")).toHaveCount(3);
});

test("the browser is asked once to let the pictures stay, and its refusal is no error", async ({ visit, comfyUI }) => {
  const page = await visit({
    comfyuiEndpoint: comfyUI.url,
    view: "pictures",
    before: () => {
      const counts = { asked: 0 };
      Object.assign(window, { counts });
      StorageManager.prototype.persisted = () => Promise.resolve(false);
      StorageManager.prototype.persist = () => {
        counts.asked += 1;
        return counts.asked === 1 ? Promise.reject(new TypeError("planted")) : Promise.resolve(false);
      };
    },
  });
  await expect(pictureRoute(page)).toContainText("would make it");
  const asked = () => page.evaluate(() => (window as unknown as { counts: { asked: number } }).counts.asked);
  expect(await asked()).toBe(0);
  for (const words of ["A lamp", "A candle"]) await makeOf(page, words);
  await expect(gallery(page).getByRole("listitem")).toHaveCount(2);
  await expect.poll(asked).toBe(1);
  await expect(page.getByRole("article")).not.toContainText("not kept");
  expectNoFaults(page);
});

test("odd records are left out and counted, and do not take the view down", async ({ visit }) => {
  const page = await visit({ view: "pictures" });
  await expect(pictureRoute(page)).toContainText("No model makes pictures yet.");
  await page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open("visual-light-researcher");
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(new Error("not opened"));
    });
    const plain = { at: 1, style: "artistic", aspectRatio: "1:1", count: 1, mediaType: "image/png", bytes: 4, model: "comfyui/simulator", isEdit: false };
    const receipt = { model: "comfyui/simulator", provider: "comfyui", locality: "device", attempts: [], cost: 0, costKind: "free", durationMs: 1 };
    const odd = [
      { ...plain, findings: { topic: "t", facts: [{ statement: "s", origin: { kind: "named", url: "no address" } }] } },
      { ...plain, findings: { topic: "t", facts: [{ statement: "s", origin: { kind: "found", url: "javascript:alert(1)" } }] } },
      { ...plain, receipt: { ...receipt, locality: "moon" } },
      { ...plain, at: 1e300 },
    ];
    const transaction = database.transaction(["pictures", "files"], "readwrite");
    for (const [place, record] of odd.entries()) transaction.objectStore("pictures").put({ ...record, id: `odd-${place}`, prompt: "Odd" }, `odd-${place}`);
    transaction.objectStore("pictures").put({ ...plain, receipt, id: "sound", prompt: "No file" }, "sound");
    transaction.objectStore("files").put("no blob", "sound");
    await new Promise((resolve) => {
      transaction.oncomplete = resolve;
    });
    database.close();
  });
  await page.reload();
  await expect(page.getByText("4 pictures are left out: what is kept of them cannot be read.")).toBeVisible();
  await expect(gallery(page).getByRole("listitem")).toHaveCount(1);
  await kept(page, "No file").click();
  await expect(page.getByRole("dialog").getByText("This picture is gone from storage.")).toBeVisible();
  expectNoFaults(page);
});
