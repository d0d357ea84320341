// Debian's packages: installed by itself only where nobody is surprised by it (root on Debian, or a CI machine).
// Everywhere else the exact command is printed and the run stops.
import { readFileSync } from "node:fs";
import { ask, commandLine, run } from "./command.mjs";
import { withLock } from "./lock.mjs";
import { StepFailure, say } from "./step.mjs";

const WAIT_FOR_DPKG_SECONDS = 600;

/** What this machine allows. A plain value, so that the decision below can be tested with any machine. */
export function lookAtMachine() {
  return {
    isDebian: isDebian(),
    isRoot: process.getuid?.() === 0,
    isContinuousIntegration: /^(1|true)$/i.test(process.env.CI ?? ""),
    hasSudo: () => ask("sudo", ["-n", "true"], { timeoutMs: 5_000 }).ok,
  };
}

function isDebian() {
  if (process.platform !== "linux") return false;
  try {
    return namesDebian(readFileSync("/etc/os-release", "utf8")) && ask("apt-get", ["--version"]).ok;
  } catch {
    return false;
  }
}

/** Ubuntu and its children are like Debian but have other packages: no rustc-web, and a chromium that is a snap. */
export function namesDebian(release) {
  const names = [...release.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].flatMap(([, value]) => value.replaceAll('"', "").split(" "));
  return names.includes("debian") && !names.includes("ubuntu");
}

/**
 * @returns {{ act: "install", prefix: string[] } | { act: "tell" } | { act: "impossible" }}
 *   `prefix`: the words before `apt-get`
 */
export function decideSystemPackages(machine) {
  if (!machine.isDebian) return { act: "impossible" };
  if (machine.isRoot) return { act: "install", prefix: [] };
  if (machine.isContinuousIntegration && machine.hasSudo()) return { act: "install", prefix: ["sudo", "-n"] };
  return { act: "tell" };
}

export function installCommand(packages) {
  return ["apt-get", "install", "-y", "--no-install-recommends", ...packages];
}

/**
 * Makes sure that Debian packages are installed.
 * @param {string} step the step that needs them
 * @param {string[]} packages
 * @param {string} otherwise what to do on a system without them
 */
export async function needSystemPackages(step, packages, otherwise, machine = lookAtMachine()) {
  const missing = machine.isDebian ? packages.filter((name) => !isInstalled(name)) : packages;
  if (missing.length === 0) return;
  const decision = decideSystemPackages(machine);
  if (decision.act === "impossible") {
    throw new StepFailure(`${step}: something is missing that cannot be installed from here`, { remedy: otherwise });
  }
  if (decision.act === "tell") {
    throw new StepFailure(`${step}: these system packages are missing: ${missing.join(" ")}`, {
      remedy: `sudo apt-get update && sudo ${commandLine(...headAndTail(installCommand(missing)))}\nthen run this again.\n\nOr: ${otherwise}`,
    });
  }
  say(step, `installing ${missing.join(" ")} with apt-get …`);
  await withLock("apt-get", async () => {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    const remedy = "Look at the message above; `apt-get update` needs a reachable package server.";
    const options = ["-o", `DPkg::Lock::Timeout=${WAIT_FOR_DPKG_SECONDS}`];
    const aptGet = (words) => run(...headAndTail([...decision.prefix, ...words]), { step, env, what: "apt-get failed", remedy });
    await aptGet(["apt-get", ...options, "update"]);
    const [, ...install] = installCommand(missing);
    await aptGet(["apt-get", ...options, ...install]);
  });
}

function headAndTail([head, ...tail]) {
  return [head, tail];
}

function isInstalled(name) {
  const answer = ask("dpkg-query", ["-W", "-f=${db:Status-Status}", name]);
  return answer.ok && answer.stdout === "installed";
}
