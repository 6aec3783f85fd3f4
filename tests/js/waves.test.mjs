import assert from "node:assert/strict";
import test from "node:test";
import { createComplexFft } from "../../tcbf_widgets/widgets/shared/complex_fft.js";
import { createTransform2d } from "../../tcbf_widgets/widgets/shared/mixed_radix.js";
import { createImaging } from "../../tcbf_widgets/widgets/shared/waves.js";
import { float32, golden, largestDifference } from "./golden.mjs";

// double precision on both sides; sums of 256 numbers of order one, squared
const ROUNDING = 1e-12;

const random = (length) => Float64Array.from({ length }, (_, i) => Math.sin(i * i * 1.7 + i));

for (const n of [1, 2, 4, 8, 32]) {
  test(`complex transform of ${n} x ${n}: that of mixed_radix.js, and back again`, () => {
    const fft = createComplexFft(n);
    const values = random(2 * n * n);
    fft.data.set(values);
    fft.forward();
    const re = values.filter((_, i) => i % 2 === 0);
    const im = values.filter((_, i) => i % 2 === 1);
    createTransform2d([n, n]).run(re, im);
    const expected = values.map((_, i) => (i % 2 ? im : re)[i >> 1] / (n * n));
    assert.ok(largestDifference(fft.data, expected) < 1e-14);
    fft.inverse();
    assert.ok(largestDifference(fft.data, values) < 1e-14);
  });
}

test("rows that are said to be empty are taken as zeros", () => {
  const [a, b] = [createComplexFft(8), createComplexFft(8)];
  a.data.set(random(128));
  b.data.set(random(128));
  b.data.fill(0, 16 * 2, 16 * 5);
  a.inverse(Uint8Array.from([0, 0, 1, 1, 1, 0, 0, 0]));
  b.inverse();
  assert.ok(largestDifference(a.data, b.data) < 1e-14);
});

for (const { size, sampling, wavelength, thickness, tilt, phases, spectrum, images } of golden.waves) {
  const imaging = createImaging({ size, sampling, wavelength });
  const name = `${size} x ${size}, ${phases.length} slices, tilt ${tilt}`;

  test(`${name}: the wave behind the specimen is that of Python`, () => {
    const ours = imaging.exitSpectrum(phases.map(float32), thickness, tilt);
    assert.ok(largestDifference(ours.re, spectrum.re) < ROUNDING);
    assert.ok(largestDifference(ours.im, spectrum.im) < ROUNDING);
  });

  for (const { defocus, C30, cutoff, k, plain, plate, tilted } of images) {
    test(`${name}, ${defocus} Å, cutoff ${cutoff}: three images are those of Python`, () => {
      const optics = { defocus, C30, cutoff: cutoff ?? Infinity };
      const [a, b, c] = Array.from({ length: 3 }, () => new Float64Array(size * size));
      imaging.tilted(spectrum, { k, ...optics }, c);
      imaging.planeWave(spectrum, optics, a, b);
      assert.ok(largestDifference(a, plain) < ROUNDING);
      assert.ok(largestDifference(b, plate) < ROUNDING);
      assert.ok(largestDifference(c, tilted) < ROUNDING);
      const again = new Float64Array(size * size);
      imaging.planeWave(spectrum, optics, again);
      assert.deepEqual(again, a);
    });
  }
}

test("without a specimen the images are 1, and outside of the disk 0", () => {
  const imaging = createImaging({ size: 16, sampling: 1, wavelength: 0.02 });
  const nothing = imaging.exitSpectrum([new Float32Array(256)], 10);
  const image = new Float32Array(256);
  imaging.planeWave(nothing, { defocus: 12000 }, image);
  assert.ok(image.every((value) => Math.abs(value - 1) < 1e-7));
  imaging.tilted(nothing, { k: [0, 0.1], defocus: 12000, cutoff: 0.2 }, image);
  assert.ok(image.every((value) => Math.abs(value - 1) < 1e-7));
  imaging.tilted(nothing, { k: [0, 0.3], defocus: 12000, cutoff: 0.2 }, image);
  assert.ok(image.every((value) => value === 0));
});
