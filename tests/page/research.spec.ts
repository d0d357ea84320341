import type { Page } from "@playwright/test";
import { GOOD_OPENROUTER_KEY } from "../simulator/openrouter.mjs";
import { expectAccessible, expectNoSidewaysScroll } from "./accessible.ts";
import { make, pictureRoute } from "./picturing.ts";
import { screenshot } from "./screenshot.ts";
import { expect, expectNoFaults, giveKey, test } from "./visit.ts";

async function research(page: Page, topic: string): Promise<void> {
  await page.getByRole("link", { name: "Pictures" }).click();
  await page.getByText("Research a topic", { exact: true }).click();
  await page.getByRole("textbox", { name: "Topic", exact: true }).fill(topic);
}

function facts(page: Page) {
  return page.getByRole("group", { name: /^Facts about: / });
}

test("a topic becomes facts, chosen facts become words, and words a picture that is kept with its facts", async ({ visit, ollama, comfyUI }) => {
  const page = await visit({ ollamaEndpoint: ollama.url, comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("would make it");
  await research(page, "How a rainbow comes about");
  await expect(page.locator("#facts-route-line")).toContainText("would find them: Ollama, on this machine, free. It cannot search the web");
  await page.keyboard.press("Enter");
  await expect(facts(page).getByRole("checkbox")).toHaveCount(3);
  await expect(facts(page)).toContainText("This is the Ollama simulator, not a model.");
  await expect(facts(page)).toContainText("Stated by a simulator, not by a model: nothing of it is true");
  await expect(facts(page).getByText("No source")).toHaveCount(3);
  await expect(page.getByRole("list", { name: "Facts about this answer" })).toContainText("Ollama, on this machine");
  await expect(page.getByRole("status")).toHaveText("3 facts are there.");
  await expectAccessible(page);

  await facts(page).getByRole("checkbox").first().uncheck();
  await page.getByRole("button", { name: "Describe a picture of 2 of these" }).click();
  const words = page.getByLabel("The picture in words");
  await expect(words).toHaveValue(/^This is the Ollama simulator, not a model\./);
  await expect(words).toBeFocused();
  await expect(page.getByText("Rests on 2 facts about: How a rainbow comes about")).toBeVisible();
  const form = page.getByRole("form", { name: "Describe a picture" });
  await expect(form).toContainText(/Words by ollama\/\S+ · Ollama, on this machine · free/);
  await expect(form).toContainText("Written by a simulator, not by a model");
  await expect(form).toContainText("Stated by a simulator, not by a model: nothing of it is true");
  const asked = ollama.requests.filter(({ method, path }) => method === "POST" && path === "/api/chat").at(-1);
  expect(JSON.stringify(asked?.json).split("- This is the Ollama simulator").length - 1).toBe(2);
  await screenshot(page, "research");

  await words.fill("A rainbow over a field, with the path of the light");
  await make(page);
  const tile = page.getByRole("list", { name: "Gallery" }).getByRole("button", { name: "A rainbow over a field" });
  await expect(tile).toBeVisible();
  await page.reload();
  await tile.click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("heading", { name: "Facts about: How a rainbow comes about" })).toBeVisible();
  await expect(dialog.getByRole("region", { name: "Facts" }).getByRole("listitem")).toHaveCount(2);
  await expect(dialog.getByRole("region", { name: "Facts" })).toContainText("Stated by a simulator, not by a model: nothing of it is true");
  await expect(dialog.getByRole("region", { name: "Facts" })).toContainText(/Words by ollama\/\S+, changed by you/);
  await expectAccessible(page);
  expectNoFaults(page);
});

test("a model that searches does so, and each fact says whether the search found its source, the model only named it, or there is none", async ({ visit, openRouter, loggingProxy }) => {
  const page = await visit({ openRouter, view: "settings" });
  await giveKey(page, "OpenRouter", GOOD_OPENROUTER_KEY);
  // A simulator's answer with the facts that are wanted here: it is the page that is tried.
  const bodies: unknown[] = [];
  await page.route("**/chat/completions", async (route) => {
    bodies.push(route.request().postDataJSON());
    const content = JSON.stringify({
      facts: [
        { statement: "Simulated fact one", source: "https://one.simulator.example/page#part" },
        { statement: "Simulated fact two", source: "https://elsewhere.simulator.example/" },
        { statement: "Simulated fact three", source: "a book" },
      ],
    });
    const annotations = [{ type: "url_citation", url_citation: { url: "https://one.simulator.example/page", title: "Made-up source" } }];
    const piece = (delta: object, finish: string | null) => `data: ${JSON.stringify({ id: "gen-1", object: "chat.completion.chunk", model: "simulator/text", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
    const body = `${piece({ role: "assistant", content, annotations }, null)}${piece({}, "stop")}data: [DONE]\n\n`;
    await route.fulfill({ status: 200, headers: { "content-type": "text/event-stream", "access-control-allow-origin": "*" }, body });
  });
  await research(page, "Simulated topic");
  await expect(page.locator("#facts-route-line")).toContainText("It searches the web for them.");
  await page.getByRole("button", { name: "Find facts" }).click();
  await expect(facts(page).getByRole("checkbox")).toHaveCount(3);
  await expect(facts(page)).toContainText("one.simulator.example (found by the search)");
  await expect(facts(page)).toContainText("elsewhere.simulator.example (named by the model, nobody looked there)");
  await expect(facts(page).getByText("No source")).toHaveCount(1);
  await expect(page.getByRole("region", { name: "Sources" })).toContainText("Made-up source");
  expect(JSON.stringify(bodies[0])).toContain("json_schema");
  expect(loggingProxy.foreignHosts()).toEqual([]);
  await expectAccessible(page);
  await screenshot(page, "facts-with-sources");

  await page.getByLabel("Search the web where the model can").uncheck();
  await expect(page.locator("#facts-route-line")).toContainText("It does not search the web");
});

test("a server that fails while facts are looked for is told in plain words, and nothing is made up in their place", async ({ visit, ollama }) => {
  ollama.faults({ always: "error-500" });
  const page = await visit({ ollamaEndpoint: ollama.url, view: "pictures" });
  await research(page, "Anything");
  await expect(page.locator("#facts-route-line")).toContainText("would find them");
  await page.getByRole("button", { name: "Find facts" }).click();
  await expect(page.getByRole("button", { name: "Find out why" })).toBeVisible();
  await expect(facts(page)).toHaveCount(0);
  await expect(page.getByRole("button", { name: /^Describe a picture of/ })).toHaveCount(0);
});

test("a server that does not say whether it keeps to a schema is asked when it is chosen", async ({ visit, openAI }) => {
  const page = await visit({ servers: [{ name: "mine", endpoint: `${openAI.url}/v1`, locality: "device" }], view: "pictures" });
  await research(page, "Anything");
  await expect(page.locator("#facts-route-line")).toContainText("mine/simulator: Its server does not say whether it can do this: json. Choose it to try.");
  await page.getByRole("button", { name: "Model for the facts: Any model" }).click();
  await page.getByLabel("Search models").fill("mine/simulator");
  await expect(page.getByRole("listbox", { name: "Models" }).getByRole("option").first()).toContainText("mine/simulator");
  await page.keyboard.press("Enter");
  await expect(page.locator("#facts-route-line")).toContainText("would find them: mine, on this machine");
  await page.getByRole("button", { name: "Find facts" }).click();
  await expect(facts(page)).toContainText("This is the OpenAI-compatible simulator, not a model.");
});

test("without a model that can state facts the page says why, and shows what can: not the small model of this page, which keeps to no schema", async ({ visit }) => {
  const page = await visit({ view: "pictures" });
  await research(page, "Anything");
  await expect(page.locator("#facts-route-line")).toContainText("No model can state facts that can be checked.");
  await page.getByRole("button", { name: "Find facts" }).click();
  await expect(page.getByText("There is no model yet that could state facts.")).toBeVisible();
  await expect(page.getByRole("region", { name: "Ollama", exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: /Run a small model in this page/ })).toHaveCount(0);
  await expectAccessible(page);
  await page.getByRole("region", { name: "Clouds and other servers" }).getByRole("button", { name: "Add a key or a server" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Settings" })).toBeVisible();
});

test("looking for facts is stopped at the server", async ({ visit, ollama }) => {
  ollama.faults({ always: "stall-first" });
  const page = await visit({ ollamaEndpoint: ollama.url, view: "pictures" });
  await research(page, "Anything");
  await expect(page.locator("#facts-route-line")).toContainText("would find them");
  await page.getByRole("button", { name: "Find facts" }).click();
  await expect(page.getByText(/is looking for facts…/)).toBeVisible();
  await page.getByRole("form", { name: "Research a topic" }).getByRole("button", { name: "Stop" }).click();
  await ollama.waitFor(({ path, aborted }) => path === "/api/chat" && aborted);
  await expect(page.getByRole("button", { name: "Find facts" })).toBeVisible();
  await expect(page.getByRole("status")).toHaveText("Stopped.");
});

test("the researcher at 360 pixels in the dark passes axe and does not scroll sideways", async ({ visit, ollama, comfyUI }) => {
  const page = await visit({ ollamaEndpoint: ollama.url, comfyuiEndpoint: comfyUI.url, view: "pictures", colorScheme: "dark", viewport: { width: 360, height: 740 } });
  await research(page, `How ${"long".repeat(30)} words wrap`);
  await expect(page.locator("#facts-route-line")).toContainText("would find them");
  await page.getByRole("button", { name: "Find facts" }).click();
  await expect(facts(page).getByRole("checkbox")).toHaveCount(3);
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
  await screenshot(page, "research-narrow");
});

async function findFacts(page: Page): Promise<void> {
  await expect(page.locator("#facts-route-line")).toContainText("would find them");
  await page.getByRole("button", { name: "Find facts" }).click();
  await expect(facts(page).getByRole("checkbox")).toHaveCount(3);
}

test("a description that comes when the visitor has begun to write waits to be taken", async ({ visit, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url, view: "pictures" });
  await research(page, "Rainbows");
  await findFacts(page);
  ollama.faults({ next: [["drip", "long-60"]] });
  const words = page.getByLabel("The picture in words");
  await page.getByRole("button", { name: "Describe a picture of these" }).click();
  await words.fill("My own words");
  const waiting = page.getByRole("region", { name: "The description" });
  await expect(waiting).toContainText("This is the Ollama simulator, not a model.");
  await expect(waiting).toContainText("Words by ollama/");
  await expect(words).toHaveValue("My own words");
  await expect(page.getByText(/^Rests on/)).toHaveCount(0);
  await expectAccessible(page);
  await waiting.getByRole("button", { name: "Use this in place of your words" }).click();
  await expect(words).toHaveValue(/^This is the Ollama simulator, not a model\./);
  await expect(words).toBeFocused();
  await expect(waiting).toHaveCount(0);
});

test("facts stay until others are there", async ({ visit, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url, view: "pictures" });
  await research(page, "Rainbows");
  await findFacts(page);
  ollama.faults({ always: "error-500" });
  await page.getByRole("textbox", { name: "Topic", exact: true }).fill("Tides");
  await page.getByRole("button", { name: "Find facts" }).click();
  await expect(page.getByRole("button", { name: "Find out why" })).toBeVisible();
  await expect(page.getByRole("group", { name: "Facts about: Rainbows" }).getByRole("checkbox")).toHaveCount(3);
});

test("a picture that rests on private facts is private, whatever the goal is by then", async ({ visit, ollama, comfyUI }) => {
  const page = await visit({ ollamaEndpoint: ollama.url, comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("would make it");
  await page.getByText("Privacy", { exact: true }).click();
  await research(page, "My illness");
  await findFacts(page);
  await page.getByText("Balanced", { exact: true }).click();
  await page.getByRole("button", { name: "Describe a picture of these" }).click();
  await expect(page.getByText("Found under the goal Privacy: the picture is made under it, too, and not kept.")).toBeVisible();
  await make(page);
  await expect(page.getByRole("article")).toContainText("It rests on what was found under the goal Privacy: it is not kept when you close the page.");
  await expect(page.getByRole("list", { name: "Gallery" })).toHaveCount(0);
});

test("facts leave the draft with the words that were made of them", async ({ visit, ollama, comfyUI }) => {
  const page = await visit({ ollamaEndpoint: ollama.url, comfyuiEndpoint: comfyUI.url, view: "pictures" });
  await expect(pictureRoute(page)).toContainText("would make it");
  await research(page, "Rainbows");
  await findFacts(page);
  const rests = page.getByText("Rests on 3 facts about: Rainbows");
  const words = page.getByLabel("The picture in words");
  await page.getByRole("button", { name: "Describe a picture of these" }).click();
  await expect(rests).toBeVisible();
  await words.fill("");
  await expect(rests).toHaveCount(0);

  await page.getByRole("button", { name: "Describe a picture of these" }).click();
  await expect(rests).toBeVisible();
  await make(page);
  await expect(page.getByRole("list", { name: "Facts about this picture" })).toBeVisible();
  await words.press("End");
  await words.pressSequentially(" In blue.");
  await expect(rests).toBeVisible();
  await words.fill("A cat on a roof");
  await expect(rests).toHaveCount(0);
});

test("stopped before the mesh is there, nobody is asked for facts", async ({ visit, ollama }) => {
  const page = await visit({
    ollamaEndpoint: ollama.url,
    view: "pictures",
    before: () => {
      const goOn = new Promise<void>((resolve) => Object.assign(window, { goOn: resolve }));
      const instantiate = WebAssembly.instantiateStreaming.bind(WebAssembly);
      WebAssembly.instantiateStreaming = async (...given) => {
        await goOn;
        return instantiate(...given);
      };
    },
  });
  await research(page, "Anything");
  await page.getByRole("button", { name: "Find facts" }).click();
  await page.getByRole("form", { name: "Research a topic" }).getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("status")).toHaveText("Stopped.");
  await page.evaluate(() => (window as unknown as { goOn: () => void }).goOn());
  await expect(page.locator("#facts-route-line")).toContainText("would find them");
  await expect(page.getByRole("button", { name: "Find facts" })).toBeVisible();
  expect(ollama.requests.filter(({ path }) => path === "/api/chat")).toEqual([]);
});
