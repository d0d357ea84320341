// The package as a stranger gets it: packed by npm and installed from the tarball into a fresh Vite + React app, never a link
// into the repository. An app of the same contents is made once and kept.
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cached, copyWhole, placeWhole } from "../../scripts/cache.mjs";
import { withLock } from "../../scripts/lock.mjs";
import { runNpm } from "../../scripts/npm.mjs";
import { inRepository } from "../../scripts/repository.mjs";
import { digestOf, filesBelow } from "../../scripts/stamp.mjs";

const TEMPLATE = ["tests", "package", "app"];
const STAMP = ".installed";

let packing;
let installing;

/** @returns {Promise<{ files: string[], tarball: string, digest: string }>} what `npm publish` would send; the tarball is kept until the process ends */
export function packed() {
  packing ??= pack();
  return packing;
}

async function pack() {
  const folder = await mkdtemp(join(tmpdir(), "hkm-mesh-tarball-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const { stdout } = await runNpm(["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: inRepository("pkg"), what: "npm could not pack the package", remedy: "Build it first: node scripts/build.mjs",
  });
  const answer = JSON.parse(stdout);
  // npm 12 answers with an object by name where npm 11 gave a list.
  const [{ filename, files }] = Array.isArray(answer) ? answer : Object.values(answer);
  const tarball = join(folder, filename);
  return { files: files.map(({ path }) => path).sort(), tarball, digest: createHash("sha256").update(await readFile(tarball)).digest("hex") };
}

/** @returns {Promise<{ folder: string, load: (name: string) => Promise<object> }>} the app's folder, and how its own code would import something */
export function installed() {
  installing ??= install();
  return installing;
}

async function install() {
  const { tarball, digest } = await packed();
  const template = inRepository(...TEMPLATE);
  const wanted = digestOf(filesBelow([TEMPLATE.join("/")]), { package: digest, node: process.versions.node });
  const folder = cached("package-app");
  // Test files run at the same time; one of them installs.
  await withLock("package-app", async () => {
    if (await contentOf(join(folder, STAMP)) === wanted) return;
    await placeWhole(folder, async (app) => {
      await cp(template, app, { recursive: true });
      await runNpm(["install", "--no-audit", "--no-fund", "--no-save", "--no-package-lock", "--prefix", app, tarball], {
        cwd: app, what: "the packed package could not be installed into a fresh app", remedy: "npm cannot reach its registry, or the package's manifest is wrong.",
      });
      await writeFile(join(app, STAMP), wanted);
    });
  });
  const require = createRequire(join(folder, "index.js"));
  return { folder, load: (name) => import(pathToFileURL(require.resolve(name)).href) };
}

function contentOf(path) {
  return readFile(path, "utf8").catch(() => undefined);
}

/** A copy of the app that a test may change, gone when the test is over. */
export async function freshCopy(test) {
  const { folder } = await installed();
  const copy = join(await mkdtemp(join(tmpdir(), "hkm-mesh-app-")), "app");
  test.after(() => rm(join(copy, ".."), { recursive: true, force: true }));
  await copyWhole(folder, copy);
  return copy;
}
