import { ask, expect, expectNoFaults, test, wholeAnswer } from "./visit.ts";

test("an image in an answer is not fetched: it becomes its description and a link", async ({ visit, ollama, loggingProxy }) => {
  const page = await visit({ ollamaEndpoint: ollama.url });
  await expect(page.locator("#route-line")).toContainText("would answer");
  loggingProxy.clear();
  await ask(page, "![a chart](https://images.example/secret.png) and ![](http://localhost:9/x.png)");
  const answer = await wholeAnswer(page);
  await expect(answer.locator("img")).toHaveCount(0);
  await expect(answer).toContainText("a chart (image: https://images.example/secret.png)");
  const link = answer.getByRole("link", { name: "(image: https://images.example/secret.png)" });
  await expect(link).toHaveAttribute("href", "https://images.example/secret.png");
  await expect(link).toHaveAttribute("rel", /noopener/);
  expect(loggingProxy.log.filter((asked) => asked.path.endsWith(".png"))).toEqual([]);
  expectNoFaults(page);
});

test("script in an answer is text and never runs", async ({ visit, ollama }) => {
  const page = await visit({ ollamaEndpoint: ollama.url });
  await expect(page.locator("#route-line")).toContainText("would answer");
  await ask(page, '<script>window.ran = 1</script><img src=x onerror="window.ran = 2"> [click](javascript:window.ran=3) <iframe src="https://frames.example"></iframe> **bold**');
  const answer = await wholeAnswer(page);
  await expect(answer.locator("strong").filter({ hasText: "bold" })).toBeVisible();
  await expect(answer.locator("script, iframe, img, [onerror]")).toHaveCount(0);
  await expect(answer.locator('a[href^="javascript"]')).toHaveCount(0);
  await expect(answer).toContainText("window.ran = 1");
  expect(await page.evaluate(() => (window as { ran?: number }).ran)).toBeUndefined();
});

test("the page's policy is in force: no inline script, no foreign frame", async ({ visit }) => {
  const page = await visit();
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content");
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'/);
  const refused = await page.evaluate(() => {
    try {
      document.body.insertAdjacentHTML("beforeend", "<b>markup</b>");
      return "written";
    } catch (error) {
      return error instanceof TypeError ? "refused" : "other";
    }
  });
  expect(refused).toBe("refused");
});
