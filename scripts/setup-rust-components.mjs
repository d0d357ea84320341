// rustfmt and clippy, which the tests need and rustup's minimal profile leaves out.
import { ask } from "./command.mjs";
import { StepFailure, runWhenStartedAlone, say } from "./step.mjs";

const LIMIT_MS = 300_000;

export function setupRustComponents() {
  const missing = ["rustfmt", "clippy"].filter((name) => !ask("cargo", [name === "rustfmt" ? "fmt" : name, "--version"]).ok);
  if (missing.length === 0) {
    say("rustfmt and clippy", "are installed");
    return;
  }
  say("rustfmt and clippy", `rustup component add ${missing.join(" ")} …`);
  const answer = ask("rustup", ["component", "add", ...missing], { timeoutMs: LIMIT_MS });
  if (answer.ok) return;
  throw new StepFailure(`${missing.join(" and ")} could not be installed`, {
    command: `rustup component add ${missing.join(" ")}`,
    output: answer.stderr,
    remedy: "rustup needs the network. Without rustup, install your system's packages of them for the rustc on PATH.",
  });
}

await runWhenStartedAlone(import.meta.url, setupRustComponents);
