// Which Rust toolchain can build for wasm32-unknown-unknown, and with what environment. Looks, changes nothing.
//
// "ordinary": the toolchain that is active anyway has the target (rustup target add, or a distribution's package).
// "debian":   Debian's compiler, linked into rustup under its own name, with a standard library that was built here.
//             Only wasm builds use it; native builds stay on the active toolchain.
import { existsSync, readdirSync } from "node:fs";
import { ask } from "./command.mjs";

export const WASM_TARGET = "wasm32-unknown-unknown";
export const DEBIAN_TOOLCHAIN = "hkm-debian";
export const DEBIAN_SYSROOT = "/usr";
export const DEBIAN_RUSTC = "/usr/bin/rustc";
export const DEBIAN_LIBRARY = `/usr/lib/rustlib/${WASM_TARGET}/lib`;

/** Says with which compiler the standard library in `DEBIAN_LIBRARY` was built; another one cannot read it. */
export const DEBIAN_STAMP = `/usr/lib/rustlib/${WASM_TARGET}/built-by-hkm-mesh.txt`;

/** Debian's compiler comes without rust's own linker. */
export const DEBIAN_LINKER = "wasm-ld-22";

/** @returns {{ kind: "ordinary" | "debian", environment: Record<string, string> } | undefined} */
export function findWasmToolchain() {
  if (hasWasmLibrary({})) return { kind: "ordinary", environment: {} };
  const environment = debianEnvironment();
  if (existsSync(DEBIAN_STAMP) && hasWasmLibrary(environment)) return { kind: "debian", environment };
  return undefined;
}

export function debianEnvironment() {
  return {
    RUSTUP_TOOLCHAIN: DEBIAN_TOOLCHAIN,
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: DEBIAN_LINKER,
  };
}

function hasWasmLibrary(environment) {
  const answer = ask("rustc", ["--print", "target-libdir", "--target", WASM_TARGET], { env: environment });
  if (!answer.ok) return false;
  try {
    return readdirSync(answer.stdout.trim()).some((name) => name.startsWith("libstd-"));
  } catch {
    return false;
  }
}
