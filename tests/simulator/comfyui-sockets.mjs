// @ts-check
/** ComfyUI's WebSocket: who listens under which client id, and what is sent to whom. */
import { WebSocketServer } from "ws";
import { findFault } from "./faults.mjs";
import { writePython } from "./python-json.mjs";

/**
 * @typedef {import("ws").WebSocket} WebSocket
 * @typedef {import("./simulator.mjs").Upgrading} Upgrading
 *
 * @typedef {object} Connection
 * @property {WebSocket} socket
 * @property {boolean} muted nothing is sent to it any more
 * @property {Record<string, unknown>} flags the features that the client named
 * @property {(frames: number) => void} sent
 *
 * @typedef {object} Greeting
 * @property {string} serverName
 * @property {Record<string, unknown> | undefined} features undefined: a server that knows of none
 * @property {(sid: string) => unknown} status
 * @property {(sid: string) => string | undefined} executing the node that works for this client right now
 */

/** Kinds of binary frames. */
export const PREVIEW = 1;
export const TEXT = 3;
export const PREVIEW_WITH_METADATA = 4;

export class Sockets {
  #server = new WebSocketServer({ noServer: true, clientTracking: false });
  /** @type {Map<string, Connection>} */
  #connections = new Map();
  /** Sockets that lost their id to another one and are still open. @type {Set<WebSocket>} */
  #open = new Set();
  #greeting;
  #anonymous = 0;

  /** @param {Greeting} greeting */
  constructor(greeting) {
    this.#greeting = greeting;
    this.#server.on("headers", (headers) => headers.push(`Date: ${new Date().toUTCString()}`, `Server: ${greeting.serverName}`));
  }

  /** @param {Upgrading} upgrading */
  accept(upgrading) {
    const { request, socket, head } = upgrading;
    this.#server.handleUpgrade(request, socket, head, (opened) => this.#welcome(opened, upgrading));
  }

  /**
   * @param {WebSocket} socket
   * @param {Upgrading} upgrading
   */
  #welcome(socket, { entry, faults, changed, end }) {
    const named = new URLSearchParams(entry.query).get("clientId") ?? "";
    const sid = named === "" ? `simulator${String(++this.#anonymous).padStart(23, "0")}` : named;
    entry.status = 101;
    entry.notes = { clientId: sid, received: [] };
    changed();
    /** @type {Connection} */
    const connection = {
      socket,
      muted: findFault(faults, "socket-silent") !== undefined,
      flags: {},
      sent: (frames) => {
        entry.tokensSent += frames;
        changed();
      },
    };
    this.#open.add(socket);
    // Whoever had the id before hears nothing more and is not told.
    this.#connections.set(sid, connection);
    let first = true;
    socket.on("message", (data, isBinary) => {
      const text = isBinary ? "" : String(data);
      /** @type {unknown[]} */ (entry.notes["received"]).push(text);
      if (first) this.#readFlags(sid, connection, text);
      first = false;
      changed();
    });
    socket.on("error", () => socket.terminate());
    socket.on("close", () => {
      this.#open.delete(socket);
      // As the real one does, even when another socket has the id by now, which then hears nothing more.
      this.#connections.delete(sid);
      end("complete");
    });
    this.send(sid, "status", { status: this.#greeting.status(sid), sid });
    const node = this.#greeting.executing(sid);
    if (node !== undefined) this.send(sid, "executing", { node });
    if (findFault(faults, "socket-dropped")) socket.terminate();
  }

  /**
   * @param {string} sid
   * @param {Connection} connection
   * @param {string} text
   */
  #readFlags(sid, connection, text) {
    const { features } = this.#greeting;
    if (features === undefined) return;
    try {
      const { type, data } = JSON.parse(text);
      if (type !== "feature_flags") return;
      connection.flags = data ?? {};
      this.send(sid, "feature_flags", features);
    } catch {
      // What is no JSON is only logged by the real one.
    }
  }

  /**
   * @param {string | undefined} sid undefined: to all
   * @param {string} type
   * @param {unknown} data
   */
  send(sid, type, data) {
    this.#deliver(sid, () => writePython({ type, data }));
  }

  /**
   * @param {string | undefined} sid
   * @param {string} text as it is
   */
  sendText(sid, text) {
    this.#deliver(sid, () => text);
  }

  /**
   * @param {string | undefined} sid
   * @param {Buffer} frame
   */
  sendBytes(sid, frame) {
    this.#deliver(sid, () => frame);
  }

  /**
   * A preview in the form that each listener can read.
   * @param {string | undefined} sid
   * @param {Buffer} image
   * @param {"jpeg" | "png"} format
   * @param {Record<string, unknown>} metadata
   */
  sendPreview(sid, image, format, metadata) {
    this.#deliver(sid, ({ flags }) => {
      if (flags["supports_preview_metadata"] !== true) return Buffer.concat([words(PREVIEW, format === "jpeg" ? 1 : 2), image]);
      const json = Buffer.from(writePython({ ...metadata, image_type: `image/${format}` }));
      return Buffer.concat([words(PREVIEW_WITH_METADATA, json.length), json, image]);
    });
  }

  /**
   * @param {string | undefined} sid
   * @returns {boolean}
   */
  readsMetadata(sid) {
    return this.#listeners(sid)[0]?.flags["supports_preview_metadata"] === true;
  }

  /**
   * @param {string | undefined} sid
   * @param {(connection: Connection) => string | Buffer} frame
   */
  #deliver(sid, frame) {
    for (const connection of this.#listeners(sid)) {
      if (connection.muted || connection.socket.readyState !== connection.socket.OPEN) continue;
      connection.socket.send(frame(connection));
      connection.sent(1);
    }
  }

  /** @param {string | undefined} sid */
  #listeners(sid) {
    if (sid === undefined) return [...this.#connections.values()];
    const connection = this.#connections.get(sid);
    return connection === undefined ? [] : [connection];
  }

  /** @param {string | undefined} sid its socket hears nothing more */
  silence(sid) {
    for (const connection of this.#listeners(sid)) connection.muted = true;
  }

  /** @param {string | undefined} sid its id goes to a listener that is not there */
  steal(sid) {
    if (sid !== undefined) this.#connections.delete(sid);
  }

  /** @param {string | undefined} sid */
  drop(sid) {
    for (const { socket } of this.#listeners(sid)) socket.terminate();
  }

  dropAll() {
    for (const socket of this.#open) socket.terminate();
    this.#connections.clear();
  }
}

/** @param {...number} values */
export function words(...values) {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}
