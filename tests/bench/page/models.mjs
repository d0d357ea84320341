// Models and requests for routing: made from a seed, spread as real catalogues are, the same for every case.
import { deltasOf, randomFrom } from "../answers.mjs";

export const PROVIDER = "shelf";
const CONTEXTS = [2_048, 8_192, 32_768, 65_536, 131_072, 131_072, 200_000, 1_048_576];
const ABILITIES = [["reasoning", 0.5], ["tools", 0.6], ["json", 0.6], ["vision", 0.4], ["search", 0.1]];

/** @returns what a provider written in JavaScript lists, and beside it what an author's own table would hold */
export function modelsOf(count) {
  const random = randomFrom(count);
  return Array.from({ length: count }, (_, index) => {
    const input = 10 ** (-7.5 + 2.5 * random());
    const worth = random();
    return {
      listed: {
        id: `maker-${index % 23}/model-${index}`,
        type: "text",
        name: `Model ${index}`,
        // The first one can do all of it, so that there is always something to find.
        capabilities: ABILITIES.filter(([, share]) => index === 0 || random() < share).map(([name]) => name),
        contextLength: index === 0 ? 131_072 : CONTEXTS[Math.floor(random() * CONTEXTS.length)],
        price: { input, output: 4 * input },
        quality: worth < 0.33 ? "low" : worth < 0.66 ? "medium" : "high",
      },
      worth,
      firstTokenMs: 300 + 1_500 * random(),
      tokensPerSecond: 20 + 180 * random(),
    };
  });
}

/** Requests that differ, so that no answer can be kept for the next. @param {"short" | "long"} length */
export function requestsOf(length) {
  const prompt = length === "long" ? deltasOf(10_240).join("").slice(0, 10_240) : "Why is the sky blue, and why is it red in the evening?";
  return Array.from({ length: 16 }, (_, index) => ({
    prompt: `${index} ${prompt}`,
    reasoning: "low",
    maxOutputTokens: 300 + 50 * index,
    policy: { goal: "balanced", maxCost: 0.02, maxFirstTokenMs: 4_000, maxTotalMs: 60_000 },
  }));
}
