// Installs what is compared with, in the exact versions of the lock file, when a benchmark first wants it.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withRepositoryLock } from "../../scripts/lock.mjs";
import { runNpm } from "../../scripts/npm.mjs";
import { inRepository } from "../../scripts/repository.mjs";
import { StepFailure, say } from "../../scripts/step.mjs";

const here = inRepository("tests", "bench");
const STAMP = join(here, "node_modules", ".installed");

/** @returns {Promise<Record<string, string>>} name to version, as installed */
export async function installPeers() {
  await withRepositoryLock("bench-peers", async () => {
    const wanted = createHash("sha256").update(await readFile(join(here, "package-lock.json"))).digest("hex");
    if (await contentOf(STAMP) === wanted) return;
    say("bench", "installing what is compared with (npm ci in tests/bench) …");
    // Their scripts are none of ours to run, and none of them needs one.
    // Started by `npm run`, npm would hold them to the repository's own strictness of engines.
    await runNpm(["ci", "--ignore-scripts", "--engine-strict=false", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: here, what: "npm could not install what the benchmarks compare with", remedy: "npm cannot reach its registry.",
    });
    await writeFile(STAMP, wanted);
  });
  const { dependencies } = JSON.parse(await readFile(join(here, "package.json"), "utf8"));
  return Object.fromEntries(await Promise.all(Object.entries(dependencies).map(async ([name, wanted]) => {
    const { version } = JSON.parse(await readFile(join(here, "node_modules", name, "package.json"), "utf8"));
    if (version !== wanted) throw new StepFailure(`${name} ${version} is installed instead of ${wanted}`, { remedy: "Remove tests/bench/node_modules and try again." });
    return [name, version];
  })));
}

function contentOf(path) {
  return readFile(path, "utf8").catch(() => undefined);
}
