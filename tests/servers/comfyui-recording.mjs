// @ts-check
/** Plays recordings of a real ComfyUI to a page: byte for byte, but for the prompt's id, which whoever asks chooses anew. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

/** @param {string} name @returns {Buffer} */
const recorded = (name) => readFileSync(new URL(`../fixtures/comfyui/${name}`, import.meta.url));
/** @param {string} name @returns {any} */
const json = (name) => JSON.parse(recorded(name).toString());

const NODES = json("object_info_trimmed.json");

/** The workflow that was posted. @param {string} name @returns {Record<string, any>} */
export function recordedWorkflow(name) {
  const [, body] = recorded(`${name}.prompt.req`).toString().split("\r\n\r\n");
  return JSON.parse(body ?? "").prompt;
}

/** The bytes of the picture that was fetched. */
export const recordedPicture = () => recorded("view_saved.body");

/**
 * A server that plays one run, or refuses the prompt as it was refused.
 * @param {{ run: string } | { refusal: string }} what
 */
export async function playComfyUI(what) {
  /** The id that stands in the recording, and the one that it is played under. @type {[string, string] | undefined} */
  let ids;
  /** @param {string} text */
  const renamed = (text) => (ids === undefined ? text : text.replaceAll(...ids));
  const frames = "run" in what ? recorded(`${what.run}.ws.jsonl`).toString().trim().split("\n").map((line) => JSON.parse(line)).filter((frame) => "text" in frame || "bin_b64" in frame) : [];
  // What the server says of itself when somebody listens comes before all that it says of the prompt.
  const beginning = frames.findIndex((frame) => frame.text?.includes("execution_start"));
  /** @type {import("ws").WebSocket | undefined} */
  let listener;
  /** @param {readonly any[]} some */
  const play = (some) => {
    for (const frame of some) listener?.send("text" in frame ? renamed(frame.text) : Buffer.from(frame.bin_b64, "base64"));
  };

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const [, first = "", second = ""] = pathname.split("/");
    /** @param {number} status @param {string | Buffer} body @param {string} [type] */
    const answer = (status, body, type = "application/json") => {
      response.writeHead(status, { "Content-Type": type, "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Content-Type" }).end(body);
    };
    if (request.method === "OPTIONS") return answer(200, "");
    switch (first) {
      case "system_stats": return answer(200, recorded("system_stats.body"));
      case "object_info": return answer(200, JSON.stringify(second in NODES ? { [second]: NODES[second] } : {}));
      case "queue": return answer(200, recorded("queue_empty.body"));
      case "view": return answer(200, recordedPicture(), "image/png");
      case "history": return answer(200, "run" in what && ids !== undefined ? renamed(recorded(`${what.run}.history.body`).toString()) : "{}");
      case "prompt": {
        /** @type {Buffer[]} */
        const pieces = [];
        request.on("data", (piece) => pieces.push(piece));
        request.on("end", () => {
          if ("refusal" in what) return answer(400, recorded(`${what.refusal}.body`));
          const accepted = json(`${what.run}.prompt.body`);
          ids = [accepted.prompt_id, JSON.parse(Buffer.concat(pieces).toString()).prompt_id];
          answer(200, renamed(JSON.stringify(accepted)));
          play(frames.slice(beginning));
        });
        return undefined;
      }
      default: return answer(404, "404: Not Found", "text/plain");
    }
  });
  const sockets = new WebSocketServer({ server, path: "/ws" });
  sockets.on("connection", (socket) => {
    listener = socket;
    play(frames.slice(0, Math.max(beginning, 0)));
  });
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", () => { resolve(undefined); }); });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close(resolve);
    }),
  };
}
