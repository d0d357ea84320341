// What crosses as JSON: the quick way must refuse what the thorough one refuses.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { installed } from "./installed-package.mjs";

const { folder } = await installed();
const { encode } = await import(pathToFileURL(join(folder, "node_modules", "hkm-mesh", "dist", "encode.js")).href);
const text = (value) => new TextDecoder().decode(encode(value, "it"));

/** The value, wrapped `depth` times. */
const deep = (value, depth) => (depth === 0 ? value : { inner: deep(value, depth - 1) });
const circle = { name: "a" };
circle.self = [circle, circle];

test("what JSON can hold is written as JSON.stringify writes it", () => {
  const values = [
    null, true, 0, -0, 1.5, "", "a", [], {}, { a: undefined, b: [undefined, null] }, { "木": "é 😀", "\u0000": "\u2028" }, deep([1, "a"], 200),
    Array.from({ length: 50_000 }, (_, index) => index), Object.create({ inherited: 1 }), new Date(0), { at: new Date(0), url: new URL("https://example.org/") },
    "x".repeat(1_100_000), "木".repeat(400_000), new Map([[1, 2]]), Object.assign(Object.create(null), { a: 1 }),
  ];
  for (const value of values) assert.equal(text(value), JSON.stringify(value));
});

test("what JSON would lose is refused with its path, however deep and beside however much else", () => {
  const much = Array.from({ length: 30_000 }, (_, index) => ({ index }));
  for (const [lost, word] of [[NaN, "NaN"], [-Infinity, "-Infinity"], [() => 1, "function"], [Symbol("a"), "symbol"], [1n, "bigint"]]) {
    for (const [value, path] of [
      [lost, "it"],
      [{ a: lost }, "it.a"],
      [[1, [lost]], "it[1][0]"],
      [deep(lost, 60), `it${".inner".repeat(60)}`],
      [{ much, last: lost }, "it.last"],
      [{ toJSON: () => ({ a: 1, b: lost }) }, "it"],
      [{ at: new Date(0), b: lost }, "it.b"],
    ]) {
      assert.throws(() => encode(value, "it"), (error) => error.code === "invalid-request" && error.message.includes(path) && (path === "it" || error.message.includes(word)), `${word} at ${path}`);
    }
  }
});

test("a circle is refused and takes no time", () => {
  assert.throws(() => encode(circle, "it"), (error) => error.code === "invalid-request" && error.message.includes("it.self[0]"));
  assert.throws(() => encode(undefined, "it"), (error) => error.code === "invalid-request" && error.message.includes("it is missing"));
});

test("half a character becomes what a server would see of it, in names as in values", () => {
  assert.equal(
    text({ "k\udc00": "x\ud83d", b: "\\ud83d \\\ud83d \"\ud83d\n\udfff😀" }),
    JSON.stringify({ "k\ufffd": "x\ufffd", b: "\\ud83d \\\ufffd \"\ufffd\n\ufffd😀" }),
  );
});
