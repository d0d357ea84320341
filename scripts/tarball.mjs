// Reads a file out of an npm package's tarball, without a program that unpacks.
import { gunzipSync } from "node:zlib";
import { readFileSync } from "node:fs";

const BLOCK = 512;

/**
 * The files of a .tgz by their names below the package's folder.
 * @returns {Map<string, Buffer>}
 */
export function filesInTarball(path) {
  return filesInTar(gunzipSync(readFileSync(path)));
}

/** npm writes plain `ustar` headers; of the extended ones only a long name matters. */
export function filesInTar(tar) {
  const files = new Map();
  let longName;
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0;) {
    const header = tar.subarray(at, at + BLOCK);
    const size = parseInt(text(header, 124, 12), 8) || 0;
    const content = tar.subarray(at + BLOCK, at + BLOCK + size);
    const type = text(header, 156, 1);
    if (type === "x") {
      longName = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(content.toString("utf8"))?.[1];
    } else {
      const prefix = text(header, 345, 155);
      const name = longName ?? `${prefix}${prefix && "/"}${text(header, 0, 100)}`;
      if (type === "0" || type === "") files.set(name.replace(/^[^/]*\//, ""), content);
      longName = undefined;
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

function text(header, from, length) {
  const bytes = header.subarray(from, from + length);
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end < 0 ? length : end).toString("utf8").trim();
}
