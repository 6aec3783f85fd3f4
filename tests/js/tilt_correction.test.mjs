import assert from "node:assert/strict";
import test from "node:test";
import { createDeposit } from "../../tcbf_widgets/widgets/shared/deposit.js";
import { createTiltSums, sharpnessText } from "../../tcbf_widgets/widgets/shared/tilt_sums.js";
import { golden, largestDifference } from "./golden.mjs";

const float32 = (...numbers) => ({ values: () => Float32Array.from(numbers) });

for (const { shape, factor, margin, images, means, weights, offsets, total, weight } of golden.deposits) {
  test(`${shape[0]} images of ${shape[1]} x ${shape[2]}, ${factor} pixels a step, are deposited as in Python`, () => {
    const values = Float32Array.from(images);
    const deposit = createDeposit({ images: { shape, values: () => values }, means, weights, factor, margin });
    // twice: nothing of another defocus may stay behind
    deposit.run(offsets.map((offset) => offset + 1));
    deposit.run(offsets);
    // the browser's pictures are compared with Python's byte for byte, so not a bit may differ; except that with one
    // pixel a step the four shares of an image meet in a pixel, and come in another order
    const most = factor === 1 ? 1e-6 : 0;
    assert.ok(largestDifference(deposit.total, total) <= most);
    assert.ok(largestDifference(deposit.weight, weight) <= most);
  });
}

// Two images of one bright sample, whose places differ by 0.004 scan steps for each Å of defocus along x.
const images = { shape: [2, 5, 5], values: () => Float32Array.from({ length: 50 }, (_, i) => (i % 25 === 12 ? 25 : 0)) };
const arrays = {
  group_images: images,
  group_means: float32(1, 1),
  weights: float32(0.5, 0.5),
  others: float32(0, 0, 0, 10),
  per_defocus: float32(0, 0, 0, 0.04),
  sharpness: float32(0.1, 0.5, 1, 0.7),
};
const meta = { scan_sampling: [10, 10], factor: 2, margin: 1, kernel: 0, sharpness_step: 100 };
const brightest = (image) => image.flatMap((value, i) => (value > 5 ? [[Math.floor(i / 10), i % 10]] : []));

test("images move back by what the defocus and the other aberrations predict", () => {
  const sums = createTiltSums(arrays, meta);
  assert.deepEqual(sums.shape, [10, 10]);
  // a sample of a scan step is shared by the four pixels around it; 10 Å are two pixels, towards smaller x
  const columns = (defocus) => [...new Set(brightest([...sums.image(defocus)]).map(([, column]) => column))];
  assert.deepEqual(columns(null), [4, 5]);
  assert.deepEqual(columns(0), [2, 3, 4, 5]);
  assert.deepEqual(columns(-250), [4, 5]);
  assert.deepEqual(columns(250), [0, 1, 4, 5]);
});

test("the sharpness is read between its samples, and stays at the last one beyond", () => {
  const { sharpness } = createTiltSums(arrays, meta);
  for (const [defocus, expected] of [
    [0, 0.1],
    [50, 0.3],
    [200, 1],
    [290, 0.73],
    [400, 0.7],
  ])
    assert.ok(Math.abs(sharpness(defocus) - expected) < 1e-6, `${defocus} Å`);
  const overfocus = createTiltSums(arrays, { ...meta, sharpness_step: -100 });
  assert.ok(Math.abs(overfocus.sharpness(-200) - 1) < 1e-6);
});

test("of a sharpness that noise alone would show, no number is said", () => {
  assert.equal(sharpnessText(0.284, 0.104), "sharpness 28 % of that at the mark");
  for (const sharpness of [0, 0.093])
    assert.match(sharpnessText(sharpness, 0.104), /^sharpness below 11 % of that at the mark, no more than noise/);
  assert.match(sharpnessText(NaN, 1), /cannot be measured/);
});
