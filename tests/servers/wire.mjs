// @ts-check
/**
 * The wire between a page and a real server on this machine: bytes go through as they are and are kept, until a fault is
 * done to them or to the server at a moment that the test names.
 *
 * It looks no deeper than it must: where a chat begins and which words of an OpenAI-shaped stream went by.
 */
import { connect, createServer } from "node:net";

/** How often a slowed wire lets bytes through. */
const TICK_MS = 50;

/**
 * @typedef {"request" | "head" | number} Moment before the request reaches the server; when the first byte of the head came; after so many pieces of the answer
 * @typedef {{ at: Moment, do: (exchange: Exchange) => unknown }} Fault done once, at the next chat
 * @typedef {Awaited<ReturnType<typeof startWire>>} Wire
 */

/** One chat: what was asked, and what of the answer reached the page. */
export class Exchange {
  asked = Buffer.alloc(0);
  delivered = Buffer.alloc(0);
  /** What the server said, whether it reached the page or not. */
  received = Buffer.alloc(0);
  #client;
  #bytesPerSecond = Number.POSITIVE_INFINITY;
  #isSilent = false;
  /** @type {Buffer} */
  #waiting = Buffer.alloc(0);
  #hasEnded = false;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {import("node:net").Socket} client */
  constructor(client) {
    this.#client = client;
    client.once("close", () => clearInterval(this.#timer));
  }

  /** The words that reached the page. */
  get text() {
    return piecesIn(this.delivered).join("");
  }

  /** The body of the request. */
  get body() {
    return JSON.parse(this.asked.subarray(this.asked.indexOf("\r\n\r\n") + 4).toString());
  }

  /** Whether the page's connection was closed before the answer was whole: of what arrived last a browser may show nothing. */
  get isBroken() {
    return this.#hasEnded && !this.received.includes("data: [DONE]");
  }

  /** The connection is reset. */
  reset() {
    this.#hasEnded = true;
    this.#isSilent = false;
    this.#client.resetAndDestroy();
  }

  /** A half-open connection: nothing more goes through, and neither side hears of it. */
  silence() {
    this.#isSilent = true;
  }

  get isSilent() {
    return this.#isSilent;
  }

  /** From now on so many bytes a second; the server may go on as fast as it likes. @param {number} bytesPerSecond */
  slow(bytesPerSecond) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#timer = setInterval(() => {
      const count = Math.ceil((bytesPerSecond * TICK_MS) / 1000);
      this.#write(this.#waiting.subarray(0, count));
      this.#waiting = this.#waiting.subarray(count);
      if (this.#hasEnded && this.#waiting.length === 0) this.#client.end();
    }, TICK_MS);
  }

  /** @param {Buffer} bytes */
  deliver(bytes) {
    this.received = Buffer.concat([this.received, bytes]);
    if (this.#isSilent) return;
    if (this.#bytesPerSecond === Number.POSITIVE_INFINITY) this.#write(bytes);
    else this.#waiting = Buffer.concat([this.#waiting, bytes]);
  }

  end() {
    this.#hasEnded = true;
    if (!this.#isSilent && this.#waiting.length === 0) this.#client.end();
  }

  /** @param {Buffer} bytes */
  #write(bytes) {
    if (bytes.length === 0 || this.#client.destroyed) return;
    this.delivered = Buffer.concat([this.delivered, bytes]);
    this.#client.write(bytes);
  }
}

/** @param {{ to: number }} options `to`: the server's port on this machine */
export async function startWire({ to }) {
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  /** @type {Exchange[]} */
  let exchanges = [];
  /** @type {Fault | undefined} */
  let fault;
  /** The chat that it is meant for has begun. */
  let isDue = false;
  let target = to;

  const server = createServer((client) => {
    const onward = connect(target, "127.0.0.1");
    /** @type {Exchange | undefined} */
    let exchange;
    /** @type {Fault | undefined} */
    let due;
    for (const socket of [client, onward]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("close", () => sockets.delete(socket));
    }
    client.on("data", async (bytes) => {
      if (bytes.subarray(0, 5).toString("latin1") === "POST ") {
        exchange = new Exchange(client);
        exchanges.push(exchange);
        due = fault;
        isDue = due !== undefined;
        fault = undefined;
      }
      if (exchange !== undefined) exchange.asked = Buffer.concat([exchange.asked, bytes]);
      if (due?.at === "request" && exchange !== undefined) {
        const { do: act } = due;
        [due, isDue] = [undefined, false];
        client.pause();
        await act(exchange);
        client.resume();
      }
      if (!exchange?.isSilent && !onward.destroyed) onward.write(bytes);
    });
    onward.on("data", (bytes) => {
      if (exchange === undefined) return void client.write(bytes);
      exchange.deliver(bytes);
      if (due !== undefined && (due.at === "head" || piecesIn(exchange.received).length >= Number(due.at))) {
        const { do: act } = due;
        [due, isDue] = [undefined, false];
        act(exchange);
      }
    });
    onward.on("end", () => (exchange === undefined ? client.end() : exchange.end()));
    onward.on("error", () => {
      if (exchange === undefined) client.resetAndDestroy();
      else if (!exchange.isSilent) exchange.reset();
    });
    client.on("close", () => { if (!exchange?.isSilent) onward.destroy(); });
    client.on("error", () => onward.destroy());
  });

  /** @param {number} port */
  const listen = (port) => new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(undefined));
  });
  const hangUp = () => new Promise((resolve) => {
    if (!server.listening) return resolve(undefined);
    server.close(() => resolve(undefined));
    for (const socket of sockets) socket.destroy();
  });
  await listen(0);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the wire has no TCP address");
  const { port } = address;
  return {
    url: `http://127.0.0.1:${port}`,
    get exchanges() { return exchanges; },
    /** Whether a fault still waits for its moment. */
    get isArmed() { return fault !== undefined || isDue; },
    /** For another try: what went by is forgotten, and a fault that was not due yet too. @param {Fault} [next] */
    arm(next) {
      exchanges = [];
      fault = next;
      isDue = false;
    },
    /** Another server behind the same address, from the next connection on. @param {number} other */
    leadTo(other) {
      target = other;
    },
    /** Nobody listens any more. */
    refuse: hangUp,
    /** Somebody listens again. */
    accept: () => (server.listening ? Promise.resolve() : listen(port)),
    close: hangUp,
  };
}

/**
 * The pieces of the answer in the bytes of a chat's response. An event counts once it is whole.
 * @param {Buffer} bytes
 * @returns {string[]}
 */
export function piecesIn(bytes) {
  const events = bodyOf(bytes).toString().split("\n\n").slice(0, -1);
  return events.filter((event) => event.startsWith("data: {")).map((event) => JSON.parse(event.slice(6)).choices[0]?.delta?.content ?? "").filter(Boolean);
}

/** What has come of a body that comes in chunks. @param {Buffer} bytes */
function bodyOf(bytes) {
  const chunks = [];
  let at = bytes.indexOf("\r\n\r\n") + 4;
  while (at >= 4) {
    const line = bytes.indexOf("\r\n", at);
    const length = line < 0 ? 0 : Number.parseInt(bytes.subarray(at, line).toString("latin1"), 16);
    if (!(length > 0)) break;
    chunks.push(bytes.subarray(line + 2, line + 2 + length));
    at = line + 2 + length + 2;
  }
  return Buffer.concat(chunks);
}
