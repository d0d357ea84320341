// Finds weights for counts: bounded least squares of the relative error, reweighted towards its absolute value so that a
// few odd texts do not bend all others.

/** How much of a weight's own square is added: it keeps counts that hardly occur from wild weights. */
const RIDGE = 1e-6;
const ROUNDS = 8;
/** From this relative error on, a text counts by its error and no longer by the square of it. */
const SMALL = 0.03;

/**
 * Weights between 0 and `most`, one for each count. `rows` are the counts of each text, `truths` its tokens, `shares` how
 * much it counts.
 */
export function fit(rows, truths, shares, most) {
  const width = rows[0].length;
  const scaled = rows.map((row, place) => Float64Array.from(row, (count) => count / truths[place]));
  let weights = new Float64Array(width);
  let trust = Float64Array.from(shares);
  for (let round = 0; round < ROUNDS; round += 1) {
    weights = solved(scaled, trust, most, weights);
    trust = trust.map((_, place) => {
      const error = Math.abs(dot(scaled[place], weights) - 1);
      return shares[place] / Math.max(error, SMALL);
    });
  }
  return weights;
}

export function dot(row, weights) {
  let sum = 0;
  for (let place = 0; place < row.length; place += 1) sum += row[place] * weights[place];
  return sum;
}

/** Coordinate descent on the normal equations, each weight kept within its bounds. */
function solved(rows, trust, most, start) {
  const width = start.length;
  const products = Array.from({ length: width }, () => new Float64Array(width));
  const right = new Float64Array(width);
  rows.forEach((row, place) => {
    const nonZero = [];
    row.forEach((count, column) => count > 0 && nonZero.push(column));
    for (const column of nonZero) {
      const product = trust[place] * row[column];
      right[column] += product;
      for (const other of nonZero) products[column][other] += product * row[other];
    }
  });
  const weights = Float64Array.from(start);
  // What is left of `right` once the weights are taken off.
  const left = Float64Array.from(right, (value, column) => value - dot(products[column], weights));
  for (let sweep = 0; sweep < 2_000; sweep += 1) {
    let largest = 0;
    for (let column = 0; column < width; column += 1) {
      const own = products[column][column] * (1 + RIDGE);
      if (own === 0) continue;
      const wanted = Math.min(most, Math.max(0, weights[column] + left[column] / own));
      const change = wanted - weights[column];
      if (change === 0) continue;
      weights[column] = wanted;
      for (let other = 0; other < width; other += 1) left[other] -= change * products[other][column];
      largest = Math.max(largest, Math.abs(change));
    }
    if (largest < 1e-5) break;
  }
  return weights;
}
