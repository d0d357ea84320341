// How far the prior is off for models it does not know: each is left out in turn and foretold from the others.
import { mean, sum } from "./fit.mjs";
import { inOrder, priorOf, sizeAlone } from "./prior.mjs";

/** Mean absolute error and rank correlations of pairs `[foretold, measured]`. */
export function errorsOf(pairs) {
  return {
    models: pairs.length,
    error: mean(pairs.map(([foretold, measured]) => Math.abs(foretold - measured))),
    kendall: kendall(pairs),
    spearman: correlation(ranks(pairs.map(([a]) => a)), ranks(pairs.map(([, b]) => b))),
  };
}

/** Tau-b: ties count in neither way, and make the most that can be reached smaller. */
function kendall(pairs) {
  let [agree, tiesA, tiesB, all] = [0, 0, 0, 0];
  for (const [at, [a, b]] of pairs.entries()) {
    for (const [c, d] of pairs.slice(at + 1)) {
      all += 1;
      agree += Math.sign(a - c) * Math.sign(b - d);
      tiesA += Number(a === c);
      tiesB += Number(b === d);
    }
  }
  return agree / Math.sqrt((all - tiesA) * (all - tiesB));
}

function ranks(numbers) {
  return numbers.map((number) => numbers.filter((other) => other < number).length + (numbers.filter((other) => other === number).length - 1) / 2);
}

function correlation(a, b) {
  const [meanA, meanB] = [mean(a), mean(b)];
  const both = sum(a.map((one, at) => (one - meanA) * (b[at] - meanB)));
  return both / Math.sqrt(sum(a.map((one) => (one - meanA) ** 2)) * sum(b.map((one) => (one - meanB) ** 2)));
}

/** Each model foretold without itself, by three ways. */
export function leaveOneOut(models) {
  return compare(models, models, (asked) => inOrder(models.filter(({ name }) => name !== asked.name)));
}

/** The newest generation of each family foretold from the older ones alone, as every model of today is. */
export function leaveNewestOut(models) {
  const newest = models.filter((asked) => {
    const sisters = models.filter(({ family, size }) => family === asked.family && (size !== null) === (asked.size !== null));
    const generations = sisters.map(({ generation }) => generation);
    return Math.min(...generations) < asked.generation && Math.max(...generations) === asked.generation;
  });
  return compare(newest, models, (asked) => inOrder(models.filter(({ family, generation }) => family !== asked.family || generation < asked.generation)));
}

function compare(asked, models, without) {
  const by = (foretell) => errorsOf(asked.map((model) => [foretell(model), model.quality]));
  return {
    "table": by((model) => priorOf(model, without(model))),
    "table, every generation alike": by((model) => priorOf(model, without(model), { gain: false })),
    "size alone (before)": by(sizeAlone),
    // Its order is the mean without each, upside down: no order at all.
    "constant": { ...by((model) => mean(models.filter(({ name }) => name !== model.name).map(({ quality }) => quality))), kendall: NaN, spearman: NaN },
  };
}
