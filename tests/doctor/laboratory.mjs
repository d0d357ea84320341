// Chromium, pages of several kinds with the built package on them, and real servers to be found or not.
import { spawnSync } from "node:child_process";
import { chromium } from "playwright-core";
import { findBrowser } from "../../scripts/browser.mjs";
import { inRepository } from "../../scripts/repository.mjs";
import { makeCertificate } from "../servers/certificate.mjs";
import { freePort, startLlamaServer } from "../servers/llama-server.mjs";
import { startReverseProxy } from "../servers/reverse-proxy.mjs";
import { startStaticServer } from "../servers/static-server.mjs";

const PAGE = `<!doctype html><title>Laboratory</title><link rel="icon" href="data:,"><script type="module">
import { createMesh } from "/pkg/dist/index.js";
globalThis.examine = async ({ providers, keys = {} }) => {
  const mesh = createMesh({ name: crypto.randomUUID?.() ?? String(Math.random()), storage: "memory", providers: { ollama: { disabled: true }, ...providers } });
  await mesh.ready;
  for (const [name, key] of Object.entries(keys)) await mesh.keys.set(name, key);
  try { return await mesh.diagnose("lab" in providers ? "lab" : Object.keys(providers)[0]); } finally { await mesh.close(); }
};
globalThis.isReady = true;
</script>`;

/** Names that only this Chromium knows; all lead to this machine. */
export const PUBLIC_HOST = "app.example.test";
export const INSECURE_HOST = "plain.example.test";
export const LAN_HOST = "lan.example.test";

/** Closes what was opened last first. */
export class Closing {
  #all = [];
  add(thing) {
    this.#all.push(thing);
    return thing;
  }
  async close() {
    for (const thing of this.#all.splice(0).reverse()) await thing.close();
  }
}

/** @returns {Promise<object | string>} a string says why there is none here */
export async function openLaboratory(suite) {
  const certificate = makeCertificate([PUBLIC_HOST, LAN_HOST, "localhost", "127.0.0.1"]);
  if (typeof certificate === "string") return certificate;
  const stranger = makeCertificate(["localhost", "127.0.0.1"]);
  const opened = new Closing();
  suite.after(() => opened.close());
  let policy;
  const site = opened.add(await startStaticServer({
    folders: { "/pkg/": inRepository("pkg") },
    pages: { "/": PAGE, "/strict": PAGE },
    headers: (path) => (path === "/strict" && policy !== undefined ? { "Content-Security-Policy": policy } : {}),
  }));
  const secure = opened.add(await startReverseProxy({ to: site.url, certificate }));
  const insecure = opened.add(await startReverseProxy({ to: site.url }));
  const launch = async (trusted) => opened.add(await chromium.launch({
    executablePath: findBrowser(),
    args: [
      "--disable-gpu", "--disable-dev-shm-usage", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      `--host-resolver-rules=${[PUBLIC_HOST, INSECURE_HOST, LAN_HOST].map((host) => `MAP ${host} 127.0.0.1`).join(",")}`,
      // Pages from there count as pages from the internet.
      `--ip-address-space-overrides=127.0.0.1:${secure.port}=public,127.0.0.1:${insecure.port}=public`,
      `--ignore-certificate-errors-spki-list=${trusted.map(({ fingerprint }) => fingerprint).join(",")}`,
    ],
  }));
  const browser = await launch([certificate]);

  const addresses = {
    here: site.localhostUrl,
    strict: `${site.localhostUrl}/strict`,
    public: `https://${PUBLIC_HOST}:${secure.port}`,
    insecure: `http://${INSECURE_HOST}:${insecure.port}`,
  };

  /** A visitor of their own, at one of the pages. */
  async function visit(where = "here", { trustsStranger = false, permission } = {}) {
    const visited = trustsStranger ? await launch([certificate, stranger]) : browser;
    const context = await visited.newContext();
    const page = await context.newPage();
    const allow = async (setting) => {
      const session = await visited.newBrowserCDPSession();
      const { targetInfo } = await (await context.newCDPSession(page)).send("Target.getTargetInfo");
      for (const name of ["loopback-network", "local-network"]) {
        await session.send("Browser.setPermission", { permission: { name }, setting, origin: new URL(addresses[where]).origin, browserContextId: targetInfo.browserContextId });
      }
    };
    if (permission !== undefined) await allow(permission);
    await page.goto(addresses[where]);
    await page.waitForFunction("globalThis.isReady === true");
    return {
      context, page, allow,
      origin: new URL(addresses[where]).origin,
      examine: (asked) => page.evaluate((what) => globalThis.examine(what), asked),
      close: () => context.close(),
    };
  }

  let plain;
  return {
    /** A server with nothing wrong, for set-ups that leave it so. */
    plain: () => (plain ??= llama({}).then((server) => opened.add(server))),
    visit, site, secure, certificate, stranger, addresses, LAN_HOST,
    setPolicy: (text) => { policy = text; },
  };
}

/** A llama-server as a printed line starts it; the program and the model are this machine's. */
export async function runPrinted(line, more = []) {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare);
  if (words.shift() !== "llama-server") throw new Error(`this line starts no llama-server: ${line}`);
  const extra = [];
  let port;
  for (let index = 0; index < words.length; index += 2) {
    const [option, value] = words.slice(index, index + 2);
    if (option === "-m") continue;
    if (option === "--port") port = Number(value);
    else extra.push(option, value);
  }
  return llama({ port, extra: [...extra, ...more] });
}

export async function llama(options) {
  const server = await startLlamaServer({ contextSize: 512, ...options });
  if (typeof server === "string") throw new Error(server);
  return server;
}

/** Runs a printed line in a shell. */
export function runInShell(line) {
  const { status, stderr } = spawnSync("sh", ["-c", line], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${line}\n${stderr}`);
}

export { freePort };
