// Routing by hand, twice. Both do what `mesh.route` does at least: capabilities, context, the two limits of time and the
// one of cost as filters, a weighted score of quality, cost, speed and place, a chain of five, an estimate and a sentence.
// Both guess the prompt's tokens as authors do, from its length alone: `mesh.route` reads every character.
import { PROVIDER, modelsOf, requestsOf } from "./models.mjs";

const CHAIN = 5;
const HALF_COST = 0.002;
const HALF_TIME_MS = 8_000;
const WEIGHTS = { quality: 0.4, cost: 0.2, speed: 0.2, place: 0.2 };
const PLACES = { page: 1, device: 0.95, network: 0.5, cloud: 0 };

function needsOf(request) {
  return request.reasoning && request.reasoning !== "off" ? ["reasoning"] : [];
}

/** What an author writes without thinking of speed. */
function idiomatic(models, request) {
  const { maxCost = Infinity, maxFirstTokenMs = Infinity, maxTotalMs = Infinity } = request.policy;
  const inputTokens = Math.ceil(request.prompt.length / 4);
  const outputTokens = request.maxOutputTokens ?? 500;
  const needs = needsOf(request);
  const ranked = models
    .filter((model) => needs.every((need) => model.capabilities.includes(need)))
    .filter((model) => model.contextLength > inputTokens)
    .map((model) => ({
      model,
      cost: model.price.input * inputTokens + model.price.output * outputTokens,
      firstTokenMs: model.firstTokenMs + inputTokens / 5,
      totalMs: model.firstTokenMs + inputTokens / 5 + (1_000 * outputTokens) / model.tokensPerSecond,
    }))
    .filter(({ cost, firstTokenMs, totalMs }) => cost <= maxCost && firstTokenMs <= maxFirstTokenMs && totalMs <= maxTotalMs)
    .map((candidate) => ({
      ...candidate,
      score: WEIGHTS.quality * candidate.model.worth + WEIGHTS.cost * (HALF_COST / (HALF_COST + candidate.cost))
        + WEIGHTS.speed * (HALF_TIME_MS / (HALF_TIME_MS + candidate.totalMs)) + WEIGHTS.place * PLACES[candidate.model.locality],
    }))
    .sort((one, other) => other.score - one.score);
  if (ranked.length === 0) throw new Error("no model fits");
  const [{ model: chosen, cost, firstTokenMs, totalMs }] = ranked;
  return {
    chosen,
    chain: ranked.slice(0, CHAIN).map(({ model }) => `${model.provider}/${model.id}`),
    why: `${chosen.name} is the best of ${ranked.length} models for its quality, cost and speed.`,
    estimate: { cost, firstTokenMs, totalMs, inputTokens, outputTokens },
  };
}

function columnsOf(models) {
  const column = (of) => Float64Array.from(models, of);
  return {
    canReason: Uint8Array.from(models, (model) => Number(model.capabilities.includes("reasoning"))),
    context: column((model) => model.contextLength),
    input: column((model) => model.price.input),
    output: column((model) => model.price.output),
    firstToken: column((model) => model.firstTokenMs),
    msPerToken: column((model) => 1_000 / model.tokensPerSecond),
    worth: column((model) => model.worth),
    place: column((model) => PLACES[model.locality]),
    addresses: models.map((model) => `${model.provider}/${model.id}`),
    bestScores: new Float64Array(CHAIN),
    bestModels: new Int32Array(CHAIN),
  };
}

/** What is left when nothing is allocated but the answer. */
function columnar(models, columns, request) {
  const { maxCost = Infinity, maxFirstTokenMs = Infinity, maxTotalMs = Infinity } = request.policy;
  const { canReason, context, input, output, firstToken, msPerToken, worth, place, addresses, bestScores, bestModels } = columns;
  const inputTokens = Math.ceil(request.prompt.length / 4);
  const outputTokens = request.maxOutputTokens ?? 500;
  const wantsReasoning = needsOf(request).length > 0;
  let fitting = 0;
  for (let index = 0; index < canReason.length; index += 1) {
    if (wantsReasoning && canReason[index] === 0) continue;
    if (context[index] <= inputTokens) continue;
    const cost = input[index] * inputTokens + output[index] * outputTokens;
    if (cost > maxCost) continue;
    const firstTokenMs = firstToken[index] + inputTokens / 5;
    if (firstTokenMs > maxFirstTokenMs) continue;
    const totalMs = firstTokenMs + outputTokens * msPerToken[index];
    if (totalMs > maxTotalMs) continue;
    const score = WEIGHTS.quality * worth[index] + WEIGHTS.cost * (HALF_COST / (HALF_COST + cost))
      + WEIGHTS.speed * (HALF_TIME_MS / (HALF_TIME_MS + totalMs)) + WEIGHTS.place * place[index];
    let rank = Math.min(fitting, CHAIN);
    fitting += 1;
    while (rank > 0 && bestScores[rank - 1] < score) {
      if (rank < CHAIN) {
        bestScores[rank] = bestScores[rank - 1];
        bestModels[rank] = bestModels[rank - 1];
      }
      rank -= 1;
    }
    if (rank < CHAIN) {
      bestScores[rank] = score;
      bestModels[rank] = index;
    }
  }
  if (fitting === 0) throw new Error("no model fits");
  const best = bestModels[0];
  const firstTokenMs = firstToken[best] + inputTokens / 5;
  const chain = [];
  for (let rank = 0; rank < Math.min(fitting, CHAIN); rank += 1) chain.push(addresses[bestModels[rank]]);
  return {
    chosen: models[best],
    chain,
    why: `${models[best].name} is the best of ${fitting} models for its quality, cost and speed.`,
    estimate: { cost: input[best] * inputTokens + output[best] * outputTokens, firstTokenMs, totalMs: firstTokenMs + outputTokens * msPerToken[best], inputTokens, outputTokens },
  };
}

/** As an author's table holds them. */
function tableOf(count) {
  return modelsOf(count).map(({ listed, ...own }) => ({ ...listed, ...own, provider: PROVIDER, locality: "cloud" }));
}

function repeated(decide, requests) {
  return (times) => {
    let last;
    for (let time = 0; time < times; time += 1) last = decide(requests[time % requests.length]);
    return last;
  };
}

export const cases = {
  idiomatic: ({ count, length }) => {
    const models = tableOf(count);
    return repeated((request) => idiomatic(models, request), requestsOf(length));
  },
  columnar: ({ count, length }) => {
    const models = tableOf(count);
    const columns = columnsOf(models);
    return repeated((request) => columnar(models, columns, request), requestsOf(length));
  },
};
