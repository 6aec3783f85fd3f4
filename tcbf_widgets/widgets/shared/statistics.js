// Means and correlations of the numbers of a picture.

export function mean(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** Correlation coefficient of two images; 0 where one of them is constant. */
export function correlation(a, b) {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const x = a[i] - meanA;
    const y = b[i] - meanB;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  // what rounding leaves of a constant
  return aa / a.length > 1e-14 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}
