// Answers as the cache stores them, some 2 KB of JSON each. Seeded: the same number is the same answer everywhere.

// Its form is held against the one that the mesh reads by a test beside that.
import entry from "./entry.json" with { type: "json" };

const WORDS = "light scatters more strongly at shorter wavelengths which is why the sky looks blue at noon and red at dusk while clouds stay white because their droplets are larger than any of them".split(" ");

function* numbers(seed) {
  let state = (seed * 2_654_435_761 + 1) % 2_147_483_647 || 1;
  for (;;) yield (state = (state * 48_271) % 2_147_483_647);
}

/** 32 hexadecimal digits in no order, as keys are. */
export function nameOf(number) {
  const next = numbers(number + 1);
  return Array.from({ length: 4 }, () => next.next().value.toString(16).padStart(8, "0")).join("");
}

function wordsOf(number, count) {
  const next = numbers(number + 7);
  return Array.from({ length: count }, () => WORDS[next.next().value % WORDS.length]).join(" ");
}

export function requestOf(number) {
  return JSON.stringify({ policy: { goal: "balanced" }, messages: [{ role: "system", content: "Answer in plain words." }, { role: "user", content: `${number}: ${wordsOf(number, 20)}?` }] });
}

export function textOf(number) {
  return `${number}. ${wordsOf(number + 1, 265)}.`;
}

const encoder = new TextEncoder();

/** As the mesh stores it. */
export function recordOf(number) {
  const { answer, keptAt } = entry;
  return encoder.encode(JSON.stringify({ request: requestOf(number), keptAt: keptAt + number, answer: { ...answer, text: textOf(number) } }));
}
