import type { Page } from "@playwright/test";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../docs/screenshots/", import.meta.url));

/** Pictures for the documentation, made only on request: they differ from machine to machine. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (process.env.UPDATE_SCREENSHOTS !== "1") return;
  await page.screenshot({ path: `${folder}${name}.png`, animations: "disabled" });
}
