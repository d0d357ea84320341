// Makes `cargo build --target wasm32-unknown-unknown` work: rustup's way first, Debian's sources only where that failed.
import { ask } from "./command.mjs";
import { withLock } from "./lock.mjs";
import { StepFailure, runWhenStartedAlone, say } from "./step.mjs";
import { lookAtMachine } from "./system-packages.mjs";
import { setupWasmLibraryFromDebian } from "./wasm-library-debian.mjs";
import { WASM_TARGET, findWasmToolchain } from "./wasm-toolchain.mjs";

const STEP = "wasm32 target";

// Where rustup's server refuses, rustup gives up within seconds; where packets vanish silently, it would not.
// Short where there is another way; long where there is none and the line may just be slow.
const LIMIT_WITH_ANOTHER_WAY_MS = 60_000;
const LIMIT_WITHOUT_MS = 600_000;

export async function setupWasmTarget() {
  const found = findWasmToolchain();
  if (found) {
    say(STEP, found.kind === "ordinary" ? "is installed" : "is installed (Debian's compiler, standard library built here)");
    return found;
  }
  const { isDebian } = lookAtMachine();
  const rustupSaid = await withLock("rustup", () => addWithRustup({ hasAnotherWay: isDebian }));
  if (rustupSaid !== undefined) {
    if (!isDebian) {
      throw new StepFailure(`the Rust target ${WASM_TARGET} is missing and could not be added`, {
        command: `rustup target add ${WASM_TARGET}`,
        output: rustupSaid,
        remedy: "rustup needs the network (static.rust-lang.org). Without rustup, install your system's package of the target\n"
          + "(for example rust-std-static-wasm32-unknown-unknown on Fedora) for the rustc on PATH.",
      });
    }
    say(STEP, "rustup could not add it; taking Debian's compiler and the sources of its standard library instead");
    await setupWasmLibraryFromDebian();
  }
  const toolchain = findWasmToolchain();
  if (!toolchain) {
    throw new StepFailure(`rustc still cannot build for ${WASM_TARGET}`, {
      command: `rustc --print target-libdir --target ${WASM_TARGET}`,
      remedy: "If RUSTUP_TOOLCHAIN is set, unset it and run this again.",
    });
  }
  return toolchain;
}

/** @returns {string | undefined} why it did not work */
function addWithRustup({ hasAnotherWay }) {
  say(STEP, `rustup target add ${WASM_TARGET} …`);
  const limitMs = hasAnotherWay ? LIMIT_WITH_ANOTHER_WAY_MS : LIMIT_WITHOUT_MS;
  const answer = ask("rustup", ["target", "add", WASM_TARGET], {
    timeoutMs: limitMs,
    env: hasAnotherWay ? { RUSTUP_MAX_RETRIES: "1" } : {},
  });
  if (answer.ok) return undefined;
  if (answer.missing) return "rustup was not found";
  if (answer.timedOut) return `it took longer than ${limitMs / 1000} s`;
  return answer.stderr.trim();
}

await runWhenStartedAlone(import.meta.url, setupWasmTarget);
