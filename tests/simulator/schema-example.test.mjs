// @ts-check
/** Values that fit their schemas. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleOf } from "./schema-example.mjs";

const NOTE = "from a test";

/** @type {[string, object, unknown][]} */
const cases = [
  ["an object without a type, with all its properties", { properties: { a: { type: "string" }, b: { type: "boolean" } } }, { a: NOTE, b: false }],
  ["types in capitals", { type: "OBJECT", properties: { n: { type: "INTEGER" } } }, { n: 0 }],
  ["one of several types, not null", { type: ["null", "string"] }, NOTE],
  ["bounds of a number", { type: "array", items: { type: "integer", exclusiveMinimum: 3 }, minItems: 2 }, [4, 4]],
  ["a maximum below zero", { type: "number", maximum: -2 }, -2],
  ["a multiple", { type: "integer", minimum: 4, multipleOf: 3 }, 6],
  ["no item where none is allowed", { type: "array", items: { type: "string" }, maxItems: 0 }, []],
  ["a tuple", { type: "array", prefixItems: [{ const: 1 }, { type: "boolean" }] }, [1, false]],
  ["lengths of a text", { properties: { short: { type: "string", maxLength: 4 }, long: { type: "string", minLength: 13 } } }, { short: "from", long: "from a test.." }],
  ["formats", { properties: { day: { type: "string", format: "date" }, id: { type: "string", format: "uuid" } } }, { day: "2026-01-01", id: "00000000-0000-4000-8000-000000000000" }],
  ["choices", { anyOf: [{ enum: ["x", "y"] }, { type: "null" }] }, "x"],
  ["parts laid over each other", { allOf: [{ properties: { a: { type: "null" } } }], properties: { b: { type: "null" } } }, { a: null, b: null }],
  ["references", { $defs: { name: { type: "string" } }, properties: { name: { $ref: "#/$defs/name" } } }, { name: NOTE }],
];

for (const [what, schema, wanted] of cases) {
  test(`an example of ${what}`, () => {
    // `allOf` and `properties` are laid over each other in no order that a client may rely on.
    assert.deepEqual(exampleOf(schema, NOTE), wanted);
  });
}

test("a schema that contains itself has an end", () => {
  const tree = { $defs: { node: { type: "object", properties: { name: { type: "string" }, children: { type: "array", items: { $ref: "#/$defs/node" } } }, required: ["name"] } }, $ref: "#/$defs/node" };
  const text = JSON.stringify(exampleOf(tree, NOTE));
  assert.ok(text.startsWith('{"name":"from a test","children":[{"name":') && text.length < 500);
});
