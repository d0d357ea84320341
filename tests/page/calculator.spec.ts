import { expect, test } from "@playwright/test";

/** It stands alone, so it is tried without a page. */
const source = new URL("../../www/src/tools/calculate.ts", import.meta.url).href;
const { calculate } = (await import(source)) as { calculate: (expression: string) => number };

test("arithmetic as it is written by hand and by models", () => {
  for (const [expression, value] of [
    ["2+2", 4],
    ["2 + 3 * 4", 14],
    ["(2 + 3) * 4", 20],
    ["-2^2", -4],
    ["2^-1", 0.5],
    ["2^3^2", 512],
    ["10 / 4 / 5", 0.5],
    ["7 % 4", 3],
    ["- -3", 3],
    ["0.1 + 0.2", 0.3],
    [".5 * 4", 2],
    ["1.5e3", 1500],
    ["1,250,000 * 1.19", 1_487_500],
    ["6 × 7 − 2 ÷ 4", 41.5],
    ["2 ** 10", 1024],
  ] as const) {
    expect(calculate(expression), expression).toBe(value);
  }
});

test("what is no arithmetic is refused in words, and nothing is run", () => {
  for (const [expression, words] of [
    ["", "It ends where a number should stand."],
    ["2 +", "It ends where a number should stand."],
    ["(1 + 2", "A closing parenthesis is missing."],
    ["1 2", '"2" does not belong there.'],
    ["alert(1)", '"a" is no number.'],
    ["1 / 0", "It divides by zero."],
    ["5 % 0", "It divides by zero."],
    ["9^9^9", "The result is too large."],
    ["(".repeat(600), "It is longer than 500 letters."],
  ] as const) {
    expect(() => calculate(expression), expression).toThrow(words);
  }
});
