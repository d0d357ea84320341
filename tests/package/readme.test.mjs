// The code of the README, as a newcomer pastes it into a fresh app: it compiles strictly and answers.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { follow } from "../../scripts/command.mjs";
import { installedProgram } from "../../scripts/npm.mjs";
import { inRepository } from "../../scripts/repository.mjs";
import { startOllamaSimulator } from "../simulator/ollama.mjs";
import { openBrowser, viteOf } from "./browser.mjs";
import { freshCopy } from "./installed-package.mjs";

// As `npm create vite -- --template react-ts` writes it.
const MAIN = `import { createRoot } from "react-dom/client";
import App from "./App.tsx";
createRoot(document.getElementById("root")!).render(<App />);
`;

async function pasted(t) {
  const readme = await readFile(inRepository("README.md"), "utf8");
  const [, code] = /`src\/App\.tsx`, whole:\s+```tsx\n([\s\S]*?)```/.exec(readme) ?? [];
  assert.ok(code, "the README has `src/App.tsx`, whole");
  const app = await freshCopy(t);
  await writeFile(join(app, "src", "App.tsx"), code);
  await writeFile(join(app, "src", "main.tsx"), MAIN);
  const page = await readFile(join(app, "index.html"), "utf8");
  await writeFile(join(app, "index.html"), page.replace("/src/main.ts\"", "/src/main.tsx\""));
  return { app, code };
}

test("the README's app is a few lines and compiles strictly", async (t) => {
  const { app, code } = await pasted(t);
  const lines = code.split("\n").filter((line) => line.trim() !== "");
  assert.ok(lines.length <= 16, `${lines.length} lines`);
  const settings = JSON.parse(await readFile(join(app, "tsconfig.json"), "utf8"));
  settings.compilerOptions.allowImportingTsExtensions = true;
  settings.include = ["src/App.tsx", "src/main.tsx"];
  await writeFile(join(app, "tsconfig.json"), JSON.stringify(settings));
  const { ok, stdout } = await follow(process.execPath, [installedProgram("typescript", "tsc"), "-p", app, "--pretty", "false"], { show: false, step: "tsc" });
  assert.ok(ok, stdout);
});

test("the README's app streams an answer of an Ollama at its usual address", async (t) => {
  const { app } = await pasted(t);
  const simulator = await startOllamaSimulator();
  t.after(() => simulator.close());
  const vite = await viteOf(app);
  await vite.build({ root: app, logLevel: "error" });
  const server = await vite.preview({ root: app, logLevel: "error", preview: { port: 0, host: "127.0.0.1" } });
  t.after(() => server.close());
  const browser = await openBrowser(t);
  const page = await browser.newPage();
  // The simulator stands at another port, so that an Ollama on this machine is left alone.
  await page.route(/^http:\/\/(localhost|127\.0\.0\.1):11434\//, async (route) => {
    const { pathname, search } = new URL(route.request().url());
    await route.fulfill({ response: await route.fetch({ url: simulator.url + pathname + search }) });
  });
  await page.goto(server.resolvedUrls.local[0]);
  await page.getByRole("button", { name: "Ask" }).click();
  await page.getByText(/^assistant: \S/).waitFor({ timeout: 20_000 });
  await page.getByRole("button", { name: "Stop" }).waitFor({ state: "detached", timeout: 20_000 });
  const [, asked] = (await page.locator("p").allTextContents());
  assert.match(asked, /^assistant: \S+ \S+/);
  assert.ok(simulator.requests.some(({ path }) => path === "/api/chat"), "the simulator was asked");
});
