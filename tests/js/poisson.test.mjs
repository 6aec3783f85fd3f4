import assert from "node:assert/strict";
import test from "node:test";
import { createCounter, normalQuantile, uniform } from "../../tcbf_widgets/widgets/shared/poisson.js";
import { golden } from "./golden.mjs";

const NUMBER = 100_000;
const counted = (mean, seed) =>
  createCounter(NUMBER)(new Float64Array(NUMBER).fill(mean), 1, seed, new Float64Array(NUMBER));
const average = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

for (const { seed, start, per_pixel, image, counts, relative } of golden.counts) {
  test(`seed ${seed}: as many electrons in every pixel as Python counts`, () => {
    const ours = createCounter(image.length, start)(image, per_pixel, seed, new Float64Array(image.length));
    assert.deepEqual([...ours], relative);
    assert.deepEqual(
      [...ours].map((value) => Math.round(value * per_pixel)),
      counts,
    );
  });
}

test("quantiles of the normal distribution", () => {
  // printed tables
  for (const [probability, quantile] of [
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.999, 3.090232306167813],
    [1e-10, -6.361340902404056],
  ])
    assert.ok(Math.abs(normalQuantile(probability) - quantile) < 1e-13);
  for (const probability of [0.01, 0.0749, 0.0751, 0.3])
    assert.ok(Math.abs(normalQuantile(probability) + normalQuantile(1 - probability)) < 1e-13);
});

for (const mean of [0.4, 6, 15, 300]) {
  test(`${mean} expected electrons: mean, variance and distribution of the counts`, () => {
    const counts = counted(mean, 3);
    const found = average(counts);
    // five standard deviations of the mean and of the variance
    assert.ok(Math.abs(found - mean) < 5 * Math.sqrt(mean / NUMBER));
    const variance = average(counts.map((count) => (count - found) ** 2));
    assert.ok(Math.abs(variance - mean) < 5 * Math.sqrt((mean + 2 * mean * mean) / NUMBER));
    const { chiSquare, freedom } = chiSquareOf(counts, mean);
    // of mean `freedom` and variance 2 freedom
    assert.ok(chiSquare < freedom + 5 * Math.sqrt(2 * freedom));
  });
}

/** Against the terms of the distribution; those that foresee fewer than 20 counts are one class. */
function chiSquareOf(counts, mean) {
  const found = new Map();
  for (const count of counts) found.set(count, (found.get(count) ?? 0) + 1);
  let [chiSquare, classes, restExpected, restFound] = [0, 0, NUMBER, NUMBER];
  let logTerm = -mean;
  for (let n = 0; n < mean + 20 * Math.sqrt(mean) + 20; n++) {
    if (n) logTerm += Math.log(mean / n);
    const expected = NUMBER * Math.exp(logTerm);
    if (expected < 20) continue;
    const seen = found.get(n) ?? 0;
    chiSquare += (seen - expected) ** 2 / expected;
    classes++;
    restExpected -= expected;
    restFound -= seen;
  }
  if (restExpected > 1) chiSquare += (restFound - restExpected) ** 2 / restExpected;
  return { chiSquare, freedom: classes };
}

test("another seed and other pixels give other noise, the same ones the same", () => {
  const noise = (length, start, seed) => Array.from({ length }, (_, i) => uniform(start + i, seed));
  assert.deepEqual(noise(50, 10, 4), noise(60, 0, 4).slice(10));
  const [a, b, c] = [noise(20_000, 0, 4), noise(20_000, 0, 5), noise(20_000, 20_000, 4)];
  for (const [x, y] of [
    [a, b],
    [a, c],
    [b, c],
  ]) {
    const correlation = 12 * average(x.map((value, i) => (value - 0.5) * (y[i] - 0.5)));
    assert.ok(Math.abs(correlation) < 5 / Math.sqrt(20_000));
  }
});
