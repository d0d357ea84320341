// The folder outside the repository where slow things are kept: compiled tools, model weights, a Python environment.
// Everything enters it whole: written beside its place under a temporary name, then renamed.
import { createHash, randomUUID } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { cp, mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";

export function cacheFolder(environment = process.env, platform = process.platform, home = homedir()) {
  if (environment.HKM_MESH_CACHE) return environment.HKM_MESH_CACHE;
  if (environment.XDG_CACHE_HOME) return join(environment.XDG_CACHE_HOME, "hkm-mesh");
  if (platform === "darwin") return join(home, "Library", "Caches", "hkm-mesh");
  if (platform === "win32") return join(environment.LOCALAPPDATA ?? join(home, "AppData", "Local"), "hkm-mesh", "cache");
  return join(home, ".cache", "hkm-mesh");
}

export function cached(...parts) {
  return join(cacheFolder(), ...parts);
}

/** A name beside `path` that no other run uses, on the same disk so that a rename is enough. */
export function temporaryBeside(path) {
  return `${path}.${process.pid}-${randomUUID().slice(0, 8)}.tmp`;
}

/** Lets `fill` write a file or folder under a temporary name and then puts it at `path`, replacing what stood there. */
export async function placeWhole(path, fill) {
  const temporary = temporaryBeside(path);
  await mkdir(dirname(path), { recursive: true });
  try {
    await fill(temporary);
    await replace(temporary, path);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function replace(from, to) {
  const folder = (await stat(from)).isDirectory();
  if (folder && existsSync(to)) {
    // A folder cannot be renamed onto one that holds something: move the old one aside first.
    const old = temporaryBeside(to);
    await rename(to, old);
    await rename(from, to);
    await rm(old, { recursive: true, force: true });
    return;
  }
  await rename(from, to);
}

export async function writeWhole(path, content) {
  await placeWhole(path, (temporary) => writeFile(temporary, content));
}

export async function copyWhole(from, to) {
  await placeWhole(to, (temporary) => cp(from, temporary, { recursive: true }));
}

export async function sha256OfFile(path) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
