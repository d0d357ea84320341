/** What the specs of pictures do again and again. */
import type { Page } from "@playwright/test";

export function pictureRoute(page: Page) {
  return page.locator("#picture-route-line");
}

export async function describe(page: Page, words: string): Promise<void> {
  await page.getByLabel("The picture in words").fill(words);
}

export async function make(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Make the picture" }).click();
}

/** A picture among those that were made now. */
export function madePicture(page: Page, words: string) {
  return page.getByRole("list", { name: "Pictures", exact: true }).getByRole("img", { name: words, exact: true });
}

/** Counts in the page, from its first script on, how many addresses of blobs are made and given back. */
export function watchObjectUrls(): void {
  const counts = { made: 0, revoked: 0 };
  Object.assign(window, { objectUrls: counts });
  const make = URL.createObjectURL.bind(URL);
  const revoke = URL.revokeObjectURL.bind(URL);
  URL.createObjectURL = (blob) => {
    counts.made += 1;
    return make(blob);
  };
  URL.revokeObjectURL = (address) => {
    counts.revoked += 1;
    revoke(address);
  };
}

/** While the page is told to hold on, what is written into storage is not finished. */
export function holdWrites(): void {
  const commit = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, "commit")?.value as (this: IDBTransaction) => void;
  const page = window as { isHolding?: boolean; isHeld?: boolean };
  IDBTransaction.prototype.commit = function () {
    if (page.isHolding !== true || !this.objectStoreNames.contains("files")) {
      commit.call(this);
      return;
    }
    page.isHeld = true;
    const files = this.objectStore("files");
    // A transaction ends when nothing is asked of it any more.
    const askAgain = () => {
      if (page.isHolding === true) files.count().onsuccess = askAgain;
      else commit.call(this);
    };
    askAgain();
  };
}

export async function setHolding(page: Page, isHolding: boolean): Promise<void> {
  await page.evaluate((now) => {
    (window as { isHolding?: boolean }).isHolding = now;
  }, isHolding);
}

export async function isHeld(page: Page): Promise<void> {
  await page.waitForFunction(() => (window as { isHeld?: boolean }).isHeld === true);
}
