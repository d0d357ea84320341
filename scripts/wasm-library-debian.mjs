// The way to the wasm32 target for a machine that cannot reach rustup's server but can reach Debian's:
// Debian packages a current compiler together with the sources of its standard library, so build that library once.
import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { ask, commandLine, run } from "./command.mjs";
import { withLock } from "./lock.mjs";
import { StepFailure, say } from "./step.mjs";
import { decideSystemPackages, lookAtMachine, needSystemPackages } from "./system-packages.mjs";
import { DEBIAN_LIBRARY, DEBIAN_RUSTC, DEBIAN_STAMP, DEBIAN_SYSROOT, DEBIAN_TOOLCHAIN, WASM_TARGET } from "./wasm-toolchain.mjs";

const STEP = "wasm32 target";
const PACKAGES = ["rustc-web", "rust-web-src", "lld-22"];
const OTHERWISE = `make \`rustup target add ${WASM_TARGET}\` work (it needs static.rust-lang.org).`;
const SCRATCH_CRATE = "hkm_mesh_standard_library";

export async function setupWasmLibraryFromDebian() {
  await needSystemPackages(STEP, PACKAGES, OTHERWISE);
  const compiler = ask(DEBIAN_RUSTC, ["-vV"]).stdout;
  if (!compiler) throw new StepFailure("Debian's rustc does not run", { command: `${DEBIAN_RUSTC} -vV`, remedy: OTHERWISE });
  await withLock("wasm32-target", async () => {
    if (!isBuiltBy(compiler)) await build(compiler);
    await link();
  });
}

function isBuiltBy(compiler) {
  return existsSync(DEBIAN_LIBRARY) && existsSync(DEBIAN_STAMP) && readFileSync(DEBIAN_STAMP, "utf8") === compiler;
}

async function build(compiler) {
  say(STEP, "building the standard library once (about 75 s) …");
  const folder = await mkdtemp(join(tmpdir(), "hkm-mesh-standard-library-"));
  try {
    await writeScratchCrate(folder);
    const result = await run("cargo", [
      "build", "--release", "--target", WASM_TARGET,
      "-Zbuild-std=std,panic_abort,panic_unwind,test,proc_macro",
      "--message-format=json",
    ], {
      cwd: folder,
      step: STEP,
      what: "the standard library did not build",
      remedy: OTHERWISE,
      env: {
        RUSTC: DEBIAN_RUSTC,
        RUSTC_BOOTSTRAP: "1",
        // Without it, link-time optimisation of the release build finds no bitcode in these libraries.
        RUSTFLAGS: "-Cembed-bitcode=yes",
        // A setting made for the project or the user must not leak into this build.
        CARGO_ENCODED_RUSTFLAGS: undefined,
        CARGO_BUILD_TARGET: undefined,
        CARGO_TARGET_DIR: join(folder, "target"),
        RUSTC_WRAPPER: "",
      },
    });
    const libraries = librariesIn(result.stdout);
    if (!libraries.some((path) => basename(path).startsWith("libstd-"))) {
      throw new StepFailure("the build of the standard library left no libstd", { remedy: OTHERWISE });
    }
    await put(libraries, compiler, folder);
    say(STEP, `${libraries.length} libraries are in ${DEBIAN_LIBRARY}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeScratchCrate(folder) {
  await mkdir(join(folder, "src"));
  await writeFile(join(folder, "Cargo.toml"), [
    "[package]", `name = "${SCRATCH_CRATE}"`, 'version = "0.0.0"', 'edition = "2024"', "",
    // A workspace of its own, should a parent folder hold one.
    "[workspace]", "",
  ].join("\n"));
  await writeFile(join(folder, "src", "lib.rs"), "#![no_std]\n");
}

/** The library files that cargo reports, without the throw-away crate's own. */
export function librariesIn(cargoMessages) {
  const paths = new Set();
  for (const line of cargoMessages.split("\n")) {
    if (!line.startsWith("{")) continue;
    const message = JSON.parse(line);
    if (message.reason !== "compiler-artifact" || message.target.name === SCRATCH_CRATE) continue;
    for (const path of message.filenames) if (path.endsWith(".rlib")) paths.add(path);
  }
  return [...paths];
}

// The folder is filled beside its place and then renamed, so that another build never sees half of it.
async function put(libraries, compiler, folder) {
  const staged = join(folder, "staged");
  await mkdir(join(staged, "lib"), { recursive: true });
  for (const path of libraries) await copyFile(path, join(staged, "lib", basename(path)));
  await writeFile(join(staged, basename(DEBIAN_STAMP)), compiler);
  const place = dirname(DEBIAN_LIBRARY);
  const beside = `${place}.${process.pid}.tmp`;
  const decision = decideSystemPackages(lookAtMachine());
  const script = 'set -e; rm -rf "$2"; cp -r "$1" "$2"; chmod -R a+rX "$2"; rm -rf "$3"; mv "$2" "$3"';
  const words = [...(decision.prefix ?? []), "sh", "-c", script, "sh", staged, beside, place];
  const [command, ...args] = words;
  await run(command, args, {
    step: STEP,
    what: `the libraries could not be copied to ${place}`,
    remedy: `Copying there needs root: run \`sudo node scripts/setup-wasm-target.mjs\` once, or ${OTHERWISE}`,
  });
}

async function link() {
  const known = ask("rustup", ["toolchain", "list"]);
  if (known.ok && known.stdout.split(/\s+/).includes(DEBIAN_TOOLCHAIN)) return;
  const args = ["toolchain", "link", DEBIAN_TOOLCHAIN, DEBIAN_SYSROOT];
  await run("rustup", args, {
    step: STEP,
    what: "Debian's compiler could not be linked into rustup",
    remedy: `Run it by hand: ${commandLine("rustup", args)}`,
  });
}
