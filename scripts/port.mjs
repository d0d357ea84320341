// Whether something listens on a port of this machine, and waiting until the app does.
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { StepFailure } from "./step.mjs";

const CONNECT_LIMIT_MS = 1_000;
const START_LIMIT_MS = 60_000;

export async function needFreePort(port) {
  // "localhost" is either of these, by system and by browser.
  const taken = await Promise.all(["127.0.0.1", "::1"].map((host) => listens(host, port)));
  if (!taken.includes(true)) return;
  throw new StepFailure(`port ${port} is in use by another program`, { remedy: `Stop that program, or take another port: PORT=${port + 1} npm start` });
}

function listens(host, port) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_LIMIT_MS });
    const end = (answer) => { socket.destroy(); resolve(answer); };
    socket.on("connect", () => end(true));
    socket.on("timeout", () => end(false));
    socket.on("error", () => end(false));
  });
}

export async function isServed(address) {
  try {
    return (await fetch(address, { signal: AbortSignal.timeout(CONNECT_LIMIT_MS) })).ok;
  } catch {
    return false;
  }
}

export async function waitUntilServed(address) {
  const until = Date.now() + START_LIMIT_MS;
  while (!(await isServed(address))) {
    if (Date.now() > until) throw new StepFailure(`the app does not answer at ${address}`, { remedy: "Its messages are above." });
    await pause(200);
  }
}
