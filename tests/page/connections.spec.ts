import { screenshot } from "./screenshot.ts";
import { ask, expect, expectNoFaults, lastAnswer, test, wholeAnswer } from "./visit.ts";

test("when four tabs have long requests at a server, a fifth one's answer waits and says its place, and goes on when one of them is closed", async ({ visit, ollama }) => {
  ollama.faults({ always: "stall-middle-3" });
  const page = await visit({ ollamaEndpoint: ollama.url });
  const others = [];
  for (let number = 0; number < 4; number += 1) {
    const other = await page.context().newPage();
    await other.goto(page.url());
    await expect(other.locator("#route-line")).toContainText("would answer");
    // The same question would be asked once for all tabs.
    await ask(other, `Who is busy, ${number}?`);
    await expect(lastAnswer(other)).toContainText("This is the");
    others.push(other);
  }
  await page.bringToFront();
  await ask(page, "Who waits?");
  await expect(lastAnswer(page)).toContainText("Waiting for Ollama: next in line");
  await expect(page.getByRole("status")).toHaveText("Waiting for Ollama: next in line");
  expect(ollama.requests.filter(({ method, path }) => method === "POST" && path === "/api/chat")).toHaveLength(4);
  await screenshot(page, "waiting-in-line");

  ollama.faults({ always: null });
  await others[0]?.close();
  await expect(await wholeAnswer(page)).toContainText("You asked: Who waits?");
  await expect(lastAnswer(page)).not.toContainText("in line");
  expectNoFaults(page);
});
