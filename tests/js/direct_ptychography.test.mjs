// Low-passed images and their correlation, worked out without a browser.
import assert from "node:assert/strict";
import test from "node:test";
import { directState, lowPass } from "../../tcbf_widgets/widgets/shared/direct_state.js";
import { createSpectra } from "../../tcbf_widgets/widgets/shared/spectrum.js";
import { correlation } from "../../tcbf_widgets/widgets/shared/statistics.js";

const SHAPE = [32, 48];
const wave = (period) => Float32Array.from({ length: 32 * 48 }, (_, i) => Math.sin((2 * Math.PI * (i % 48)) / period));
const RINGS = Float32Array.from([0.01, 0.02, 0.9, 0.8, 0.7, 0.6]);

function shown(state) {
  const values = { detail: 5, contrast: [1, 99], ...state };
  const packed = (numbers, shape) => ({ dtype: "float32", shape, scale: null, offset: null, data: numbers.buffer });
  const [coarse, fine] = [wave(24), wave(3)];
  const both = coarse.map((value, i) => value + fine[i]);
  const arrays = {
    summed: packed(fine, SHAPE),
    direct: packed(both, SHAPE),
    truth: packed(coarse, SHAPE),
    rings: packed(RINGS, [3, 2]),
    expected: packed(RINGS, [3, 2]),
  };
  const meta = {
    images: Object.keys(arrays).slice(0, 3),
    sampling: [1, 1],
    edge: 0.15,
    rings: ["q", "summed", "direct"],
    expected: ["q", "direct", "summed"],
    ranges: { detail: [2, 20] },
  };
  const now = directState({ get: (name) => (name === "arrays" ? arrays : values[name]) }, meta);
  now.update(new Set(["detail", "contrast"]));
  return { now, values, coarse };
}

test("what is finer than the slider says is gone, what is coarser stays", () => {
  const { now, values, coarse } = shown({ detail: 8 });
  const inside = (i) => i % 48 > 8 && i % 48 < 40 && i > 8 * 48 && i < 24 * 48;
  coarse.forEach((value, i) => inside(i) && assert.ok(Math.abs(now.images.direct[i] - value) < 0.1));
  assert.ok(now.correlations.direct > 0.98);
  assert.ok(Math.abs(now.correlations.summed) < 0.5);
  values.detail = 2;
  now.update(new Set(["detail"]));
  assert.ok(now.correlations.direct < 0.8);
});

test("the range of greys is that of the truth, whatever is shown", () => {
  const { now, values } = shown({});
  const first = now.limits;
  assert.ok(Math.abs(first[1] - 1) < 0.01);
  values.detail = 20;
  now.update(new Set(["detail"]));
  assert.equal(now.limits, first);
});

test("curves have the names that the page gives them", () => {
  const { now } = shown({});
  assert.deepEqual([...now.rings.summed], [...RINGS.subarray(2, 4)]);
  assert.deepEqual([...now.expected.summed], [...RINGS.subarray(4, 6)]);
  assert.deepEqual(now.reconstructions, ["summed", "direct"]);
});

test("the filter is 1, one half at the finest detail, and 0", () => {
  const lengths = Float64Array.from([0, 0.084, 0.1, 0.116, 1]);
  const factor = lowPass(lengths, 10, 0.15, new Float64Array(5));
  [1, 1, 0.5, 0, 0].forEach((value, i) => assert.ok(Math.abs(factor[i] - value) < 1e-12));
});

test("images correlate with themselves, and constant ones with nothing", () => {
  const image = Float32Array.from([1, 2, 5, 0]);
  assert.ok(Math.abs(correlation(image, image) - 1) < 1e-12);
  assert.ok(Math.abs(correlation(image, image.map((value) => 3 - value)) + 1) < 1e-12);
  assert.equal(correlation(image, new Float32Array(4)), 0);
});

test("what the filter takes away need not be transformed: images are the same as with all columns", () => {
  const { now, values } = shown({});
  const spectra = createSpectra(SHAPE, [1, 1]);
  const lengths = spectra.frequencies((ky, kx) => Math.hypot(ky, kx));
  for (const detail of [2, 2.31, 3, 7.7, 20]) {
    values.detail = detail;
    now.update(new Set(["detail"]));
    const factor = lowPass(lengths, detail, 0.15, new Float64Array(lengths.length));
    assert.deepEqual(now.images.summed, spectra.filtered(spectra.of(wave(3)), factor));
  }
});
