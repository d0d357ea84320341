// Installs the JavaScript packages, unless node_modules was made from this very lock file.
import { existsSync, readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { writeWhole } from "./cache.mjs";
import { withRepositoryLock } from "./lock.mjs";
import { runNpm } from "./npm.mjs";
import { inRepository } from "./repository.mjs";
import { StepFailure, runWhenStartedAlone, say } from "./step.mjs";
import { NODE_LEAST } from "./versions.mjs";

const STEP = "JavaScript packages";
const MANIFESTS = ["package.json", "pkg/package.json", "www/package.json", "tests/package.json", "package-lock.json"];

export async function setupPackages() {
  needNode();
  await withRepositoryLock("packages", async () => {
    if (isInstalled()) {
      say(STEP, "are installed");
      return;
    }
    const locked = existsSync(inRepository("package-lock.json"));
    say(STEP, locked ? "npm ci …" : "npm install (there is no lock file) …");
    await runNpm([locked ? "ci" : "install", "--no-audit", "--no-fund"], {
      step: STEP,
      what: "npm could not install the packages",
      remedy: locked
        ? "If the message says that package.json and the lock file differ: run `npm install` and commit package-lock.json.\nElse npm cannot reach its registry."
        : "npm cannot reach its registry, or a package.json names a version that does not exist.",
    });
    await writeWhole(stampFile(), digest());
  });
}

function needNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const [leastMajor, leastMinor] = NODE_LEAST;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  throw new StepFailure(`Node ${process.versions.node} is too old`, { remedy: `Install Node ${leastMajor}.${leastMinor} or newer.` });
}

// The system is part of it: packages with compiled parts differ, and a working copy may be shared with a container.
function digest() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch} ${process.versions.modules}`);
  for (const name of MANIFESTS) {
    if (existsSync(inRepository(name))) hash.update(`\0${name}\0`).update(readFileSync(inRepository(name)));
  }
  return hash.digest("hex");
}

function stampFile() {
  return inRepository("node_modules", ".hkm-mesh-installed");
}

function isInstalled() {
  return existsSync(stampFile()) && readFileSync(stampFile(), "utf8") === digest();
}

await runWhenStartedAlone(import.meta.url, setupPackages);
