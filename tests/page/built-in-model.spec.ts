import { ask, expect, test, wholeAnswer } from "./visit.ts";

/** A stand-in for the browser's Prompt API: it shows that the page uses the interface, not that a browser's model works. */
function stubPromptApi(): void {
  let state = "downloadable";
  const log: unknown[] = [];
  const stub = {
    log,
    availability: () => Promise.resolve(state),
    create(options: { initialPrompts?: unknown; monitor?: (target: EventTarget) => void }) {
      const target = new EventTarget();
      options.monitor?.(target);
      for (const loaded of [0, 0.5, 1]) target.dispatchEvent(Object.assign(new Event("downloadprogress"), { loaded, total: 1 }));
      state = "available";
      return Promise.resolve({
        promptStreaming(input: string) {
          log.push({ before: options.initialPrompts, input });
          return new ReadableStream<string>({
            start(controller) {
              for (const text of ["This is a stub ", "of the browser's model, ", "not a model."]) controller.enqueue(text);
              controller.close();
            },
          });
        },
        destroy() {
          log.push("destroyed");
        },
      });
    },
  };
  (window as { LanguageModel?: unknown }).LanguageModel = stub;
}

test("a stub of the browser's own model is offered, downloaded after a click, and answers", async ({ visit }) => {
  const page = await visit({ before: stubPromptApi });
  const card = page.getByRole("region", { name: "The model built into this browser" });
  await expect(card).toContainText("can download a language model once");
  await card.getByRole("button", { name: "Let the browser download it" }).click();
  await expect(card).toContainText("Ready");
  await ask(page, "Who are you?");
  const answer = await wholeAnswer(page);
  await expect(answer.getByRole("heading", { level: 2 })).toHaveText("Built into this browser");
  await expect(answer).toContainText("This is a stub of the browser's model, not a model.");
  await expect(answer).toContainText("in this browser");

  await ask(page, "And again?");
  await expect(page.getByRole("article")).toHaveCount(2);
  await wholeAnswer(page);
  const log = await page.evaluate(() => JSON.stringify((window as { LanguageModel?: { log?: unknown } }).LanguageModel?.log));
  expect(log).toContain('"input":"And again?"');
  expect(log).toContain('"content":"Who are you?"');
  expect(log.match(/destroyed/g)?.length).toBeGreaterThanOrEqual(3);
});

test("a browser without a model of its own offers none", async ({ visit }) => {
  const page = await visit({
    before: () => {
      (window as { LanguageModel?: unknown }).LanguageModel = { availability: () => Promise.resolve("unavailable") };
    },
  });
  await expect(page.getByRole("region", { name: "Ollama", exact: true })).toBeVisible();
  await expect(page.getByRole("region", { name: "The model built into this browser" })).toHaveCount(0);
});
