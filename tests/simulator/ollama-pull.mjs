// @ts-check
/** `POST /api/pull`: a download's progress. A model whose name begins with "missing" does not exist anywhere. */
import { createHash } from "node:crypto";
import { withTag } from "./ollama-models.mjs";
import { failure, json, line, stream } from "./ollama-reply.mjs";
import { readObject } from "./ollama-request.mjs";

/**
 * @typedef {import("./plan.mjs").Frame} Frame
 * @typedef {import("./ollama.mjs").Server} Server
 */

const NOT_THERE = "pull model manifest: file does not exist";
/** The second layer is beyond 2^32 on purpose: progress must not be kept in 32 bits. */
const LAYERS = [1_736_016, 5_368_709_120];
const STEPS = 6;

/**
 * @param {Server} server
 * @returns {import("./ollama-gate.mjs").Handler}
 */
export function pull(server) {
  return ({ entry }) => {
    const read = readObject(entry.body, "PullRequest", { model: "string", stream: "bool" });
    if ("error" in read) return failure(400, read.error);
    const { value } = read;
    const name = String(value["model"] ?? value["name"] ?? "");
    if (!/^[\w.-]+(\/[\w.-]+){0,2}(:[\w.-]+)?$/.test(name)) return failure(400, "invalid model name");
    const missing = name.split("/").at(-1)?.startsWith("missing") ?? false;
    if (value["stream"] === false) {
      if (missing) return json(500, { error: NOT_THERE }, "application/json");
      install(server, name);
      return json(200, { status: "success" }, "application/json");
    }
    if (missing) return stream([line({ status: "pulling manifest" }, "token"), line({ error: NOT_THERE }, "finish")]);

    // What an aborted download has got is kept: pulling again goes on from there.
    const model = withTag(name);
    const start = server.models.isListed(name) ? STEPS : server.partialPulls.get(model) ?? 0;
    const progress = download(model, start);
    return {
      ...stream([
        line({ status: "pulling manifest" }, "token"),
        ...progress,
        line({ status: "verifying sha256 digest" }, "token"),
        line({ status: "writing manifest" }, "token"),
        line({ status: "success" }, "finish"),
      ]),
      settled: ({ ended, tokensSent, faults }) => {
        const whole = progress.length + 3;
        if (ended === "complete" && tokensSent === whole && !faults.includes("no-finish") && !faults.includes("cut")) {
          server.partialPulls.delete(model);
          install(server, name);
          return;
        }
        const seen = Math.max(0, Math.floor((tokensSent - 1) / LAYERS.length) - 1);
        server.partialPulls.set(model, Math.min(STEPS, Math.max(start, start + seen)));
      },
    };
  };
}

/**
 * The layers' lines, taking turns; `completed` is absent while it is zero.
 * @param {string} model
 * @param {number} start
 * @returns {Frame[]}
 */
function download(model, start) {
  const layers = LAYERS.map((total, index) => {
    const digest = createHash("sha256").update(`${model} layer ${index}`).digest("hex");
    return { status: `pulling ${digest.slice(0, 12)}`, digest: `sha256:${digest}`, total };
  });
  return Array.from({ length: STEPS - start + 1 }, (_, index) =>
    layers.map((layer) => line({ ...layer, completed: Math.floor((layer.total * (start + index)) / STEPS) || undefined }, "token"))).flat();
}

/**
 * @param {Server} server
 * @param {string} name
 */
function install(server, name) {
  const capabilities = name.includes("embed") ? ["embedding"] : ["completion", ...["tools", "thinking", "vision"].filter((word) => name.includes(word))];
  server.models.install({ name: withTag(name), capabilities, size: LAYERS.reduce((sum, size) => sum + size, 0), modifiedAt: server.instant() });
}
