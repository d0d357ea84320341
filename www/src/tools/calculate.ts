import type { PageTool } from "./tool";

/** Arithmetic as it is written by hand: no names, no code, so nothing that a model writes can do anything but count. */
type Operator = "+" | "-" | "*" | "/" | "^" | "%";

interface Reader {
  text: string;
  at: number;
}

const mostLetters = 500;

function skipSpace(reader: Reader): void {
  while (/\s/u.test(reader.text.charAt(reader.at))) reader.at += 1;
}

/** The next character, if it is one of these. */
function take(reader: Reader, wanted: string): string | undefined {
  skipSpace(reader);
  const letter = reader.text.charAt(reader.at);
  if (letter === "" || !wanted.includes(letter)) return undefined;
  reader.at += 1;
  return letter;
}

function apply(operator: Operator, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      if (right === 0) throw new Error("It divides by zero.");
      return left / right;
    case "%":
      if (right === 0) throw new Error("It divides by zero.");
      return left % right;
    case "^":
      return left ** right;
  }
}

function sum(reader: Reader): number {
  let value = product(reader);
  for (let sign = take(reader, "+-"); sign !== undefined; sign = take(reader, "+-")) value = apply(sign as Operator, value, product(reader));
  return value;
}

function product(reader: Reader): number {
  let value = signed(reader);
  for (let sign = take(reader, "*/%"); sign !== undefined; sign = take(reader, "*/%")) value = apply(sign as Operator, value, signed(reader));
  return value;
}

/** A minus binds less than a power: -2^2 is -4. */
function signed(reader: Reader): number {
  const sign = take(reader, "+-");
  if (sign !== undefined) return sign === "-" ? -signed(reader) : signed(reader);
  const base = atom(reader);
  return take(reader, "^") === undefined ? base : apply("^", base, signed(reader));
}

function atom(reader: Reader): number {
  if (take(reader, "(") !== undefined) {
    const value = sum(reader);
    if (take(reader, ")") === undefined) throw new Error("A closing parenthesis is missing.");
    return value;
  }
  skipSpace(reader);
  const found = /^(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?/iu.exec(reader.text.slice(reader.at));
  if (found === null) {
    const letter = reader.text.charAt(reader.at);
    throw new Error(letter === "" ? "It ends where a number should stand." : `"${letter}" is no number.`);
  }
  reader.at += found[0].length;
  return Number(found[0]);
}

/** The value of an expression. Throws an error that says in words what is wrong with it. */
export function calculate(expression: string): number {
  if (expression.length > mostLetters) throw new Error(`It is longer than ${mostLetters} letters.`);
  // The signs that people and models write instead, and spaces or commas between thousands.
  const text = expression
    .replace(/[×·]/gu, "*")
    .replace(/÷/gu, "/")
    .replace(/[−–]/gu, "-")
    .replace(/\*\*/gu, "^")
    .replace(/(\d),(?=\d{3}(?:\D|$))/gu, "$1");
  const reader = { text, at: 0 };
  const value = sum(reader);
  skipSpace(reader);
  if (reader.at < text.length) throw new Error(`"${text.charAt(reader.at)}" does not belong there.`);
  if (!Number.isFinite(value)) throw new Error("The result is too large.");
  // 0.1 + 0.2 is 0.3 to whoever asks.
  return Number(value.toPrecision(15));
}

export const calculator: PageTool = {
  name: "calculate",
  title: "Calculator",
  description: "Computes an arithmetic expression exactly. Use it for every calculation. Knows + - * / % ^ and parentheses.",
  inputSchema: {
    type: "object",
    properties: { expression: { type: "string", description: "For example (1250 * 1.19) / 3" } },
    required: ["expression"],
    additionalProperties: false,
  },
  run(input) {
    const { expression } = (typeof input === "object" && input !== null ? input : {}) as { expression?: unknown };
    if (typeof expression !== "string" || expression.trim() === "") throw new Error("There is no expression to compute.");
    return String(calculate(expression));
  },
};
