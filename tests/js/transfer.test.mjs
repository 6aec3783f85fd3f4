import assert from "node:assert/strict";
import test from "node:test";
import { createFft } from "../../tcbf_widgets/widgets/shared/fft.js";
import * as transfer from "../../tcbf_widgets/widgets/shared/transfer.js";
import { correlation } from "../../tcbf_widgets/widgets/shared/statistics.js";
import * as pictures from "../../tcbf_widgets/widgets/shared/transfer_pictures.js";
import { float32, golden, largestDifference } from "./golden.mjs";

const wavelength = 0.01968749; // Å at 300 kV
const scales = (defocus, C30, semiangle) => transfer.phaseScales({ defocus, C30, semiangle, wavelength });

for (const { shape, image, spectrum } of golden.ffts) {
  test(`the spectrum of a ${shape.join(" x ")} image equals numpy's, and leads back to the image`, () => {
    const fft = createFft(shape);
    const ours = fft.forward(float32(image), fft.spectrum());
    assert.ok(largestDifference(ours, spectrum) < 1e-12);
    assert.ok(largestDifference(fft.inverse(ours, new Float64Array(image.length)), float32(image)) < 1e-14);
  });
}

test("the Gauss-Legendre rule integrates polynomials of degree 2n - 1", () => {
  for (const n of [1, 2, 33, 90]) {
    const { points, weights } = transfer.gaussLegendre(n);
    const integral = (power) => weights.reduce((sum, weight, i) => sum + weight * points[i] ** power, 0);
    assert.ok(Math.abs(integral(0) - 2) < 1e-14);
    assert.ok(Math.abs(integral(2 * n - 2) - 2 / (2 * n - 1)) < 1e-14);
  }
});

test("A⋆A at quarters of the limit, and nothing beyond it", () => {
  const { envelope } = transfer.createTransfer()(scales(15000, 0, 4));
  const values = [0, 0.5, 1, 1.5, 2, 2.1].map((u) => envelope(u).toFixed(5));
  assert.deepEqual(values, ["1.00000", "0.68504", "0.39100", "0.14429", "0.00000", "0.00000"]);
});

test("without spherical aberration the exact sum is the closed form", () => {
  const still = transfer.createTransfer()(scales(15000, 0, 4));
  assert.ok(transfer.largestDifference(still) < 1e-15);
});

for (const { defocus, C30, semiangle, wavelength, u, closed, exact, most, difference, zero } of golden.transfers) {
  test(`${defocus} Å, ${C30} Å, ${semiangle} mrad: closed form and exact sum are those of Python`, () => {
    const ours = transfer.createTransfer()(transfer.phaseScales({ defocus, C30, semiangle, wavelength }));
    assert.ok(largestDifference(u.map(ours.closed), closed) < 1e-12);
    // the Fresnel integral is interpolated here
    assert.ok(largestDifference(u.map(ours.exact), exact) < 1e-8);
    const modulus = u.map((at) => (ours.exact(at), ours.most));
    assert.ok(largestDifference(modulus, most) < 1e-8);
    assert.ok(Math.abs(transfer.largestDifference(ours) - difference) < 1e-8);
    const first = transfer.firstZero(ours);
    assert.ok(zero === null ? first === Infinity : Math.abs(ours.exact(zero / ours.rim)) < 1e-8);
    if (zero !== null) assert.ok(Math.abs(first / zero - 1) < 1e-6);
  });
}

test("one transfer follows another, also from stronger to weaker aberrations", () => {
  const make = transfer.createTransfer();
  const values = [2.7e7, 5e7, 1e7, 2.7e7].map((C30) => make(scales(15000, C30, 8)).exact(0.4));
  assert.equal(values[0], values[3]);
  assert.equal(values[2], transfer.createTransfer()(scales(15000, 1e7, 8)).exact(0.4));
});

test("curves: phases flipped, the closed form is nowhere negative, and what is too fine fills its envelope", () => {
  const draw = pictures.createCurves(200);
  const make = transfer.createTransfer();
  const flipped = draw(make(scales(15000, 2.7e7, 4)), 0.1, true);
  assert.ok(Math.min(...flipped.closed[1]) >= 0);
  assert.ok(Math.min(...draw(make(scales(15000, 2.7e7, 4)), 0.1, false).closed[1]) < -0.5);
  const { closed, envelope } = draw(make(scales(90000, 0, 10)), 1, false);
  assert.equal(closed[1][150], -make(scales(90000, 0, 10)).envelope(closed[0][150] / (0.01 / wavelength)));
  assert.ok(Math.abs(envelope[0].at(-1) - 1) < 1e-12);
});

test("an image of a constant phase does not correlate with anything", () => {
  const [flat, some] = [new Float32Array(16).fill(1), Float32Array.from({ length: 16 }, (_, i) => i)];
  assert.equal(correlation(flat, some), 0);
  assert.ok(Math.abs(correlation(some, some.map((x) => 3 - 2 * x)) + 1) < 1e-12);
});
