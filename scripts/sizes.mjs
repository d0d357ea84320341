// What a visitor downloads: bytes as they are, with gzip and with brotli.
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { filesBelow } from "./stamp.mjs";
import { runWhenStartedAlone } from "./step.mjs";

// Compressing tens of megabytes at the highest level takes longer than the build.
const LARGEST_COMPRESSED = 8 * 1024 * 1024;

export function sizeOf(content) {
  if (content.length > LARGEST_COMPRESSED) return { raw: content.length };
  const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } });
  return { raw: content.length, gzip: gzipSync(content, { level: 9 }).length, brotli: brotli.length };
}

/** Files are compressed one by one, as a server does. */
function sum(files) {
  const total = { raw: 0, gzip: 0, brotli: 0 };
  for (const file of files) {
    const size = sizeOf(readFileSync(file));
    for (const name of Object.keys(total)) total[name] += size[name] ?? size.raw;
  }
  return total;
}

export function printSizes() {
  const endingIn = (folder, ending) => filesBelow([folder]).filter((file) => file.endsWith(ending));
  const rows = [
    ["pkg/wasm  .wasm", endingIn("pkg/wasm", ".wasm")],
    ["pkg/wasm  .js", endingIn("pkg/wasm", ".js")],
    ["pkg/dist  .js", endingIn("pkg/dist", ".js")],
    ["www/dist  .js", endingIn("www/dist", ".js")],
    ["www/dist  .css", endingIn("www/dist", ".css")],
    ["www/dist  .wasm", endingIn("www/dist", ".wasm")],
  ].filter(([, files]) => files.length > 0);
  const cell = (value) => String(value).padStart(12);
  const lines = [`${"size in bytes".padEnd(20)}${["files", "raw", "gzip", "brotli"].map(cell).join("")}`];
  for (const [name, files] of rows) {
    const { raw, gzip, brotli } = sum(files);
    lines.push(`${name.padEnd(20)}${[files.length, raw, gzip, brotli].map(cell).join("")}`);
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}

await runWhenStartedAlone(import.meta.url, printSizes);
