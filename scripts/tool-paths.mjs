// Where the command-line tools are looked for: on PATH first, else in the cache folder, one folder per version.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { ask } from "./command.mjs";
import { cached } from "./cache.mjs";
import { inRepository } from "./repository.mjs";

const EXE = process.platform === "win32" ? ".exe" : "";

export function cachedToolFolder(crate, version) {
  return cached("cargo-tools", `${crate}-${version}`);
}

export function cachedTool(crate, version, program) {
  return join(cachedToolFolder(crate, version), "bin", program + EXE);
}

/** @returns {string | undefined} the folder to add to PATH; an empty string when the right version is on PATH already */
export function findTool({ crate, version, program }) {
  if (speaksVersion(program, version)) return "";
  const path = cachedTool(crate, version, program);
  return existsSync(path) && speaksVersion(path, version) ? join(path, "..") : undefined;
}

function speaksVersion(program, version) {
  const answer = ask(program, ["--version"]);
  return answer.ok && answer.stdout.trim().split(/\s+/).includes(version);
}

/** PATH with these folders in front, and npm's folder of programs (wasm-opt comes from there). */
export function pathWith(folders) {
  const first = [...folders.filter(Boolean), inRepository("node_modules", ".bin")];
  return [...first, process.env.PATH ?? ""].join(delimiter);
}
