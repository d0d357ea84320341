// @ts-check
/**
 * A real llama.cpp server for a test: HKM_LLAMA_SERVER names the program, HKM_MODEL_FILE the weights. Where it cannot be
 * had, a sentence that says why takes its place, to be the reason of a skipped test.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Loading 100 MB on a machine that is busy with other tests. */
const PATIENCE_MS = 120_000;
const POLL_MS = 100;
const KEPT_LOG = 4000;

/**
 * @typedef {object} LlamaServer
 * @property {string} url origin; the API is below `/v1`
 * @property {string} model the name that it gives its model
 * @property {number} port
 * @property {number} pid for signals
 * @property {() => string} log the end of what it printed
 * @property {() => Promise<void>} close
 * @property {() => Promise<void>} kill also one that is stopped or does not want to end
 */

/**
 * @param {object} [options]
 * @param {number} [options.contextSize] tokens
 * @param {number} [options.port] default: any free one
 * @param {string[]} [options.extra] further arguments, for example ["--api-prefix", "/api", "--api-key", "sk-test"]
 * @param {NodeJS.ProcessEnv} [options.environment]
 * @param {number} [options.patienceMs]
 * @returns {Promise<LlamaServer | string>} a string says why there is none here
 */
export async function startLlamaServer({ contextSize = 2048, port: wanted, extra = [], environment = process.env, patienceMs = PATIENCE_MS } = {}) {
  const { HKM_LLAMA_SERVER: program, HKM_LLAMA_SERVER_MISSING: missing, HKM_MODEL_FILE: weights } = environment;
  if (!program) return missing ? `there is no llama-server: ${missing}` : "HKM_LLAMA_SERVER names no llama-server";
  if (!weights) return "HKM_MODEL_FILE names no weights";

  const port = wanted ?? await freePort();
  const url = `http://127.0.0.1:${port}`;
  const model = "smollm2";
  // One thread: with more, its spin barriers collapse when the cores are shared with a browser.
  const args = ["-m", weights, "--host", "127.0.0.1", "--port", String(port), "-c", String(contextSize), "-t", "1", "-np", "1", "--alias", model, "--jinja", "--no-webui", ...extra];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: environment });

  let log = "";
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      log = (log + text).slice(-KEPT_LOG);
    });
  }
  /** @type {Promise<{ code: number | null, signal: NodeJS.Signals | null } | { error: Error }>} */
  const ended = new Promise((resolve) => {
    child.once("error", (error) => resolve({ error }));
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  // A test run that is interrupted leaves no server behind.
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  const close = async () => {
    process.off("exit", kill);
    child.kill("SIGTERM");
    const late = setTimeout(kill, 5000);
    await ended;
    clearTimeout(late);
  };
  const killNow = async () => {
    kill();
    await ended;
    process.off("exit", kill);
  };

  const prefix = extra.includes("--api-prefix") ? extra[extra.indexOf("--api-prefix") + 1] ?? "" : "";
  const giveUp = new AbortController();
  const outcome = await Promise.race([ended, healthy(url + prefix, patienceMs, giveUp.signal)]);
  giveUp.abort();
  if (outcome === "healthy") return { url, port, pid: child.pid ?? 0, model, log: () => log, close, kill: killNow };
  await close();
  if (outcome === "late") throw new Error(`llama-server was not ready within ${patienceMs / 1000} s\n${log}`);
  if ("error" in outcome) return `HKM_LLAMA_SERVER does not start: ${outcome.error.message}`;
  // Prebuilt for a newer processor than this one: that is no fault of what is tested.
  const illegal = outcome.signal === "SIGILL" || outcome.code === 128 + constants.signals.SIGILL;
  if (illegal) return "this llama-server was built for instructions that this processor does not have (SIGILL)";
  throw new Error(`llama-server ended with ${outcome.signal ?? `code ${outcome.code}`}\n${log}`);
}

/**
 * @param {string} url
 * @param {number} patienceMs
 * @param {AbortSignal} signal
 * @returns {Promise<"healthy" | "late">}
 */
async function healthy(url, patienceMs, signal) {
  const end = Date.now() + patienceMs;
  while (Date.now() < end && !signal.aborted) {
    const response = await fetch(`${url}/health`, { signal }).catch(() => undefined);
    await response?.arrayBuffer().catch(() => undefined);
    // 503 while it loads.
    if (response?.status === 200) return "healthy";
    await delay(POLL_MS);
  }
  return "late";
}

/** @returns {Promise<number>} one that was free a moment ago */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
