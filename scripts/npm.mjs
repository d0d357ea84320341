// Running npm and the programs it installed, on every system.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { commandLine, run } from "./command.mjs";
import { inRepository, repository } from "./repository.mjs";
import { StepFailure } from "./step.mjs";

/** npm as a command and its first words. On Windows it is a script that cannot be started without a shell. */
function npmCommand() {
  const script = process.env.npm_execpath;
  if (script && /npm-cli\.[cm]?js$/.test(script)) return [process.execPath, script];
  if (process.platform === "win32") return [process.execPath, join(dirname(process.execPath), "node_modules", "npm", "bin", "npm-cli.js")];
  return ["npm"];
}

export function runNpm(args, options = {}) {
  const [command, ...first] = npmCommand();
  return run(command, [...first, ...args], { cwd: repository, ...options });
}

/**
 * The JavaScript file behind a program of an installed package, to be run with node: without npx, without a shell, and
 * so that a signal reaches the program itself.
 * @param {string} workspace the folder whose node_modules is asked first: `www`, or `.` for the root
 */
export function installedProgram(packageName, program, workspace = ".") {
  for (const folder of [inRepository(workspace, "node_modules", packageName), inRepository("node_modules", packageName)]) {
    const manifest = join(folder, "package.json");
    if (!existsSync(manifest)) continue;
    const { bin } = JSON.parse(readFileSync(manifest, "utf8"));
    const path = typeof bin === "string" ? bin : bin?.[program];
    if (path) return join(folder, path);
  }
  throw new StepFailure(`the npm package ${packageName} is not installed`, { remedy: "node scripts/setup-packages.mjs" });
}

/** Runs a JavaScript program in the foreground until it ends or the user stops it. */
export function runUntilStopped(script, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd, stdio: "inherit" });
    // Ctrl+C reaches the child by itself; a signal sent to this process alone has to be handed on.
    for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    process.on("SIGINT", () => {});
    const watch = stopWithNpm(() => child.kill());
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearInterval(watch);
      if (code === 0 || signal || code === 130 || code === 143) return resolve();
      reject(new StepFailure(`the server ended with code ${code}`, { command: commandLine("node", [script, ...args]), remedy: "Its message is above." }));
    });
  });
}

// npm ends at a signal without handing it on, and what it started would hold the port for ever.
function stopWithNpm(stop) {
  if (!process.env.npm_lifecycle_event) return undefined;
  const parent = process.ppid;
  return setInterval(() => {
    if (process.ppid !== parent) stop();
  }, 1_000);
}
