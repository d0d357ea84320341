// Size: what a visitor of an app downloads before it can ask anything, and how long that takes to be ready.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { sizeOf } from "../../scripts/sizes.mjs";
import { buildApp, filesIn } from "./bundle.mjs";
import { startServer } from "./server.mjs";
import { compare, judge, median } from "./statistics.mjs";
import { kilobytes, ratioCell, short, table } from "./table.mjs";

const ROUNDS = 10;
const SLOW_CPU = 4;
const AIM = 0.8;

const APPS = [
  { name: "fetch", title: "fetch by hand (FLOOR)" },
  { name: "ai-sdk", title: "AI SDK with three providers" },
  { name: "mesh", title: "hkm-mesh, default entry" },
];

/** @param {{ browser: import("playwright-core").Browser, options: import("./options.mjs").Options, print: (line: string) => void }} how */
export async function benchSize({ browser, options, print }) {
  const root = await mkdtemp(join(tmpdir(), "hkm-mesh-bench-"));
  const servers = [];
  try {
    const apps = [];
    for (const app of [...APPS, ...(options.against ? [{ name: "against", title: "hkm-mesh, the other build" }] : [])]) {
      if (options.isCheck && app.name === "ai-sdk") continue;
      const folder = join(root, app.name);
      const isOther = app.name === "against";
      await buildApp(folder, isOther ? "mesh" : app.name, isOther ? options.against : options.package);
      const server = await startServer({ folders: { "/": folder }, isCompressed: true });
      servers.push(server);
      apps.push({ ...app, folder, origin: server.origin, ready: [], readyOnSlow: [] });
    }
    for (const app of apps) app.loaded = await loadedBy(browser, app.origin);
    const sizes = await Promise.all(apps.map(sizesOf));
    if (options.isCheck) {
      for (const { title, now, files } of sizes) print(`${title}: ready, with ${files.filter((file) => file.isLoaded).length} files and ${now.brotli} bytes`);
      return { sizes };
    }
    const rounds = options.rounds ?? (options.isQuick ? 3 : ROUNDS);
    for (let round = 0; round < rounds; round += 1) {
      for (const app of apps) {
        app.ready.push((await visit(browser, app.origin)).readyAt);
        app.readyOnSlow.push((await visit(browser, app.origin, SLOW_CPU)).readyAt);
      }
    }
    return report({ apps, sizes, rounds, print });
  } finally {
    for (const server of servers) await server.close();
    await rm(root, { recursive: true, force: true });
  }
}

async function loadedBy(browser, origin) {
  return (await visit(browser, origin)).paths;
}

/** A first visit: nothing is cached, neither files nor compiled code. */
async function visit(browser, origin, slowness = 1) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const paths = [];
    page.on("request", (request) => { if (request.url().startsWith(origin)) paths.push(new URL(request.url()).pathname); });
    if (slowness > 1) await (await context.newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate: slowness });
    await page.goto(`${origin}/`);
    await page.waitForFunction(() => globalThis.readyAt !== undefined, undefined, { polling: 10 });
    await page.waitForLoadState("networkidle");
    return { readyAt: await page.evaluate(() => globalThis.readyAt), paths };
  } finally {
    await context.close();
  }
}

async function sizesOf({ name, title, folder, loaded }) {
  const files = [];
  for (const file of await filesIn(folder)) {
    const path = `/${relative(folder, file).replaceAll("\\", "/")}`;
    if (path.endsWith(".html")) continue;
    files.push({ path, isLoaded: loaded.includes(path), ...sizeOf(await readFile(file)) });
  }
  return { name, title, files, now: sum(files.filter((file) => file.isLoaded)), later: sum(files.filter((file) => !file.isLoaded)) };
}

function sum(files) {
  const total = { raw: 0, gzip: 0, brotli: 0 };
  for (const file of files) for (const name of Object.keys(total)) total[name] += file[name] ?? file.raw;
  return total;
}

function report({ apps, sizes, rounds, print }) {
  const peer = sizes.find(({ name }) => name === "ai-sdk");
  print("\n## Bytes before the first question, in kB of 1000 bytes");
  print(table(["app", "raw", "gzip", "brotli", "brotli × AI SDK", "later, brotli"], sizes.map(({ title, now, later }) => [
    title, kilobytes(now.raw), kilobytes(now.gzip), kilobytes(now.brotli), short(now.brotli / peer.now.brotli), kilobytes(later.brotli),
  ])));
  print(table(["file", "raw", "gzip", "brotli", "loaded"], sizes.filter(({ name }) => name !== "ai-sdk").flatMap(({ name, files }) => files.map((file) => [
    `${name}${file.path}`, kilobytes(file.raw), kilobytes(file.gzip), kilobytes(file.brotli), file.isLoaded ? "at once" : "later",
  ]))));
  const readyOfPeer = apps.find(({ name }) => name === "ai-sdk");
  print(`\n## First visit until ready (${rounds} visits)`);
  print(table(["app", "ready ms", "× AI SDK", `ready ms, ${SLOW_CPU} × slower processor`, "× AI SDK"], apps.map((app) => [
    app.title, short(median(app.ready)), app === readyOfPeer ? "1" : ratioCell(compare(app.ready, readyOfPeer.ready)),
    short(median(app.readyOnSlow)), app === readyOfPeer ? "1" : ratioCell(compare(app.readyOnSlow, readyOfPeer.readyOnSlow)),
  ])));
  const ratio = sizes.find(({ name }) => name === "mesh").now.brotli / peer.now.brotli;
  const verdict = judge({ ratio, low: ratio, high: ratio, rounds: 2 }, AIM);
  print(`aim: default entry ≤ ${AIM} × the AI SDK's bytes (brotli): ${short(ratio)} ${verdict}`);
  return { sizes, ready: apps.map(({ name, ready, readyOnSlow }) => ({ name, ready, readyOnSlow })), aim: { ratio, atMost: AIM, verdict } };
}
