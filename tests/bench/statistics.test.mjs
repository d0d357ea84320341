import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, judge, median, quantile } from "./statistics.mjs";

test("the median lies in the middle, between two in the middle of an even number", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(quantile([0, 10], 0.25), 2.5);
});

test("rounds are compared pair by pair, so that a slow moment of the machine falls out", () => {
  const { ratio, low, high } = compare([2, 20, 2], [1, 10, 1]);
  assert.deepEqual([ratio, low, high], [2, 2, 2]);
});

test("a ratio is a finding only where the rounds agree better with each other than with 1", () => {
  assert.equal(compare([2, 2.1, 1.9], [1, 1, 1]).isFinding, true);
  assert.equal(compare([1.2, 0.9, 1.3], [1, 1, 1]).isFinding, false);
  assert.equal(compare([2], [1]).isFinding, false, "one round has no spread");
});

test("with many rounds one that went wrong does not hide the others", () => {
  assert.equal(compare([2, 2, 2, 2, 2, 9], [1, 1, 1, 1, 1, 1]).isFinding, true);
});

test("a peer that took part in the first rounds is compared with the floor of those", () => {
  assert.equal(compare([8, 8], [2, 2, 100, 100]).ratio, 4);
});

test("an aim is met or missed only where the spread does not reach over it", () => {
  const figure = (ratio, low, high) => ({ ratio, low, high, rounds: 9 });
  assert.equal(judge(figure(0.5, 0.4, 0.6), 0.6), "met");
  assert.equal(judge(figure(0.5, 0.4, 0.7), 0.6), "undecided");
  assert.equal(judge(figure(0.8, 0.7, 0.9), 0.6), "missed");
  assert.equal(judge(figure(0.7, 0.5, 0.9), 0.6), "undecided");
  assert.equal(judge({ ...figure(0.1, 0.1, 0.1), rounds: 1 }, 0.6), "undecided");
});
