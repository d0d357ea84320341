// @ts-check
/** ComfyUI's three folders of pictures: what is uploaded, what is made, and what is gone after a restart. */
import { createHash } from "node:crypto";
import { bare } from "./reply.mjs";
import { json } from "./comfyui-reply.mjs";
import { drawJpeg, drawPng, sizeOfImage } from "./picture.mjs";

/**
 * @typedef {import("./comfyui-reply.mjs").Answer} Answer
 * @typedef {import("./picture.mjs").Wanted} Wanted
 * @typedef {"input" | "output" | "temp"} Folder
 * @typedef {{ bytes: Buffer, at: number, drawn?: Wanted }} File drawn: what it shows, if it was made here
 * @typedef {{ filename: string, subfolder: string, type: Folder }} Named
 */

const FOLDERS = ["input", "output", "temp"];
/** In the list of every new installation. */
const EXAMPLE = "example.png";

export class Files {
  /** @type {Map<string, File>} */
  #files = new Map();
  #windows;
  #now;

  /** @param {{ windows: boolean, now: () => number }} options */
  constructor({ windows, now }) {
    this.#windows = windows;
    this.#now = now;
    this.clear();
  }

  clear() {
    this.#files.clear();
    this.#write("input", "", EXAMPLE, { bytes: drawPng({ width: 64, height: 64, seed: EXAMPLE }) });
  }

  /** What a restart takes away. */
  clearTemporary() {
    for (const key of this.#files.keys()) {
      if (key.startsWith("temp/")) this.#files.delete(key);
    }
  }

  /** Names of what lies in the input folder itself. */
  images() {
    return [...this.#files.keys()].flatMap((key) => (/^input\/[^/]+$/.test(key) ? [key.slice("input/".length)] : [])).sort();
  }

  /**
   * A picture as a workflow names it: perhaps in a subfolder, perhaps with the folder's name behind it.
   * @param {string} name
   * @returns {File | undefined}
   */
  image(name) {
    const [, path = name, folder = "input"] = /^(.*?)(?: \[(input|output|temp)\])?$/s.exec(name) ?? [];
    return this.#files.get(`${folder}/${this.#slashes(path)}`);
  }

  /** @param {string} name */
  sizeOf(name) {
    const file = this.image(name);
    return file === undefined ? undefined : sizeOfImage(file.bytes);
  }

  /**
   * @param {string} prefix perhaps with subfolders and places to be filled in
   * @param {"output" | "temp"} type
   * @param {Wanted} drawn
   * @param {readonly [string, string][]} texts
   * @returns {Named}
   */
  save(prefix, type, drawn, texts) {
    const path = fillIn(this.#slashes(prefix), drawn, new Date(this.#now())).split("/").filter((part) => part !== "" && part !== ".");
    const base = path.pop() ?? "";
    const subfolder = path.join("/");
    const pattern = new RegExp(`^${escape(`${type}/${subfolder === "" ? "" : `${subfolder}/`}${base}`)}_(\\d+)_`);
    const taken = [...this.#files.keys()].map((key) => Number(pattern.exec(key)?.[1] ?? 0));
    const filename = `${base}_${String(Math.max(0, ...taken) + 1).padStart(5, "0")}_.png`;
    this.#write(type, subfolder, filename, { bytes: drawPng(drawn, { texts }), drawn });
    return { filename, subfolder: this.#windows ? subfolder.replaceAll("/", "\\") : subfolder, type };
  }

  /**
   * `GET /view`
   * @param {URLSearchParams} query
   * @returns {Answer}
   */
  view(query) {
    const filename = query.get("filename");
    const type = query.get("type") ?? "output";
    const subfolder = this.#slashes(query.get("subfolder") ?? "");
    if (filename === null) return bare(404);
    if (filename === "" || filename.startsWith("/") || filename.includes("..") || !FOLDERS.includes(type)) return bare(400);
    if (subfolder.startsWith("/") || subfolder.split("/").includes("..")) return bare(403);
    const file = this.#files.get(keyOf(type, subfolder, filename.split("/").at(-1) ?? ""));
    if (file === undefined) return bare(404);
    // The real one makes WebP as well.
    if (query.has("preview") && file.drawn !== undefined) return picture(drawJpeg(file.drawn), filename.replace("png", "jpeg"), "image/jpeg");
    const kind = file.bytes[0] === 0xff ? "image/jpeg" : "image/png";
    const shown = picture(file.bytes, filename, kind);
    return {
      ...shown,
      headers: [
        ...shown.headers,
        ["Etag", `"${(file.at * 1_000_000).toString(16)}-${file.bytes.length.toString(16)}"`],
        ["Last-Modified", new Date(file.at).toUTCString()],
        ["Accept-Ranges", "bytes"],
      ],
    };
  }

  /**
   * `POST /upload/image` and `/upload/mask`: a name that is taken gets a number, unless it is the same picture.
   * @param {Map<string, { filename?: string, data: Buffer }>} form
   * @param {import("./journal.mjs").Entry} entry gets notes of what came
   * @returns {Answer}
   */
  upload(form, entry) {
    const text = (/** @type {string} */ name) => form.get(name)?.data.toString("utf8");
    const image = form.get("image");
    const type = text("type") ?? "input";
    const subfolder = text("subfolder") ?? "";
    if (image?.filename === undefined || image.filename === "" || !FOLDERS.includes(type)) return bare(400);
    if (/(^|[/\\])\.\.([/\\]|$)|^[/\\]/.test(subfolder) || /[/\\]/.test(image.filename)) return bare(400);
    const overwrite = ["true", "1"].includes(text("overwrite") ?? "");
    const [, stem = "", extension = ""] = /^(.*?)(\.[^.]*)?$/s.exec(image.filename) ?? [];
    let name = image.filename;
    let known = this.#files.get(keyOf(type, this.#slashes(subfolder), name));
    for (let number = 1; known !== undefined && !overwrite && !known.bytes.equals(image.data); number += 1) {
      name = `${stem} (${number})${extension}`;
      known = this.#files.get(keyOf(type, this.#slashes(subfolder), name));
    }
    this.#write(type, this.#slashes(subfolder), name, { bytes: image.data });
    entry.notes = { name, size: image.data.length, sha256: createHash("sha256").update(image.data).digest("hex"), ...sizeOfImage(image.data) };
    return json(200, { name, subfolder, type });
  }

  /**
   * @param {string} type
   * @param {string} subfolder
   * @param {string} name
   * @param {Omit<File, "at">} file
   */
  #write(type, subfolder, name, file) {
    this.#files.set(keyOf(type, subfolder, name), { ...file, at: this.#now() });
  }

  /** @param {string} path */
  #slashes(path) {
    return this.#windows ? path.replaceAll("\\", "/") : path;
  }
}

/**
 * @param {string} type
 * @param {string} subfolder
 * @param {string} name
 */
function keyOf(type, subfolder, name) {
  return [type, ...subfolder.split("/").filter((part) => part !== ""), name].join("/");
}

/** @param {string} text */
function escape(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/**
 * @param {string} prefix
 * @param {{ width: number, height: number }} size
 * @param {Date} date
 */
function fillIn(prefix, { width, height }, date) {
  /** @type {Record<string, number>} */
  const values = {
    width, height, year: date.getFullYear(), month: date.getMonth() + 1, day: date.getDate(), hour: date.getHours(), minute: date.getMinutes(), second: date.getSeconds(),
  };
  return prefix.replace(/%(\w+)%/g, (whole, name) => (name in values ? String(values[name]).padStart(name === "width" || name === "height" ? 1 : 2, "0") : whole));
}

/**
 * @param {Buffer} bytes
 * @param {string} filename
 * @param {string} type
 * @returns {Answer}
 */
function picture(bytes, filename, type) {
  return {
    status: 200, headers: [["Content-Disposition", `filename="${filename}"`], ["Content-Type", type]], frames: [{ bytes, kind: "finish" }], chunked: false,
  };
}

/**
 * @param {Buffer} bytes
 * @param {string} type the request's content type
 * @returns {Map<string, { filename?: string, data: Buffer }> | undefined} undefined: no form
 */
export function readForm(bytes, type) {
  const [, quoted, bare] = /^multipart\/form-data;.*\bboundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) return undefined;
  /** @type {Map<string, { filename?: string, data: Buffer }>} */
  const form = new Map();
  const edge = Buffer.from(`--${boundary}`);
  for (let at = bytes.indexOf(edge); at >= 0;) {
    const start = at + edge.length + 2;
    const next = bytes.indexOf(Buffer.from(`\r\n--${boundary}`), at + edge.length);
    const headEnd = bytes.indexOf("\r\n\r\n", at);
    if (next < 0 || headEnd < 0) break;
    const head = bytes.subarray(start, headEnd).toString("utf8");
    const name = /\bname="([^"]*)"/.exec(head)?.[1] ?? "";
    const filename = /\bfilename="([^"]*)"/.exec(head)?.[1];
    // A field without content has its edge right behind its head.
    form.set(name, { ...(filename === undefined ? {} : { filename }), data: bytes.subarray(headEnd + 4, Math.max(headEnd + 4, next)) });
    at = next + 2;
  }
  return form;
}
