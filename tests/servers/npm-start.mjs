// @ts-check
/** The app as a user starts it: `npm start`, on a free port. */
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

/** Everything is built by the time the page tests run, so this only looks and serves. */
const PATIENCE_MS = 180_000;
const KEPT_LOG = 4000;
const repository = fileURLToPath(new URL("../..", import.meta.url));
const isWindows = process.platform === "win32";

/** @returns {Promise<{ localhostUrl: string, close: () => Promise<void> }>} */
export async function npmStart() {
  const port = await freePort();
  // A group of its own, so that everything it starts ends with it.
  const child = spawn("npm", ["start"], {
    cwd: repository,
    env: { ...process.env, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
    detached: !isWindows,
    shell: isWindows,
  });
  let log = "";
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => child.once("close", () => resolve()));
  const kill = () => {
    if (child.pid === undefined || child.exitCode !== null) return;
    if (isWindows) child.kill();
    else process.kill(-child.pid, "SIGTERM");
  };
  process.once("exit", kill);
  const close = async () => {
    process.off("exit", kill);
    kill();
    await ended;
  };

  const localhostUrl = `http://localhost:${port}`;
  /** @type {Promise<"served">} */
  const served = new Promise((resolve) => {
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
        log = (log + text).slice(-KEPT_LOG);
        if (log.includes(`The app is at  ${localhostUrl}`)) resolve("served");
      });
    }
  });
  let timer;
  /** @type {Promise<"late">} */
  const late = new Promise((resolve) => { timer = setTimeout(() => resolve("late"), PATIENCE_MS); });
  const outcome = await Promise.race([served, late, ended.then(() => "ended")]);
  clearTimeout(timer);
  if (outcome === "served") return { localhostUrl, close };
  await close();
  throw new Error(`npm start ${outcome === "late" ? "served nothing in time" : "ended"}\n${log}`);
}

/** @returns {Promise<number>} one that was free a moment ago */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "localhost", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
