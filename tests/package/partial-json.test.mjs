// JSON while it is written: cut anywhere, it shows what is there and nothing that is not.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { installed } from "./installed-package.mjs";

const { folder } = await installed();
const { PartialJson } = await import(pathToFileURL(join(folder, "node_modules", "hkm-mesh", "dist", "partial-json.js")).href);

/** All that is shown while the text comes in these pieces. */
function shown(...pieces) {
  const json = new PartialJson();
  return pieces.flatMap((piece) => {
    json.add(piece);
    const value = json.next();
    return value === undefined ? [] : [value];
  });
}
const letters = (text) => Array.from({ length: text.length }, (_, index) => text[index]);

const DOCUMENTS = [
  { city: "Oslo", degrees: -3.5e2, isCold: true, wind: null, isWarm: false },
  [],
  {},
  [[[]], {}, [{}], "", 0],
  { "a\"b\\c/\n\t": ["\"", "\\", "}", "]", "{[", ",", ":"], "": { "": [] } },
  { emoji: "😀", escaped: "\u{1f600}\u0007", name: "naïve 木" },
  { list: [1, 12, 123, 0.5, 1e10], deep: { deeper: { deepest: ["a", { b: "c" }] } } },
];

/** Whether `part` may be shown on the way to `whole`. */
function isOnTheWay(part, whole) {
  if (typeof part === "string") return typeof whole === "string" && whole.startsWith(part);
  if (Array.isArray(part)) return Array.isArray(whole) && part.length <= whole.length && part.every((item, index) => isOnTheWay(item, whole[index]));
  if (typeof part === "object" && part !== null) {
    return typeof whole === "object" && whole !== null && Object.entries(part).every(([key, item]) => Object.hasOwn(whole, key) && isOnTheWay(item, whole[key]));
  }
  return Object.is(part, whole);
}

for (const [what, write] of Object.entries({
  "without spaces": (value) => JSON.stringify(value),
  "with spaces": (value) => JSON.stringify(value, undefined, "\t "),
  "with every letter escaped": (value) => JSON.stringify(value).replace(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`),
  "behind words, in a fence": (value) => `Here it is:\n\`\`\`json\n${JSON.stringify(value)}\n\`\`\`\nAnything [else]?`,
})) {
  test(`letter by letter, only what will be true is shown, and in the end all: ${what}`, () => {
    for (const document of DOCUMENTS) {
      const steps = shown(...letters(write(document)));
      for (const step of steps) assert.ok(isOnTheWay(step, document), `${JSON.stringify(step)} of ${JSON.stringify(document)}`);
      assert.deepEqual(steps.at(-1), document);
    }
  });
}

test("however it is cut in two, the end is the same", () => {
  for (const document of DOCUMENTS) {
    const text = JSON.stringify(document);
    for (let cut = 0; cut <= text.length; cut += 1) assert.deepEqual(shown(text.slice(0, cut), text.slice(cut)).at(-1), document);
  }
});

test("a string grows, a number waits until it is whole, and what did not change is not shown again", () => {
  assert.deepEqual(shown("{\"a\":", "\"x", "y\"", ",\"b\":", "12", "3", ", ", "\"c\":tr", "ue}"), [
    {}, { a: "x" }, { a: "xy" }, { a: "xy", b: 123 }, { a: "xy", b: 123, c: true },
  ]);
});

test("an escape that was cut, and half of a character, wait", () => {
  assert.deepEqual(shown("[\"a", "\\", "n", "\\u00", "e9", "\\ud83d", "\\ude00\"]"), [["a"], ["a\n"], ["a\né"], ["a\né😀"]]);
});

test("what is no JSON shows nothing and does not throw", () => {
  for (const text of ["", "no JSON at all", "\"only a string\"", "42", "{a: 1, b: 2}", "[1, undefined, 2]", "}{", "{\"a\" \"b\"}", "[\"\n\"]"]) {
    for (const value of shown(...letters(text))) assert.ok(JSON.stringify(value).length <= 4, `${text}: ${JSON.stringify(value)}`);
  }
});
