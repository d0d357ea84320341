import { lockedFlags } from "../strictness.mjs";
import { needSystemPackages } from "../system-packages.mjs";
import { wasmEnvironment } from "../wasm-env.mjs";
import { WASM_TARGET, findWasmToolchain } from "../wasm-toolchain.mjs";
import { check } from "./stage.mjs";

const WHAT = "clippy objects";
const NO_WARNINGS = ["--", "-D", "warnings"];

/** @type {import("./stage.mjs").Stage} */
export const clippy = {
  name: "clippy",
  title: "clippy has no objection",
  needs: ["rust", "components", "wasm", "tools"],
  async run() {
    await check("cargo", ["clippy", ...lockedFlags(), "--workspace", "--exclude", "hkm-mesh", "--all-targets", ...NO_WARNINGS], { what: WHAT });
    // The root package is for the browser alone, so it is looked at as it will be compiled.
    if (findWasmToolchain()?.kind === "debian") {
      await needSystemPackages("clippy", ["rust-web-clippy"], "make `rustup target add wasm32-unknown-unknown` work.");
    }
    const inBrowser = ["clippy", ...lockedFlags(), "--package", "hkm-mesh", "--target", WASM_TARGET];
    const env = wasmEnvironment();
    // What no release has, too: what the benchmarks and some tests are built with.
    await check("cargo", [...inBrowser, "--features", "bench,planted-panic", ...NO_WARNINGS], { what: WHAT, env });
    return check("cargo", [...inBrowser, "--all-targets", ...NO_WARNINGS], { what: WHAT, env });
  },
};
