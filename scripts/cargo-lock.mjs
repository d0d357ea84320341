// Reads versions out of Cargo.lock, so that a tool that must match a crate always does.
import { readFileSync } from "node:fs";
import { inRepository } from "./repository.mjs";
import { StepFailure } from "./step.mjs";

/** The locked version of a crate, for example `0.2.130`. */
export function lockedVersion(crate, lockFile = inRepository("Cargo.lock")) {
  let text;
  try {
    text = readFileSync(lockFile, "utf8");
  } catch {
    throw new StepFailure("Cargo.lock is missing", { remedy: "It belongs to the repository: restore it, or run `cargo generate-lockfile`." });
  }
  const version = versionIn(text, crate);
  if (!version) throw new StepFailure(`Cargo.lock does not name the crate ${crate}`, { remedy: `Add ${crate} to Cargo.toml.` });
  return version;
}

export function versionIn(lockText, crate) {
  for (const block of lockText.split("[[package]]")) {
    if (new RegExp(`^name = "${crate}"$`, "m").test(block)) return /^version = "([^"]+)"/m.exec(block)?.[1];
  }
  return undefined;
}
