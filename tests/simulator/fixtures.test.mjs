// @ts-check
/** The hand-made fixtures are what their names say: an editor or git that "repairs" one must not go unseen. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

/** @param {string} path */
const bytesOf = (path) => readFileSync(new URL(`../fixtures/${path}`, import.meta.url));
/** @param {Buffer} bytes */
const isUtf8 = (bytes) => {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
};

/** @type {[string, (bytes: Buffer) => boolean][]} */
const traits = [
  ["has CRLF", (bytes) => bytes.includes("\r\n")],
  ["has a lone CR", (bytes) => /\r(?!\n)/.test(bytes.toString("latin1"))],
  ["begins with a BOM", (bytes) => bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]))],
  ["is not UTF-8", (bytes) => !isUtf8(bytes)],
  ["has no newline at its end", (bytes) => bytes.length > 0 && bytes.at(-1) !== 0x0a && bytes.at(-1) !== 0x0d],
  ["is empty", (bytes) => bytes.length === 0],
];

/** @type {Record<string, string[]>} Files that have traits; all others have none. */
const expected = {
  "ollama-handmade/crlf_blank_lines.ndjson": ["has CRLF"],
  "ollama-handmade/byte_order_mark.ndjson": ["begins with a BOM"],
  "ollama-handmade/invalid_utf8.ndjson": ["is not UTF-8"],
  "ollama-handmade/no_final_newline.ndjson": ["has no newline at its end"],
  "ollama-handmade/eof_mid_line.ndjson": ["has no newline at its end"],
  "ollama-handmade/empty.ndjson": ["is empty"],
  "openai/crlf.sse": ["has CRLF"],
  "openai/cr_only.sse": ["has a lone CR"],
  "openai/byte_order_mark.sse": ["begins with a BOM"],
  "openai/invalid_utf8.sse": ["is not UTF-8"],
  "openai/no_final_newline.sse": ["has no newline at its end"],
  "openai/cut_mid_event.sse": ["has no newline at its end"],
  "openai/empty.sse": ["is empty"],
};

for (const folder of ["ollama-handmade", "openai"]) {
  const files = readdirSync(new URL(`../fixtures/${folder}/`, import.meta.url)).filter((file) => file !== "README.md");

  test(`the files of ${folder} have the bytes that their names promise`, () => {
    for (const file of files.filter((name) => !name.endsWith(".json"))) {
      const path = `${folder}/${file}`;
      assert.deepEqual(traits.filter(([, has]) => has(bytesOf(path))).map(([trait]) => trait), expected[path] ?? [], path);
    }
  });

  test(`the README of ${folder} names every file`, () => {
    const readme = bytesOf(`${folder}/README.md`).toString("utf8");
    for (const file of files) assert.ok(readme.includes(`\`${file}\``) || readme.includes(`\`${file.replace(/\.(ndjson|sse)$/, "")}\``), file);
  });
}

for (const folder of ["ollama", "comfyui"]) {
  test(`a recording of ${folder} holds its body: without the chunk framing it is the .body file`, async () => {
    const { parse } = await import("./raw-http.mjs");
    for (const file of readdirSync(new URL(`../fixtures/${folder}/`, import.meta.url)).filter((name) => name.endsWith(".res"))) {
      const { body, complete } = parse(bytesOf(`${folder}/${file}`));
      assert.ok(complete && body.equals(bytesOf(`${folder}/${file.replace(".res", ".body")}`)), file);
    }
  });
}
