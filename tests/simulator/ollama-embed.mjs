// @ts-check
/** `POST /api/embed` */
import { embed, tokens } from "./answer.mjs";
import { failure, json, overflow } from "./ollama-reply.mjs";
import { readObject } from "./ollama-request.mjs";

const DIMENSIONS = 32;

/**
 * @param {import("./ollama.mjs").Server} server
 * @returns {import("./ollama-gate.mjs").Handler}
 */
export function embedding(server) {
  return ({ entry }) => {
    const read = readObject(entry.body, "EmbedRequest", { model: "string" });
    if ("error" in read) return failure(400, read.error);
    const { value } = read;
    const name = String(value["model"] ?? "");
    const given = value["input"];
    const input = typeof given === "string" ? [given].filter((text) => text !== "") : given ?? [];
    if (!Array.isArray(input) || input.some((text) => typeof text !== "string")) return failure(400, "invalid input type");
    const model = server.models.find(name);
    if (name === "") return failure(404, "model '' not found");
    if (model === undefined) return failure(404, `model ${JSON.stringify(name)} not found, try pulling it first`);
    if (!model.capabilities.includes("embedding")) return failure(501, "This server does not support embeddings. Start it with `--embeddings`");
    if (input.length === 0) return json(200, { model: name, embeddings: [] });

    const context = Math.min(server.defaultContext, model.contextLength ?? Infinity);
    const counts = input.map((text) => tokens(text).length);
    const longest = Math.max(...counts);
    if (longest > context && value["truncate"] === false) return overflow(longest, context);
    server.models.load(model.name, { context, now: server.now() });
    const wanted = Number(value["dimensions"] ?? 0);
    const dimensions = wanted > 0 ? Math.min(wanted, DIMENSIONS) : DIMENSIONS;
    return json(200, {
      model: name,
      embeddings: input.map((text) => embed(text, dimensions)),
      total_duration: 14_143_917,
      load_duration: 1_019_500,
      prompt_eval_count: counts.reduce((sum, count) => sum + Math.min(count, context), 0),
    });
  };
}
