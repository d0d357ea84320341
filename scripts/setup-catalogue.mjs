// Fetches the packages that the built-in catalogue is made from, once, into the cache. Only making the catalogue anew and
// the test that it was made from them need these; without them that test is skipped and says why.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cached, placeWhole, temporaryBeside } from "./cache.mjs";
import { withLock } from "./lock.mjs";
import { runNpm } from "./npm.mjs";
import { StepFailure, runWhenStartedAlone, say } from "./step.mjs";
import { CATALOGUE_SOURCES } from "./versions.mjs";

const STEP = "catalogue sources";

/** Where the tarball of a source lies once it was fetched. */
export function tarballOf({ name, version }) {
  return cached("catalogue", `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
}

/** @returns {string | undefined} why the catalogue cannot be made here */
export function whyNoSources() {
  const missing = Object.values(CATALOGUE_SOURCES).filter((source) => !existsSync(tarballOf(source)));
  return missing.length === 0 ? undefined : `not fetched: ${missing.map(({ name }) => name).join(", ")} (node scripts/setup-catalogue.mjs)`;
}

/** Fetches what is missing; a failure is thrown. */
export async function fetchCatalogueSources() {
  await withLock("catalogue", async () => {
    if (!whyNoSources()) {
      say(STEP, "are in the cache");
      return;
    }
    for (const source of Object.values(CATALOGUE_SOURCES)) {
      if (!existsSync(tarballOf(source))) await fetchSource(source);
    }
  });
}

/** As a step of the set-up: nothing that a user builds needs the sources, so a registry that does not answer is no failure. */
export async function setupCatalogue() {
  try {
    await fetchCatalogueSources();
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    say(STEP, `skipped, and the test that needs them with it: ${error.message}`);
  }
}

async function fetchSource(source) {
  const specifier = `${source.name}@${source.version}`;
  say(STEP, `npm pack ${specifier} …`);
  await placeWhole(tarballOf(source), async (temporary) => {
    const folder = temporaryBeside(`${temporary}-pack`);
    await mkdir(folder, { recursive: true });
    try {
      await runNpm(["pack", specifier, "--silent", "--pack-destination", folder], {
        step: STEP,
        what: `npm could not fetch ${specifier}`,
        remedy: "npm cannot reach its registry, or the registry has not this version.",
      });
      const [name] = await readdir(folder);
      verify(join(folder, name), source);
      await rename(join(folder, name), temporary);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

function verify(path, { name, version, integrity }) {
  const digest = `sha512-${createHash("sha512").update(readFileSync(path)).digest("base64")}`;
  if (digest === integrity) return;
  throw new StepFailure(`${name} ${version} is not the package that was looked at: ${digest}`, { remedy: "If it is meant to be another one, change scripts/versions.mjs." });
}

await runWhenStartedAlone(import.meta.url, fetchCatalogueSources);
