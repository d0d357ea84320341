// The benchmarks work and every case delivers, with our package alone. No time is looked at.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PROTOCOLS, answerOf, deltasOf } from "./answers.mjs";
import { bench } from "./run.mjs";

test("the same seed gives the same deltas, none of them empty", () => {
  const deltas = deltasOf(500);
  assert.deepEqual(deltas, deltasOf(500));
  assert.ok(deltas.every((delta) => delta.length > 0));
  assert.ok(deltas.some((delta) => Buffer.byteLength(delta) > delta.length) && deltas.some((delta) => delta.includes("\"")), "some need more than ASCII or an escape");
});

test("a body goes out in slices of 16 KB, of which one begins inside a character", () => {
  for (const protocol of PROTOCOLS) {
    const { pieces, text } = answerOf(protocol, "burst-2000");
    assert.ok(pieces.slice(1, -1).every((piece) => piece.length === 16_384), protocol);
    assert.ok(pieces.some((piece) => (piece[0] & 0xc0) === 0x80), protocol);
    assert.equal(text, deltasOf(2_000).join(""));
  }
});

test("every case delivers the exact answer, decides, or is ready", async () => {
  const lines = [];
  const { streaming, routing, failover, hedging, size } = await bench(["--check"], (line) => lines.push(line));
  for (const { title, cases, missing } of streaming.scenarios) {
    assert.ok(cases.includes("floors/loop"), title);
    assert.ok(cases.includes("mesh/events") || missing.length === 3, title);
  }
  assert.ok(streaming.scenarios.some(({ title, cases }) => title.startsWith("ollama") && cases.includes("mesh/text")));
  assert.ok(routing.decisions.every(({ cases }) => cases.includes("mesh")));
  assert.equal(failover.faults.length, 3);
  assert.ok(failover.faults.every(({ cases }) => cases.map(({ key }) => key).join() === "loop,mesh"));
  assert.deepEqual(hedging.cases.map(({ asked }) => asked.one), [3, 3, 3, 3, 3]);
  assert.ok(size.sizes.find(({ name }) => name === "mesh").files.some(({ path, isLoaded }) => isLoaded && path.endsWith(".wasm")));
});
