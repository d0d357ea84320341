// @ts-check
/** `/embeddings` as OpenAI shaped it and others took it over: nonsense, but always the same nonsense. */
import { embed, tokens } from "./answer.mjs";
import { isObject } from "./is-object.mjs";

const DIMENSIONS = 32;

/**
 * @typedef {{ object: "embedding", index: number, embedding: number[] | string }} Vector
 *
 * @param {unknown} body
 * @returns {{ data: Vector[], tokens: number } | undefined} undefined when the input is none
 */
export function embeddings(body) {
  if (!isObject(body)) return undefined;
  const given = body["input"];
  const input = Array.isArray(given) ? given : [given];
  if (input.length === 0 || input.some((text) => typeof text !== "string")) return undefined;
  const dimensions = Number(body["dimensions"] ?? DIMENSIONS);
  const encoded = body["encoding_format"] === "base64";
  return {
    data: input.map((text, index) => {
      const values = embed(text, dimensions);
      return { object: "embedding", index, embedding: encoded ? Buffer.from(Float32Array.from(values).buffer).toString("base64") : values };
    }),
    tokens: input.reduce((sum, text) => sum + tokens(text).length, 0),
  };
}
