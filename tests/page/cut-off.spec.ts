import { screenshot } from "./screenshot.ts";
import { ask, expect, expectNoFaults, lastAnswer, test, wholeAnswer, type OllamaSimulator } from "./visit.ts";

const question = "Write at length about reloads.";

/** What the simulator would have said to the first question, all of it. */
async function truth(ollama: OllamaSimulator): Promise<string> {
  const first = ollama.requests.find(({ method, path }) => method === "POST" && path === "/api/chat");
  const response = await fetch(`${ollama.url}/api/chat`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ...(first?.json as object), stream: false }) });
  return ((await response.json()) as { message: { content: string } }).message.content;
}

const plain = (text: string) => text.replace(/\s+/gu, " ").trim();

for (const [name, viewport] of [["wide", undefined], ["narrow", { width: 360, height: 740 }]] as const) {
  test(`after a reload in mid-answer what was shown is there, goes on when asked to, and is whole (${name})`, async ({ visit, ollama }) => {
    ollama.faults({ forPath: "/api/chat", always: ["drip", "long-400"] });
    const page = await visit({ ollamaEndpoint: ollama.url, ...(viewport === undefined ? {} : { viewport }) });
    await expect(page.locator("#route-line")).toContainText("would answer");
    await ask(page, question);
    const words = lastAnswer(page).locator("p").filter({ hasText: "This is the Ollama simulator" });
    await expect(words).toContainText("You asked");
    await page.evaluate(() => {
      const shown = [...document.querySelectorAll("article p")].find((one) => one.textContent.startsWith("This is"));
      addEventListener("pagehide", () => sessionStorage.setItem("witness", shown?.textContent ?? ""));
    });
    await page.reload();

    const answer = lastAnswer(page);
    await expect(answer).toContainText("The page went away in the middle of this answer.");
    const witness = await page.evaluate(() => sessionStorage.getItem("witness"));
    expect(witness).toContain("This is the Ollama simulator");
    expect(plain(await answer.innerText())).toContain(plain(witness ?? ""));
    // In its conversation, under its question.
    await expect(page.getByText(question, { exact: true })).toBeVisible();
    await expect(page.getByRole("article")).toHaveCount(1);
    await screenshot(page, `cut-off-${name}`);

    ollama.faults({ forPath: "/api/chat", always: "long-400" });
    await answer.getByRole("button", { name: "Go on" }).click();
    const whole = plain(await (await wholeAnswer(page)).innerText());
    const wanted = plain(await truth(ollama));
    expect(wanted.length).toBeGreaterThan(500);
    expect(whole).toContain(wanted);
    expect(whole.split("This is the Ollama simulator")).toHaveLength(2);
    await expect(answer.getByRole("button", { name: "Go on" })).toHaveCount(0);
    expectNoFaults(page);

    // It is over: the next visit starts empty.
    await page.reload();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Ask.");
    await expect(page.getByRole("article")).toHaveCount(0);
  });
}

test("a cut answer that is discarded is gone for good, and its question is there to be asked again", async ({ visit, ollama }) => {
  ollama.faults({ forPath: "/api/chat", always: ["drip", "long-400"] });
  const page = await visit({ ollamaEndpoint: ollama.url });
  await expect(page.locator("#route-line")).toContainText("would answer");
  await ask(page, question);
  await expect(lastAnswer(page)).toContainText("You asked");
  await page.reload();
  await lastAnswer(page).getByRole("button", { name: "Discard" }).click();
  await expect(page.getByRole("article")).toHaveCount(0);
  await expect(page.getByLabel("Your question")).toHaveValue(question);
  await page.reload();
  await expect(page.locator("#route-line")).toContainText("would answer");
  await expect(page.getByRole("article")).toHaveCount(0);
});

test("an answer of a tab that was closed is offered in the next one, without its question", async ({ visit, ollama }) => {
  ollama.faults({ forPath: "/api/chat", always: ["drip", "long-400"] });
  const page = await visit({ ollamaEndpoint: ollama.url });
  await expect(page.locator("#route-line")).toContainText("would answer");
  await ask(page, question);
  await expect(lastAnswer(page)).toContainText("You asked");
  const next = await page.context().newPage();
  await page.close({ runBeforeUnload: true });
  await ollama.waitFor((entry) => entry.path === "/api/chat" && entry.aborted);
  await next.goto(page.url());
  await expect(lastAnswer(next)).toContainText("This is the Ollama simulator");
  ollama.faults({ forPath: "/api/chat", always: "long-400" });
  await lastAnswer(next).getByRole("button", { name: "Go on" }).click();
  await expect(lastAnswer(next)).toContainText("You asked");
  await wholeAnswer(next);
});
