// Lenses, their phases, and stacks moved as they predict: the numbers of Python.
import assert from "node:assert/strict";
import test from "node:test";
import { unpackArray } from "../../tcbf_widgets/widgets/shared/arrays.js";
import { paintPhase } from "../../tcbf_widgets/widgets/shared/colour.js";
import * as state from "../../tcbf_widgets/widgets/shared/explorer_state.js";
import { chiCycles, detectorToScan, imageShifts } from "../../tcbf_widgets/widgets/shared/lens.js";
import { createTransform2d } from "../../tcbf_widgets/widgets/shared/mixed_radix.js";
import { createMovedSum, edgeProfile } from "../../tcbf_widgets/widgets/shared/moved_sum.js";
import { float32, golden, largestDifference } from "./golden.mjs";

for (const { lens, rotation_deg, transpose, wavelength, k, shifts, cycles } of golden.lenses) {
  test(`shifts and phase of a lens turned by ${rotation_deg}°${transpose ? ", axes exchanged" : ""}`, () => {
    const turned = detectorToScan(k, rotation_deg, transpose, new Float64Array(k.length));
    const found = imageShifts(turned, lens, wavelength, new Float64Array(k.length));
    assert.ok(largestDifference(found, shifts) < 1e-9);
    assert.ok(largestDifference(chiCycles(k, lens, wavelength, new Float64Array(k.length / 2)), cycles) < 1e-9);
  });
}

test("coefficients that are missing are 0", () => {
  assert.deepEqual([...imageShifts([0.1, 0.2], {}, 0.02, new Float64Array(2))].map(Math.abs), [0, 0]);
  assert.deepEqual([...chiCycles([0.1, 0.2], {}, 0.02, new Float64Array(1))], [0]);
});

for (const { shape, re, im, to_re: toRe, to_im: toIm } of golden.transforms) {
  test(`transform of ${shape.join(" x ")} equals numpy's`, () => {
    const [a, b] = [Float64Array.from(re), Float64Array.from(im)];
    createTransform2d(shape).run(a, b);
    assert.ok(largestDifference(a, toRe) < 1e-11);
    assert.ok(largestDifference(b, toIm) < 1e-11);
  });
}

for (const { shape, images, means, members, frame, shifts, image, power } of golden.moved_sums) {
  test(`sum of ${shape[0]} moved images in a frame of ${frame.join(" x ")} equals Python's`, () => {
    const sum = createMovedSum({
      images: { shape, values: () => float32(images) },
      means: float32(means),
      members,
      frame,
    });
    // twice: nothing of one sum may be left in the next
    sum.run(shifts.map((shift) => shift + 1));
    const found = sum.run(shifts);
    assert.ok(largestDifference(sum.image, image) < 1e-6);
    assert.ok(Math.abs(found - power) <= 1e-9 * Math.abs(power) + 1e-12);
  });
}

test("windows rise at both ends, and are 1 where nothing is to be blended", () => {
  assert.deepEqual([...edgeProfile(3, 0)], [1, 1, 1]);
  assert.ok(largestDifference(edgeProfile(6, 2), [0.146447, 0.853553, 1, 1, 0.853553, 0.146447]) < 1e-6);
});

test("phases are coloured as in Python, at phase 0 from either side alike", () => {
  const { cycles, amplitude, rgba } = golden.phases;
  const drawn = paintPhase(cycles, amplitude, new Uint8ClampedArray(4 * cycles.length));
  assert.deepEqual([...drawn], rgba);
  assert.deepEqual(drawn.slice(12, 16), drawn.slice(0, 4));
});

test("sliders travel in pairs and come back as they were", () => {
  const values = Object.fromEntries(state.LENS.map((name, i) => [name, i + 1]));
  assert.deepEqual({ ...state.fromPairs(state.toPairs(values)), transpose: values.transpose }, values);
});

function explorer(best) {
  const array = (typed, shape) =>
    unpackArray({
      dtype: typed.constructor.name.replace("Array", "").toLowerCase(),
      shape,
      scale: null,
      offset: null,
      data: new DataView(typed.buffer),
    });
  // one bright pixel in each image, displaced as the measured shifts say: by one pixel
  const counts = new Uint8Array(4 * 64).fill(10);
  [27, 43, 34, 36].forEach((place, i) => (counts[64 * i + place] = 70));
  const arrays = {
    pixels: array(Int16Array.from([9, 10, 11, 10, 10, 9, 10, 11]), [4, 2]),
    measured: array(Float32Array.from([-10, 0, 10, 0, 0, -10, 0, 10]), [4, 2]),
    best: array(Float32Array.from(best), [4, 2]),
    group_images: array(counts, [4, 8, 8]),
    group_means: array(Float32Array.from([10.9375, 10.9375, 10.9375, 10.9375]), [4]),
    group_k: array(Float32Array.from([-0.5, 0, 0.5, 0, 0, -0.5, 0, 0.5]), [4, 2]),
    members: array(Uint16Array.from([1, 1, 1, 1]), [4]),
  };
  const meta = {
    center: [10, 10],
    reciprocal_sampling: [0.5, 0.5],
    scan_sampling: [10, 10],
    disk_radius: 1.5,
    wavelength: 0.02,
    spacing: 1,
    frame: [10, 10],
    held: {},
  };
  return state.explorerData(arrays, meta);
}

const resting = { rotation_deg: 0, transpose: false, defocus: 0, C12x: 0, C12y: 0 };
const round = { ...resting, defocus: 1000 }; // displaces k by 0.02 * 1000 * k

test("explorer: a lens that explains the shifts misses them by nothing; without one they are missed by themselves", () => {
  const data = explorer([-10, 0, 10, 0, 0, -10, 0, 10]);
  assert.ok(data.predict(round).rms < 1e-6);
  assert.ok(Math.abs(data.predict(resting).rms - 10) < 1e-9);
  assert.ok(Math.abs(data.predict({ ...round, rotation_deg: 180 }).rms - 20) < 1e-9);
});

test("explorer: the sharpness is 1 with the best shifts, less with others", () => {
  const data = explorer([-10, 0, 10, 0, 0, -10, 0, 10]);
  assert.ok(Math.abs(data.move(round) - 1) < 1e-6);
  // all bright pixels come together in the middle
  assert.equal(data.image.indexOf(Math.max(...data.image)), 35);
  assert.ok(data.move(resting) < 0.1);
  assert.ok(data.move({ ...round, defocus: -1000 }) < 0.1);
});

test("explorer: the sharpness is unknown where even the best shifts leave nothing in common", () => {
  assert.ok(Number.isNaN(explorer([0, 0, 0, 0, 0, 0, 0, 0]).move(round)));
});

test("explorer: the table of arrows has a line for each cell", () => {
  const data = explorer([0, 0, 0, 0, 0, 0, 0, 0]);
  const lines = state.arrowTable(data.cells, data.predict(round).arrows).trim().split("\r\n");
  assert.equal(lines.length, 5);
  assert.match(lines[0], /^ky_per_angstrom,.*predicted_x_angstrom$/);
});
