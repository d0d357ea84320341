// "Nothing changed since": a digest of what goes into a step, kept with a digest of what came out of it.
// Content decides, not dates, so a fresh checkout or a touched file rebuilds nothing.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { writeWhole } from "./cache.mjs";
import { inRepository, repository } from "./repository.mjs";

const NEVER = new Set(["node_modules", ".git", "target", "test-results", "playwright-report"]);

/** Every file below the paths (files or folders, from the repository's root), sorted. Paths that do not exist count as empty. */
export function filesBelow(paths, { except = [] } = {}) {
  const skipped = new Set(except.map((path) => inRepository(path)));
  const found = [];
  const visit = (path) => {
    if (skipped.has(path) || !existsSync(path)) return;
    if (!statSync(path).isDirectory()) {
      found.push(path);
      return;
    }
    for (const name of readdirSync(path)) if (!NEVER.has(name) && !name.endsWith(".tmp")) visit(join(path, name));
  };
  for (const path of paths) visit(inRepository(path));
  return found.sort();
}

/** A digest of the names and contents of files, and of facts that are not in files. */
export function digestOf(files, facts = {}) {
  const hash = createHash("sha256").update(JSON.stringify(facts));
  for (const file of files) {
    const content = readFileSync(file);
    hash.update(`\0${relative(repository, file).split(sep).join("/")}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

function stampPath(name) {
  return inRepository("target", "stamps", `${name}.json`);
}

/** @param {string[]} outputs files or folders that the step makes */
export function isUpToDate(name, input, outputs) {
  try {
    const stamp = JSON.parse(readFileSync(stampPath(name), "utf8"));
    return stamp.input === input && stamp.output === digestOfOutputs(outputs);
  } catch {
    return false;
  }
}

export async function markUpToDate(name, input, outputs) {
  await writeWhole(stampPath(name), `${JSON.stringify({ input, output: digestOfOutputs(outputs) })}\n`);
}

export function forget(name) {
  rmSync(stampPath(name), { force: true });
}

function digestOfOutputs(outputs) {
  const files = filesBelow(outputs);
  if (files.length === 0) throw new Error("there is no output");
  // Sizes are enough for what nobody edits by hand but the model in www/dist, which is large.
  return digestOf(files.filter((file) => statSync(file).size < 32 * 1024 * 1024));
}
