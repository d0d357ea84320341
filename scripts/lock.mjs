// One run at a time for work that cannot be done twice side by side (npm's install, a cargo tool, the wasm package).
import { createHash } from "node:crypto";
import { mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { cached } from "./cache.mjs";
import { repository } from "./repository.mjs";
import { say } from "./step.mjs";

const LOOK_AGAIN_MS = 500;
// Longer than the slowest step. A lock older than this was left behind by a machine that went away.
const STALE_AFTER_MS = 60 * 60 * 1000;

const held = new Set();

/** Runs `work` while no other run holds `name`. Shared by everything on this machine that uses the same cache folder. */
export async function withLock(name, work, label = name) {
  if (held.has(name)) return work();
  const path = cached("locks", `${name}.lock`);
  await mkdir(dirname(path), { recursive: true });
  let told = false;
  while (!(await take(path))) {
    if (!told) say(label, "another run is at this step; waiting for it …");
    told = true;
    await pause(LOOK_AGAIN_MS);
  }
  held.add(name);
  try {
    return await work();
  } finally {
    held.delete(name);
    await rm(path, { force: true });
  }
}

/** The same, only among runs in this working copy. */
export function withRepositoryLock(name, work) {
  const copy = createHash("sha256").update(repository).digest("hex").slice(0, 12);
  return withLock(`${name}-${copy}`, work, name);
}

async function take(path) {
  try {
    const file = await open(path, "wx");
    await file.writeFile(JSON.stringify({ process: process.pid, host: hostname() }));
    await file.close();
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    if (await isLeftBehind(path)) await rm(path, { force: true });
    return false;
  }
}

async function isLeftBehind(path) {
  try {
    if (Date.now() - (await stat(path)).mtimeMs > STALE_AFTER_MS) return true;
    const holder = JSON.parse(await readFile(path, "utf8"));
    return holder.host === hostname() && !isAlive(holder.process);
  } catch {
    // Just released, or not written to its end yet: look again.
    return false;
  }
}

function isAlive(process_) {
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
