// Running other programs: asking one for an answer, letting one work quietly, and reading along while one speaks.
import { spawn, spawnSync } from "node:child_process";
import { StepFailure, say, seconds } from "./step.mjs";

const HEARTBEAT_MS = 60_000;
const AFTER_END_MS = 1_000;
const LINES_SHOWN_ON_FAILURE = 40;

export function commandLine(command, args) {
  return [command, ...args].map((word) => (/^[\w@%+=:,./\\-]+$/.test(word) ? word : JSON.stringify(word))).join(" ");
}

/** Asks a program something and never throws: `ok` is false when it is missing, fails or takes longer than `timeoutMs`. */
export function ask(command, args, { env, cwd, timeoutMs = 60_000 } = {}) {
  const answer = spawnSync(command, args, {
    env: { ...process.env, ...env },
    cwd,
    timeout: timeoutMs,
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
  });
  return {
    ok: answer.status === 0,
    missing: answer.error?.code === "ENOENT",
    timedOut: answer.error?.code === "ETIMEDOUT",
    stdout: answer.stdout ?? "",
    stderr: answer.stderr ?? "",
  };
}

/**
 * Runs a program to its end and hands back its exit code and output.
 * `show`: its output is passed through while it runs; otherwise it works silently and a line a minute says that it still does.
 */
export function follow(command, args, { env, cwd, timeoutMs, show = true, step = command } = {}) {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      cwd,
      timeout: timeoutMs,
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    const stdout = [];
    const stderr = [];
    child.stdout.on("data", (chunk) => { stdout.push(chunk); if (show) process.stdout.write(chunk); });
    child.stderr.on("data", (chunk) => { stderr.push(chunk); if (show) process.stderr.write(chunk); });
    const heartbeat = show ? undefined
      : setInterval(() => say(step, `still at it after ${seconds(Date.now() - started)} …`), HEARTBEAT_MS);
    const end = (code, problem) => {
      clearInterval(heartbeat);
      const out = Buffer.concat(stdout).toString("utf8");
      const err = Buffer.concat(stderr).toString("utf8");
      resolve({ ok: code === 0, code, problem, stdout: out, stderr: err, durationMs: Date.now() - started });
    };
    child.on("error", (error) => end(undefined, error.code === "ENOENT" ? "the program was not found" : error.message));
    // What an ended program had started may go on holding its output open; do not wait for that.
    child.on("exit", (_code, signal) => {
      if (signal) setTimeout(() => [child.stdout, child.stderr].forEach((stream) => stream.destroy()), AFTER_END_MS);
    });
    child.on("close", (code, signal) => end(code ?? undefined, signal ? `it was ended by ${signal}${timeoutMs ? `, after ${seconds(Date.now() - started)}` : ""}` : undefined));
  });
}

/** Runs a program that has to succeed. `what` names it in the failure, `remedy` says what the reader can do. */
export async function run(command, args, { what, remedy, show = false, ...options } = {}) {
  const result = await follow(command, args, { ...options, show });
  if (result.ok) return result;
  const output = show ? "" : `${result.stdout}\n${result.stderr}`.trim().split(/\r?\n/).slice(-LINES_SHOWN_ON_FAILURE).join("\n");
  const why = result.problem ?? `it ended with code ${result.code}`;
  throw new StepFailure(`${what ?? command} (${why})`, { command: commandLine(command, args), output, remedy });
}
