import assert from "node:assert/strict";
import test from "node:test";
import { fourierUpsample } from "../../tcbf_widgets/widgets/shared/fourier_upsample.js";
import { joinSamples } from "../../tcbf_widgets/widgets/shared/join.js";
import { createSpectra, spectrumPicture, transferSigns } from "../../tcbf_widgets/widgets/shared/spectrum.js";
import { float32, golden, largestDifference } from "./golden.mjs";

const { joins, interpolations, spectra } = golden;

for (const { shape, sigma, total, weight, ratio } of joins) {
  test(`samples on ${shape.join(" x ")} pixels joined with sigma = ${sigma} as in Python`, () => {
    const ours = joinSamples(float32(total), float32(weight), shape, sigma);
    assert.ok(ours.image.every(Number.isFinite));
    assert.ok(largestDifference(ours.image.map((value) => value - 1), ratio) < 1e-6);
  });
}

test("where there is no sample at all, nothing is filled for ever", () => {
  assert.deepEqual([...joinSamples(new Float32Array(4), new Float32Array(4), [2, 2], 1).image], [1, 1, 1, 1]);
});

test("inside a margin the image is the same, also where it is inpainted", () => {
  const { shape, total, weight } = joins[2];
  const whole = joinSamples(float32(total), float32(weight), shape, 0.6).image;
  const inside = joinSamples(float32(total), float32(weight), shape, 0.6, 5);
  assert.deepEqual(inside.shape, [6, 6]);
  const cut = Array.from({ length: 36 }, (_, i) => whole[(5 + Math.floor(i / 6)) * 16 + 5 + (i % 6)]);
  assert.deepEqual([...inside.image], cut);
});

for (const { shape, factor, inside, image, expected } of interpolations) {
  test(`a ${shape.join(" x ")} image interpolated to ${factor} pixels a pixel as in Python`, () => {
    const ours = fourierUpsample(float32(image), shape, factor, inside);
    assert.deepEqual(ours.shape, inside.map(([a, b]) => factor * (b - a)));
    assert.ok(largestDifference(ours.image, expected) < 1e-6);
  });
}

for (const { shape, sampling, reach, factor, image, power, picture, filtered } of spectra) {
  test(`spectrum of a ${shape.join(" x ")} image as in Python`, () => {
    const tools = createSpectra(shape, sampling);
    const spectrum = tools.of(float32(image));
    const ours = tools.power(spectrum);
    assert.ok(largestDifference(ours, power) < 1e-5);
    const drawn = spectrumPicture(ours, tools, 16, reach, new Float32Array(256));
    assert.deepEqual([...drawn].map(Number.isNaN), picture.map((value) => value === null));
    assert.ok(largestDifference(drawn.filter(Number.isFinite), picture.filter((value) => value !== null)) < 1e-5);
    assert.ok(largestDifference(tools.filtered(spectrum, Int8Array.from(factor)), filtered) < 1e-6);
  });
}

test("signs are those of the sine, and 0 beyond the limit", () => {
  const plane = { padded: [4, 4], extent: [4, 4] };
  const all = (turns) => transferSigns(plane, 0.6, (_, target) => target.fill(turns));
  // columns kx = 0, 1/4 and 1/2 per Å, each with ky = 0, 1/4, -1/2, -1/4; only (1/2, 1/2) is longer than 0.6
  assert.deepEqual([...all(0.25)], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1]);
  assert.deepEqual([...all(0.75)], [-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, -1]);
  const seen = [];
  transferSigns(plane, 1, (k, target) => (seen.push(...k), target));
  assert.deepEqual(seen.slice(8, 16), [0, 0.25, 0.25, 0.25, -0.5, 0.25, -0.25, 0.25]);
});
