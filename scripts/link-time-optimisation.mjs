// Link-time optimisation is switched off without a word when the crate is also built as an rlib, and by settings far away
// from Cargo.toml. So the compiler's own arguments are read, as cargo names them with --verbose.
import { StepFailure } from "./step.mjs";

/** @returns {{ crateTypes: string[], optimised: boolean } | undefined} how the crate was compiled for wasm, if it was */
export function readCompilation(cargoOutput, crateName) {
  const line = cargoOutput.split("\n").find((text) =>
    /^\s*Running `/.test(text) && new RegExp(`--crate-name ${crateName}\\s`).test(text) && text.includes("--target wasm32"));
  if (!line) return undefined;
  const crateTypes = [...line.matchAll(/--crate-type (\S+)/g)].flatMap(([, kinds]) => kinds.split(","));
  const lto = /-C lto(?:=(\S+))?(?=\s|`|$)/.exec(line);
  const optimised = lto !== null && !["off", "no", "n", "false"].includes(lto[1]);
  return { crateTypes, optimised };
}

/** Fails unless the crate was compiled as a cdylib alone and with `-C lto`. */
export function needLinkTimeOptimisation(cargoOutput, crateName) {
  const compilation = readCompilation(cargoOutput, crateName);
  if (!compilation) {
    throw new StepFailure(`cargo did not say how it compiled ${crateName}, so nobody knows whether link-time optimisation ran`, {
      remedy: "Run `node scripts/build-wasm.mjs --force`.",
    });
  }
  const { crateTypes, optimised } = compilation;
  if (crateTypes.join() !== "cdylib") {
    throw new StepFailure(`${crateName} was compiled as ${crateTypes.join(" and ")}; with any other crate type than cdylib there is no link-time optimisation`, {
      remedy: 'Set crate-type = ["cdylib"] in Cargo.toml. What tests or other crates need belongs in src/core.',
    });
  }
  if (!optimised) {
    throw new StepFailure(`${crateName} was compiled without link-time optimisation`, {
      remedy: "Set lto = true in [profile.release] of Cargo.toml, and look for CARGO_PROFILE_RELEASE_LTO in the environment or in .cargo/config.toml.",
    });
  }
}
