// @ts-check
/**
 * What every simulator is: a loopback server that records what it is asked, chooses the faults, lets its protocol
 * answer, and delivers the answer with those faults. The protocol is a function from an exchange to a reply.
 */
import { control, isControl } from "./control.mjs";
import { perform, Stalls } from "./delivery.mjs";
import { FaultBook } from "./faults.mjs";
import { Journal } from "./journal.mjs";
import { findLeaks } from "./leaks.mjs";
import { startListener } from "./listener.mjs";
import { plan } from "./plan.mjs";
import { lastPrompt } from "./prompt.mjs";

/**
 * @typedef {import("node:http").IncomingMessage} IncomingMessage
 * @typedef {import("node:http").ServerResponse} ServerResponse
 * @typedef {import("./faults.mjs").Fault} Fault
 * @typedef {import("./faults.mjs").Rule} Rule
 * @typedef {import("./journal.mjs").Entry} Entry
 * @typedef {import("./plan.mjs").Reply} Reply
 * @typedef {import("./plan.mjs").Wording} Wording
 *
 * @typedef {object} Exchange
 * @property {Entry} entry
 * @property {readonly Fault[]} faults
 * @property {AbortSignal} gone aborted when the client has left
 * @property {Buffer} bytes the request's body
 * @property {() => AbortSignal} released aborted when what is stalled may go on
 *
 * @typedef {object} Upgrading a request for a WebSocket
 * @property {Entry} entry
 * @property {readonly Fault[]} faults
 * @property {IncomingMessage} request
 * @property {import("node:stream").Duplex} socket
 * @property {Buffer} head
 * @property {() => void} changed to be called when the entry moved on
 * @property {(ending: import("./journal.mjs").Ending) => void} end
 * @property {() => AbortSignal} released aborted when what is stalled may go on
 *
 * @typedef {object} Protocol
 * @property {import("./faults.mjs").Provider} provider
 * @property {string} [keyHeader] where the key belongs, in lower case
 * @property {(entry: Entry) => string} [modelOf] for a protocol whose requests do not name their model in the body
 * @property {(exchange: Exchange) => Reply | Promise<Reply>} answer
 * @property {Wording} wording
 * @property {(upgrading: Upgrading) => void} [upgrade] for a protocol that has a WebSocket
 * @property {Record<string, (body: unknown) => unknown>} [controls] more control endpoints, by name
 * @property {() => void} reset
 *
 * @typedef {object} SimulatorOptions
 * @property {number} [port] default: any free one
 * @property {number} [controlPort] of the second listener, for control alone; default: any free one
 * @property {number} [intervalMs] pause between tokens, default 1
 * @property {boolean} [keepAlive] default false: Chromium repeats a request by itself when a connection that it
 *   used before is reset, so that a fault meant for one request would be met by two
 *
 * @typedef {object} Simulator
 * @property {string} url
 * @property {number} port
 * @property {string} controlUrl origin that answers `/__simulator/…` also while `url` refuses connections
 * @property {Entry[]} requests
 * @property {(rule: Rule) => void} faults
 * @property {Journal["waitFor"]} waitFor
 * @property {() => void} release let every stalled request go on
 * @property {() => Promise<void>} refuse close the listening socket
 * @property {() => Promise<void>} accept listen again
 * @property {() => void} reset forget requests, rules and what was installed or loaded
 * @property {() => Promise<void>} close
 */

/**
 * @param {Protocol} protocol
 * @param {SimulatorOptions} options
 * @returns {Promise<Simulator>}
 */
export async function startSimulator(protocol, { port = 0, controlPort = 0, intervalMs = 1, keepAlive = false }) {
  const journal = new Journal();
  const book = new FaultBook(protocol.provider);
  const keyPlace = protocol.keyHeader === undefined ? undefined : { provider: protocol.provider, header: protocol.keyHeader };
  const stalls = new Stalls();

  /** @type {(request: IncomingMessage, response: ServerResponse) => Promise<void>} */
  const exchange = async (request, response) => {
    // A real Ollama names no connection header when it keeps one; Node would.
    if (keepAlive) response.removeHeader("Connection");
    else response.setHeader("Connection", "close");
    const left = new AbortController();
    const entry = journal.begin(request);
    response.on("close", () => {
      if (!response.writableFinished) left.abort();
    });
    const bytes = await read(request, entry);
    if (bytes === undefined) return journal.end(entry, "aborted");
    if (protocol.modelOf !== undefined) entry.model = protocol.modelOf(entry);
    entry.leaks = findLeaks(entry, keyPlace);
    journal.changed();
    const { model, path, method } = entry;
    const faults = book.take({ model, path, method, prompt: lastPrompt(entry.json) });
    entry.faults = faults.map((fault) => fault.kind);

    const reply = await protocol.answer({ entry, faults, gone: left.signal, bytes, released: () => stalls.signal });
    const planned = plan(reply, faults, protocol.wording, { intervalMs });
    const ending = await perform(planned, response, { entry, journal, stalls, gone: left.signal });
    reply.settled?.({ ...entry, ended: ending, aborted: ending === "aborted" });
    journal.end(entry, ending);
  };

  /** @type {import("./listener.mjs").Upgrade} */
  const upgrade = (request, socket, head) => {
    const entry = journal.begin(request);
    entry.leaks = findLeaks(entry, keyPlace);
    const faults = book.take({ model: "", path: entry.path, method: entry.method });
    entry.faults = faults.map((fault) => fault.kind);
    journal.changed();
    protocol.upgrade?.({ entry, faults, request, socket, head, changed: () => journal.changed(), end: (ending) => journal.end(entry, ending), released: () => stalls.signal });
  };

  const reset = () => {
    book.clear();
    stalls.release();
    journal.clear();
    protocol.reset();
  };
  const main = await startListener((request, response) => {
    if (isControl(request)) return void control(request, response, commands);
    exchange(request, response).catch((error) => {
      // A bug in the simulator must not look like one of its faults.
      console.error("simulator:", error);
      response.destroy();
    });
  }, { port, upgrade: protocol.upgrade === undefined ? undefined : upgrade });
  const second = await startListener((request, response) => void control(request, response, commands), { port: controlPort });

  /** @type {import("./control.mjs").Commands} */
  const commands = {
    requests: () => journal.entries,
    faults: (body) => book.add(/** @type {Rule} */ (body)),
    release: () => stalls.release(),
    reset: () => reset(),
    // Asked on the port that closes, it must answer first; on the other one the answer means that it is done.
    refuse: (_, response) => (response.socket?.localPort === main.port ? void response.once("close", () => main.refuse()) : main.refuse()),
    accept: () => main.accept(),
    ...protocol.controls,
  };

  return {
    url: main.url,
    port: main.port,
    controlUrl: second.url,
    requests: journal.entries,
    faults: (rule) => book.add(rule),
    waitFor: (predicate, options) => journal.waitFor(predicate, options),
    release: () => stalls.release(),
    refuse: main.refuse,
    accept: main.accept,
    reset,
    close: async () => {
      stalls.release();
      await Promise.all([main.close(), second.close()]);
    },
  };
}

/**
 * @param {IncomingMessage} request
 * @param {Entry} entry
 * @returns {Promise<Buffer | undefined>} the body, unless the client left before it was complete
 */
async function read(request, entry) {
  const chunks = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch {
    return undefined;
  }
  const bytes = Buffer.concat(chunks);
  entry.body = bytes.toString("utf8");
  try {
    entry.json = JSON.parse(entry.body);
  } catch {
    return bytes;
  }
  if (typeof entry.json === "object" && entry.json !== null) {
    const { model, name } = /** @type {{ model?: unknown, name?: unknown }} */ (entry.json);
    entry.model = String(model ?? name ?? "");
  }
  return bytes;
}
