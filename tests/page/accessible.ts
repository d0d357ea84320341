/** What every screen has to keep: axe finds nothing, and nothing scrolls sideways. */
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => ({ id, where: nodes.map((node) => node.target.join(" ")) }))).toEqual([]);
}

export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const { content, visible } = await page.evaluate(() => ({ content: document.documentElement.scrollWidth, visible: document.documentElement.clientWidth }));
  expect(content).toBeLessThanOrEqual(visible);
}
