import { startOpenAISimulator } from "../simulator/openai.mjs";
import { screenshot } from "./screenshot.ts";
import { ask, expect, lastAnswer, modelList, test, wholeAnswer } from "./visit.ts";

test("when the chosen server dies before its first token, the next model answers and the page says so", async ({ visit, ollama, openAI }) => {
  ollama.faults({ always: "stall-first" });
  openAI.faults({ always: "stall-first" });
  const page = await visit({ ollamaEndpoint: ollama.url, servers: [{ name: "second", endpoint: `${openAI.url}/v1`, locality: "device" }] });
  await page.getByRole("link", { name: "Models" }).click();
  await expect(modelList(page)).toContainText("second/");
  await expect(modelList(page)).toContainText("ollama/");
  await page.getByRole("link", { name: "Chat" }).click();
  await ask(page, "Who answers this?");

  const isQuestion = (entry: { path: string }) => entry.path === "/api/chat" || entry.path.endsWith("/chat/completions");
  const chosen = await Promise.race([ollama.waitFor(isQuestion).then(() => ollama), openAI.waitFor(isQuestion).then(() => openAI)]);
  ollama.faults({ always: null });
  openAI.faults({ always: null });
  await chosen.close();

  const other = chosen === ollama ? "OpenAI-compatible" : "Ollama";
  const answer = await wholeAnswer(page);
  await expect(answer).toContainText(`This is the ${other} simulator, not a model.`);
  await expect(answer).toContainText("did not answer:");
  await expect(answer).toContainText("took over.");
  await answer.getByText("How it went").click();
  await expect(answer.getByText("Attempts")).toBeVisible();
});

test("when a local server is killed in the middle of a word, another model goes on with the sentence and the page says so in one line", async ({ visit, ollama, openAI }) => {
  // Whichever is chosen: some characters, then silence until it is killed.
  ollama.faults({ always: ["drip", "stall-middle-30"] });
  openAI.faults({ always: ["drip", "stall-middle-30"] });
  const page = await visit({ ollamaEndpoint: ollama.url, servers: [{ name: "second", endpoint: `${openAI.url}/v1`, locality: "device" }] });
  await page.getByRole("link", { name: "Models" }).click();
  await expect(modelList(page)).toContainText("second/");
  await expect(modelList(page)).toContainText("ollama/");
  await page.getByRole("link", { name: "Chat" }).click();
  await ask(page, "Who says this?");
  const isQuestion = (entry: { path: string }) => entry.path === "/api/chat" || entry.path.endsWith("/chat/completions");
  const chosen = await Promise.race([ollama.waitFor(isQuestion).then(() => ollama), openAI.waitFor(isQuestion).then(() => openAI)]);
  const name = chosen === ollama ? "Ollama" : "OpenAI-compatible";
  const begun = `This is the ${name} simulator, not a model.`.slice(0, 30);
  await expect(lastAnswer(page)).toContainText(begun);
  ollama.faults({ always: null });
  openAI.faults({ always: null });
  await chosen.close();

  const answer = await wholeAnswer(page);
  // The sentence of the one that died, whole and once.
  await expect(answer.getByText(`This is the ${name} simulator, not a model. You asked: Who says this?`, { exact: true })).toHaveCount(1);
  await expect(answer).toContainText("stopped in the middle:");
  await expect(answer).toContainText("went on.");
  await screenshot(page, "carried-on");
});

test("under the goal speed a late model is raced by another, the quicker one answers, and the page says so", async ({ visit, openAI }) => {
  const third = await startOpenAISimulator();
  openAI.faults({ always: "stall-first" });
  third.faults({ always: "stall-first" });
  const page = await visit({
    servers: [
      { name: "second", endpoint: `${openAI.url}/v1`, locality: "device" },
      { name: "third", endpoint: `${third.url}/v1`, locality: "device" },
    ],
  });
  await page.getByRole("link", { name: "Models" }).click();
  await expect(modelList(page)).toContainText("second/");
  await expect(modelList(page)).toContainText("third/");
  await page.getByRole("link", { name: "Chat" }).click();
  await page.getByText("Speed", { exact: true }).click();
  await ask(page, "Who is quicker?");
  const isQuestion = (entry: { path: string }) => entry.path.endsWith("/chat/completions");
  const late = await Promise.race([openAI.waitFor(isQuestion).then(() => openAI), third.waitFor(isQuestion).then(() => third)]);
  (late === openAI ? third : openAI).faults({ always: null });

  const answer = await wholeAnswer(page);
  const [loser, winner] = late === openAI ? ["second", "third"] : ["third", "second"];
  await expect(answer).toContainText(`simulator (${loser}) was late: It had said nothing for`);
  await expect(answer).toContainText(`simulator (${winner}) was quicker.`);
  await expect(answer).toContainText("This is the OpenAI-compatible simulator, not a model. You asked: Who is quicker?");
  // The work of the late one was ended there.
  await late.waitFor((entry) => isQuestion(entry) && entry.aborted);
  await screenshot(page, "late-model-raced");
  await third.close();
});

test("stop ends the work at the server and keeps what was written", async ({ visit, ollama }) => {
  ollama.faults({ always: ["drip", "long-400"] });
  const page = await visit({ ollamaEndpoint: ollama.url });
  await expect(page.locator("#route-line")).toContainText("would answer");
  await ask(page, "Write at length.");
  await expect(lastAnswer(page)).toContainText("This is the Ollama");
  await page.getByRole("button", { name: "Stop" }).click();
  const entry = await ollama.waitFor((one) => one.path === "/api/chat" && one.aborted);
  expect(entry.tokensSent).toBeGreaterThan(0);
  await expect(lastAnswer(page)).toContainText("Stopped here.");
  await expect(page.getByRole("button", { name: "Send" })).toBeVisible();

  ollama.faults({ always: null });
  await page.getByRole("button", { name: "Answer again" }).click();
  await expect(await wholeAnswer(page)).toContainText("This is the Ollama simulator, not a model.");
  await expect(page.getByRole("article")).toHaveCount(1);
});

test("stop sends nothing of what is being written meanwhile", async ({ visit, ollama }) => {
  ollama.faults({ always: ["drip", "long-400"] });
  const page = await visit({ ollamaEndpoint: ollama.url });
  await expect(page.locator("#route-line")).toContainText("would answer");
  await ask(page, "Write at length.");
  await expect(lastAnswer(page)).toContainText("This is the Ollama");
  await page.getByLabel("Your question").fill("Not ready yet");
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(lastAnswer(page)).toContainText("Stopped here.");
  await expect(page.getByLabel("Your question")).toHaveValue("Not ready yet");
  await expect(page.getByRole("article")).toHaveCount(1);
});

test("an answer can be copied, and a new chat begins empty", async ({ visit, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url });
  await expect(page.locator("#route-line")).toContainText("would answer");
  await ask(page, "Copy me.");
  const answer = await wholeAnswer(page);
  await answer.getByRole("button", { name: "Copy the answer" }).click();
  await expect(page.getByRole("status")).toHaveText("The answer is copied.");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("Copy me.");
  await page.getByRole("button", { name: "New chat" }).click();
  await expect(page.getByRole("article")).toHaveCount(0);
  await expect(page.getByLabel("Your question")).toBeFocused();
});
