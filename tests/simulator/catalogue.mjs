// @ts-check
/** Some hundreds of invented models, the same ones every time, so that a list can be tried at its real size. */

/**
 * @typedef {object} Invented
 * @property {string} slug without its maker, for example "model-017-large"
 * @property {string} maker for example "simulated-north"
 * @property {string} name says that it is simulated
 * @property {number | null} contextLength
 * @property {{ input: number, output: number } | "free" | "dynamic"} price thousandths of a US dollar per million tokens
 * @property {boolean} vision
 * @property {boolean} tools
 * @property {boolean} schema
 * @property {boolean} reasoning
 */

const MAKERS = ["north", "east", "south", "west", "centre", "harbour", "meadow"];
const SIZES = ["mini", "small", "medium", "large", "huge"];
const CONTEXTS = [4096, 8192, 32_768, 131_072, 200_000, 262_144, 1_048_576];

const MOST = 5000;

/**
 * What a control endpoint was told.
 * @param {unknown} count
 * @returns {number}
 */
export function readCount(count) {
  if (typeof count === "number" && Number.isInteger(count) && count >= 0 && count <= MOST) return count;
  throw new Error(`count is a whole number up to ${MOST}`);
}

/**
 * @param {number} count
 * @returns {Invented[]}
 */
export function inventModels(count) {
  return Array.from({ length: count }, (_, index) => {
    const number = index + 1;
    const size = SIZES[roll(number, 1, SIZES.length)] ?? "mini";
    const maker = MAKERS[roll(number, 2, MAKERS.length)] ?? "north";
    const output = 100 + roll(number, 3, 60) * roll(number, 4, 1500);
    const digits = String(number).padStart(3, "0");
    return {
      slug: `model-${digits}-${size}`,
      maker: `simulated-${maker}`,
      name: `Simulated ${maker[0]?.toUpperCase()}${maker.slice(1)}: Model ${digits} ${size}`,
      // One in twenty does not say.
      contextLength: roll(number, 5, 20) === 0 ? null : CONTEXTS[roll(number, 6, CONTEXTS.length)] ?? 8192,
      price: number % 23 === 0 ? "free" : number % 97 === 0 ? "dynamic" : { input: Math.ceil(output / (2 + roll(number, 7, 5))), output },
      vision: roll(number, 8, 3) === 0,
      tools: roll(number, 9, 4) > 0,
      schema: roll(number, 10, 2) === 0,
      reasoning: roll(number, 11, 3) === 0,
    };
  });
}

/**
 * A number below `sides` that depends on the model and on what is rolled for, and on nothing else.
 * @param {number} number
 * @param {number} salt
 * @param {number} sides
 */
function roll(number, salt, sides) {
  let state = Math.imul(number * 64 + salt, 0x9e3779b1);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return ((state ^ (state >>> 16)) >>> 0) % sides;
}
