import { startOpenAISimulator } from "../simulator/openai.mjs";
import { expectAccessible } from "./accessible.ts";
import { expect, modelList, test } from "./visit.ts";

/** Where such servers listen by themselves. Somebody on this machine may use one of the ports. */
const usual = [
  { name: "GPT4All", provider: "gpt4all", port: 4891 },
  { name: "Jan", provider: "jan", port: 1337 },
  { name: "KoboldCpp", provider: "koboldcpp", port: 5001 },
  { name: "LM Studio", provider: "lm-studio", port: 1234 },
];

async function startAtUsualPort() {
  for (const place of usual) {
    const simulator = await startOpenAISimulator({ port: place.port }).catch(() => undefined);
    if (simulator !== undefined) return { ...place, simulator };
  }
  return undefined;
}

test("servers at their usual ports are looked for only when asked, and then listed with their models", async ({ visit }) => {
  const started = await startAtUsualPort();
  test.skip(started === undefined, "every one of the usual ports is taken on this machine");
  if (started === undefined) return;
  const { name, provider, simulator } = started;
  try {
    const page = await visit({ view: "models" });
    await page.getByRole("button", { name: "Look again" }).click();
    await expect(page.getByText("No models yet.")).toBeVisible();
    expect(simulator.requests).toEqual([]);

    await page.getByRole("button", { name: "Look for servers on this machine" }).click();
    const servers = page.getByRole("list", { name: "Servers" });
    await expect(servers.getByText(name, { exact: true })).toBeVisible();
    await expect(servers.getByRole("listitem").filter({ hasText: name })).toContainText("found on this machine");
    await expect(modelList(page)).toContainText(`${provider}/`);
    await expectAccessible(page);

    // It is known for this visit; the next one looks by itself only if it was told to.
    await page.reload();
    await expect(servers).toHaveCount(0);
    await page.getByLabel("Also when the page opens").check();
    await page.reload();
    await expect(servers.getByText(name, { exact: true })).toBeVisible();
  } finally {
    await simulator.close();
  }
});
