// One or two real llama.cpp servers behind wires, for a test that does harm to the first.
import { startLlamaServer } from "../servers/llama-server.mjs";
import { startWire } from "../servers/wire.mjs";

/** So many tokens that whoever keeps the only slot, and does not stop by itself, has not filled them when a page's patience ends. */
const CONTEXT_SIZE = 4_096;

/** @typedef {Awaited<ReturnType<typeof openBench>>} Bench */

/**
 * @param {import("node:test").TestContext} t everything is killed when it is over, also what is stopped
 * @returns {Promise<object | string>} a string says why there is none here
 */
export async function openBench(t, { hasNext }) {
  const servers = new Set();
  const start = async (options = {}) => {
    const server = await startLlamaServer({ contextSize: CONTEXT_SIZE, ...options });
    if (typeof server === "string") return server;
    servers.add(server);
    return server;
  };
  t.after(() => Promise.all([...servers].map((server) => server.kill())));
  const started = await start();
  if (typeof started === "string") return started;
  const model = started.model;
  let first = started;
  const second = hasNext ? await start() : undefined;
  const wires = [];
  const wireTo = async (server) => {
    const wire = await startWire({ to: server.port });
    wires.push(wire);
    return wire;
  };
  t.after(() => Promise.all(wires.map((wire) => wire.close())));
  const firstWire = await wireTo(first);
  let isGone = false;
  let spare;
  let restarted;
  let occupation;

  return {
    model,
    servers: () => (second === undefined ? [first] : [first, second]),
    firstWire,
    secondWire: second === undefined ? undefined : await wireTo(second),
    /** Wires of their own, for a case that runs beside others. */
    moreWires: async () => ({ firstWire: await wireTo(first), secondWire: second === undefined ? undefined : await wireTo(second) }),

    signal(name) {
      process.kill(first.pid, name);
      if (name === "SIGKILL" || name === "SIGTERM") isGone = true;
    },
    async startSpare() {
      spare = await start();
    },
    takeSpare() {
      const killed = first.kill();
      first = spare;
      firstWire.leadTo(first.port);
      return killed;
    },
    restart() {
      restarted = first.kill().then(() => start({ port: first.port }));
    },
    /** Somebody else has the only slot, and got a first piece of it. */
    async occupy() {
      occupation = new AbortController();
      const body = JSON.stringify({ model, stream: true, ignore_eos: true, messages: [{ role: "user", content: "Hello" }] });
      const response = await fetch(`${first.url}/v1/chat/completions`, { method: "POST", body, signal: occupation.signal });
      const reader = response.body.getReader();
      await reader.read();
      // What is not read would stop the server.
      (async () => { while (!(await reader.read()).done); })().catch(() => undefined);
    },
    vacate() {
      occupation?.abort();
    },
    /** After a case: a first server that is well stands at its address. */
    async mend() {
      occupation?.abort();
      occupation = undefined;
      if (restarted !== undefined) first = await restarted;
      else if (isGone) {
        await first.kill();
        first = await start();
      } else process.kill(first.pid, "SIGCONT");
      [isGone, restarted, spare] = [false, undefined, undefined];
      firstWire.leadTo(first.port);
      await firstWire.accept();
    },
  };
}
