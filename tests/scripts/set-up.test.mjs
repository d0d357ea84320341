import assert from "node:assert/strict";
import { test } from "node:test";
import { join } from "node:path";
import { cacheFolder } from "../../scripts/cache.mjs";
import { versionIn } from "../../scripts/cargo-lock.mjs";
import { whyUnfit } from "../../scripts/setup-llama-server.mjs";
import { StepFailure } from "../../scripts/step.mjs";
import { decideSystemPackages, namesDebian, needSystemPackages } from "../../scripts/system-packages.mjs";
import { librariesIn } from "../../scripts/wasm-library-debian.mjs";

const machine = (properties) => ({ isDebian: true, isRoot: false, isContinuousIntegration: false, hasSudo: () => false, ...properties });

test("system packages are installed for root on Debian", () => {
  assert.deepEqual(decideSystemPackages(machine({ isRoot: true })), { act: "install", prefix: [] });
});

test("system packages are installed on a CI machine that has sudo without a password", () => {
  assert.deepEqual(decideSystemPackages(machine({ isContinuousIntegration: true, hasSudo: () => true })), { act: "install", prefix: ["sudo", "-n"] });
});

test("a developer's machine is told the command instead", () => {
  assert.deepEqual(decideSystemPackages(machine({ hasSudo: () => true })), { act: "tell" });
});

test("apt-get is never called where it does not belong", () => {
  assert.deepEqual(decideSystemPackages(machine({ isDebian: false, isRoot: true, isContinuousIntegration: true })), { act: "impossible" });
});

test("Ubuntu is not taken for Debian, whose packages it lacks", () => {
  assert.equal(namesDebian('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n'), true);
  assert.equal(namesDebian("ID=raspbian\nID_LIKE=debian\n"), true);
  assert.equal(namesDebian("ID=ubuntu\nID_LIKE=debian\n"), false);
  assert.equal(namesDebian('ID=linuxmint\nID_LIKE="ubuntu debian"\n'), false);
});

test("the message of a missing package holds the exact command", async () => {
  const missing = "hkm-mesh-package-that-nobody-has";
  await assert.rejects(needSystemPackages("browser", [missing], "Install a browser.", machine({})), (error) => {
    assert.ok(error instanceof StepFailure);
    assert.match(error.remedy, new RegExp(`sudo apt-get install -y --no-install-recommends ${missing}`));
    return true;
  });
});

test("the cache folder is where the system keeps such things, unless it is named", () => {
  assert.equal(cacheFolder({ HKM_MESH_CACHE: "/here" }, "linux", "/home/ada"), "/here");
  assert.equal(cacheFolder({ XDG_CACHE_HOME: "/there" }, "linux", "/home/ada"), join("/there", "hkm-mesh"));
  assert.equal(cacheFolder({}, "linux", "/home/ada"), join("/home/ada", ".cache", "hkm-mesh"));
  assert.equal(cacheFolder({}, "darwin", "/Users/ada"), join("/Users/ada", "Library", "Caches", "hkm-mesh"));
});

test("a version is read from the right block of Cargo.lock", () => {
  const lock = '[[package]]\nname = "wasm-bindgen-futures"\nversion = "0.4.1"\n\n[[package]]\nname = "wasm-bindgen"\nversion = "0.2.130"\ndependencies = [\n "serde",\n]\n';
  assert.equal(versionIn(lock, "wasm-bindgen"), "0.2.130");
  assert.equal(versionIn(lock, "serde"), undefined);
});

test("the libraries of the standard library are taken from cargo's messages, without the scratch crate", () => {
  const message = (name, filenames) => JSON.stringify({ reason: "compiler-artifact", target: { name }, filenames });
  const output = [
    message("std", ["/t/libstd-1.rlib", "/t/libstd-1.rmeta"]),
    message("hkm_mesh_standard_library", ["/t/libscratch-1.rlib"]),
    JSON.stringify({ reason: "build-finished", success: true }),
    "warning: this is no message",
  ].join("\n");
  assert.deepEqual(librariesIn(output), ["/t/libstd-1.rlib"]);
});

test("the prebuilt llama-server is refused where it cannot run, with the reason", () => {
  assert.equal(whyUnfit({ platform: "linux", architecture: "x64", glibc: "2.36" }), undefined);
  assert.match(whyUnfit({ platform: "darwin", architecture: "arm64" }), /x86-64 Linux/);
  assert.match(whyUnfit({ platform: "linux", architecture: "x64", glibc: "2.31" }), /glibc 2\.35/);
  assert.match(whyUnfit({ platform: "linux", architecture: "x64", glibc: undefined }), /another C library/);
});
