// Looks whether Rust is there. It is the one thing that is not installed by itself: it belongs to the user.
import { ask } from "./command.mjs";
import { StepFailure, runWhenStartedAlone, say } from "./step.mjs";

const WHERE = [
  "Install Rust with rustup (it brings cargo, rustc, clippy and rustfmt):",
  "  macOS, Linux: curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh",
  "  Windows:      winget install Rustlang.Rustup",
  "then open a new terminal and run this again.",
].join("\n");

export function setupRust() {
  for (const program of ["cargo", "rustc"]) {
    const answer = ask(program, ["--version"]);
    if (!answer.ok) {
      throw new StepFailure(`${program} was not found or does not run`, {
        command: `${program} --version`,
        output: answer.stderr,
        remedy: WHERE,
      });
    }
    if (program === "rustc") say("rust", `${answer.stdout.trim()} is there`);
  }
}

await runWhenStartedAlone(import.meta.url, setupRust);
