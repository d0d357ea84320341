/** The built app in Chromium, behind a proxy that writes down every host that is asked for. */
import { chromium, expect, test as base, type Browser, type Page } from "@playwright/test";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { findBrowser } from "../../scripts/browser.mjs";
import { startLoggingProxy } from "../servers/logging-proxy.mjs";
import { startStaticServer } from "../servers/static-server.mjs";
import { startComfyUISimulator } from "../simulator/comfyui.mjs";
import { startGeminiSimulator } from "../simulator/gemini.mjs";
import { startOllamaSimulator } from "../simulator/ollama.mjs";
import { startOpenAISimulator } from "../simulator/openai.mjs";
import { startOpenRouterSimulator } from "../simulator/openrouter.mjs";

export { expect };
export type LoggingProxy = Awaited<ReturnType<typeof startLoggingProxy>>;
export type StaticServer = Awaited<ReturnType<typeof startStaticServer>>;
export type OllamaSimulator = Awaited<ReturnType<typeof startOllamaSimulator>>;
export type OpenAISimulator = Awaited<ReturnType<typeof startOpenAISimulator>>;
export type OpenRouterSimulator = Awaited<ReturnType<typeof startOpenRouterSimulator>>;
export type ComfyUISimulator = Awaited<ReturnType<typeof startComfyUISimulator>>;
export type GeminiSimulator = Awaited<ReturnType<typeof startGeminiSimulator>>;

export interface Server {
  name: string;
  endpoint: string;
  locality: "device" | "network" | "cloud";
}

export interface Visit {
  ollamaEndpoint?: string;
  comfyuiEndpoint?: string;
  servers?: Server[];
  /** The simulators that stand for the clouds; the page asks them only once they are on. */
  openRouter?: OpenRouterSimulator;
  gemini?: GeminiSimulator;
  /** Whether the clouds were switched on in an earlier visit. */
  cloudsOn?: boolean;
  colorScheme?: "light" | "dark";
  viewport?: { width: number; height: number };
  /** Runs in the page before its own scripts. */
  before?: () => void;
  /** Another name of this machine, which makes the page another origin. */
  host?: string;
  /** What comes after the "#". */
  view?: "chat" | "models" | "pictures" | "dashboard" | "settings";
}

const flags = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"];
const built = fileURLToPath(new URL("../../www/dist", import.meta.url));

/** An address on this machine where nothing listens. */
async function unusedAddress(): Promise<string> {
  // Whoever still knows the port from before is turned away: the server would wait for them when it closes.
  const server = createServer((socket) => socket.destroy());
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

interface WorkerFixtures {
  loggingProxy: LoggingProxy;
  site: StaticServer;
  chrome: Browser;
}

interface TestFixtures {
  /** Opens the app; without an address for Ollama or ComfyUI there is none. */
  visit: (wishes?: Visit) => Promise<Page>;
  ollama: OllamaSimulator;
  openAI: OpenAISimulator;
  openRouter: OpenRouterSimulator;
  gemini: GeminiSimulator;
  comfyUI: ComfyUISimulator;
  loopbackOnly: undefined;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  loggingProxy: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads a fixture's needs from this pattern; this one has none.
    async ({}, use) => {
      const proxy = await startLoggingProxy();
      await use(proxy);
      await proxy.close();
    },
    { scope: "worker" },
  ],
  site: [
    // eslint-disable-next-line no-empty-pattern -- as above
    async ({}, use) => {
      const site = await startStaticServer({ folders: { "/": built } });
      await use(site);
      await site.close();
    },
    { scope: "worker" },
  ],
  chrome: [
    async ({ loggingProxy }, use) => {
      const executablePath = findBrowser() as string | undefined;
      const isRoot = process.getuid?.() === 0;
      const browser = await chromium.launch({
        ...(executablePath === undefined ? {} : { executablePath }),
        args: [...flags, ...(isRoot ? ["--no-sandbox"] : []), ...loggingProxy.chromiumArguments],
      });
      await use(browser);
      await browser.close();
    },
    { scope: "worker" },
  ],
  visit: async ({ chrome, site }, use) => {
    const contexts: { close(): Promise<void> }[] = [];
    await use(async (wishes = {}) => {
      const page = await openApp(chrome, site, wishes);
      contexts.push(page.context());
      return page;
    });
    for (const context of contexts) await context.close();
  },
  // eslint-disable-next-line no-empty-pattern -- as above
  ollama: async ({}, use) => {
    const simulator = await startOllamaSimulator();
    await use(simulator);
    await simulator.close();
  },
  // eslint-disable-next-line no-empty-pattern -- as above
  openAI: async ({}, use) => {
    const simulator = await startOpenAISimulator();
    await use(simulator);
    await simulator.close();
  },
  // eslint-disable-next-line no-empty-pattern -- as above
  openRouter: async ({}, use) => {
    const simulator = await startOpenRouterSimulator();
    await use(simulator);
    await simulator.close();
  },
  // eslint-disable-next-line no-empty-pattern -- as above
  gemini: async ({}, use) => {
    const simulator = await startGeminiSimulator();
    await use(simulator);
    await simulator.close();
  },
  // eslint-disable-next-line no-empty-pattern -- as above
  comfyUI: async ({}, use) => {
    // The names of its files say what it is, as the pictures themselves do.
    const simulator = await startComfyUISimulator({ models: { checkpoints: ["simulator_sdxl.safetensors", "simulator_sd15.safetensors"] } });
    await use(simulator);
    await simulator.close();
  },
  loopbackOnly: [
    async ({ loggingProxy }, use) => {
      await use(undefined);
      expect(loggingProxy.foreignHosts(), "hosts that the page asked for beyond this machine").toEqual([]);
    },
    { auto: true },
  ],
});

/** All that a page wrote to its console. */
const consoles = new WeakMap<Page, string[]>();

export function consoleOf(page: Page): string {
  return (consoles.get(page) ?? []).join("\n");
}

/** Faults of the page itself: a script error, or something that its own policy had to stop. */
const pageFaults = new WeakMap<Page, string[]>();

async function storedSettings({ ollamaEndpoint, comfyuiEndpoint, servers = [], openRouter, gemini, cloudsOn = false }: Visit): Promise<string> {
  return JSON.stringify({
    ollamaEndpoint: ollamaEndpoint ?? (await unusedAddress()),
    comfyuiEndpoint: comfyuiEndpoint ?? (await unusedAddress()),
    servers,
    ...(openRouter === undefined ? {} : { openrouter: { on: cloudsOn, endpoint: openRouter.apiUrl, signInPage: `${openRouter.url}/auth` } }),
    ...(gemini === undefined ? {} : { gemini: { on: cloudsOn, endpoint: gemini.apiUrl } }),
  });
}

export async function openApp(chrome: Browser, site: { localhostUrl: string }, wishes: Visit): Promise<Page> {
  const { colorScheme = "light", viewport, before, view } = wishes;
  const context = await chrome.newContext({ colorScheme, viewport: viewport ?? { width: 1280, height: 860 }, permissions: ["clipboard-read", "clipboard-write"] });
  const settings = await storedSettings(wishes);
  await context.addInitScript((kept) => {
    const key = "visual-light-researcher.settings";
    if (localStorage.getItem(key) === null) localStorage.setItem(key, kept);
  }, settings);
  if (before !== undefined) await context.addInitScript(before);
  const page = await context.newPage();
  const faults: string[] = [];
  pageFaults.set(page, faults);
  page.on("pageerror", (error) => faults.push(error.message));
  const said: string[] = [];
  consoles.set(page, said);
  page.on("console", (message) => {
    said.push(message.text());
    if (/content security policy|trusted/i.test(message.text())) faults.push(message.text());
  });
  const origin = wishes.host === undefined ? site.localhostUrl : site.localhostUrl.replace("localhost", wishes.host);
  await page.goto(`${origin}/${view === undefined ? "" : `#${view}`}`);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  return page;
}

export function expectNoFaults(page: Page): void {
  expect(pageFaults.get(page) ?? []).toEqual([]);
}

export async function ask(page: Page, question: string): Promise<void> {
  await page.getByLabel("Your question").fill(question);
  await page.keyboard.press("Enter");
}

export function lastAnswer(page: Page) {
  return page.getByRole("article").last();
}

/** Waits until the last answer is whole: then it has its facts. */
export async function wholeAnswer(page: Page, timeout = 20_000) {
  const answer = lastAnswer(page);
  await expect(answer.getByRole("list", { name: "Facts about this answer" })).toBeVisible({ timeout });
  return answer;
}

export async function addServer(page: Page, { name, endpoint }: { name: string; endpoint: string }): Promise<void> {
  await page.getByRole("link", { name: "Settings" }).click();
  const form = page.getByRole("form", { name: "Add a server" });
  await form.getByLabel("Name").fill(name);
  await form.getByLabel("Address").fill(endpoint);
  await form.getByRole("button", { name: "Add server" }).click();
  await expect(page.getByRole("list", { name: "Servers" }).getByText(name, { exact: true })).toBeVisible();
}

/** The one list of models, wherever it stands. */
export function modelList(page: Page) {
  return page.getByRole("listbox", { name: "Models" });
}

/** Chooses the first model that is found by these words. */
export async function chooseModel(page: Page, words: string): Promise<void> {
  await page.getByRole("button", { name: /^Model: / }).click();
  await page.getByLabel("Search models").fill(words);
  await expect(modelList(page).getByRole("option").first()).toContainText(words.split(" ")[0] ?? "");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeHidden();
}

/** The form for the key of Google Gemini, OpenRouter or a server. */
export function keyForm(page: Page, name: string) {
  return page.getByRole("form", { name: `Key of ${name}` });
}

/** What stands in its place once there is a key. */
export function heldKey(page: Page, name: string) {
  return page.getByRole("group", { name: `Key of ${name}` });
}

/** Gives a key in the settings, where the page has to be, and waits until it is taken. */
export async function giveKey(page: Page, name: string, key: string, { remember = false } = {}): Promise<void> {
  const form = keyForm(page, name);
  await form.getByLabel(`Key of ${name}`).fill(key);
  if (remember) await form.getByLabel("Remember it on this device").check();
  await form.getByRole("button", { name: "Check and use" }).click();
  await expect(heldKey(page, name)).toBeVisible();
}

/** Everything that this origin keeps, as text; bytes as they are. */
export async function everythingStored(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const contents: unknown[] = [Object.entries(localStorage), Object.entries(sessionStorage), document.cookie];
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open(name ?? "");
        opening.onsuccess = () => resolve(opening.result);
        opening.onerror = () => reject(new Error("not opened"));
      });
      for (const store of database.objectStoreNames) {
        const rows = await new Promise<unknown[]>((resolve) => {
          const all = database.transaction(store).objectStore(store).getAll();
          all.onsuccess = () => resolve(all.result as unknown[]);
        });
        contents.push(store, rows);
      }
      database.close();
    }
    const bytes = (value: ArrayBuffer | ArrayBufferView) => new TextDecoder().decode(value);
    return JSON.stringify(contents, (_, value: unknown) => (value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? bytes(value) : value));
  });
}
