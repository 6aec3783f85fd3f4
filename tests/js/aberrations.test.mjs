// Lenses, their phases, and stacks moved as they predict: the numbers of Python.
import assert from "node:assert/strict";
import test from "node:test";
import { paintPhase } from "../../tcbf_widgets/widgets/shared/colour.js";
import { measured, unitOf } from "../../tcbf_widgets/widgets/shared/coefficient_table.js";
import * as state from "../../tcbf_widgets/widgets/shared/explorer_state.js";
import * as fits from "../../tcbf_widgets/widgets/shared/fit_state.js";
import { chiCycles, detectorToScan, imageShifts } from "../../tcbf_widgets/widgets/shared/lens.js";
import { othersInWords } from "../../tcbf_widgets/widgets/shared/lens_sliders.js";
import { createTransform2d } from "../../tcbf_widgets/widgets/shared/mixed_radix.js";
import { createMovedSum, edgeProfile } from "../../tcbf_widgets/widgets/shared/moved_sum.js";
import { float32, golden, largestDifference } from "./golden.mjs";
import { array } from "./packed.mjs";

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

for (const { shape, images, means, members, frame, shifts, image, power, noise } of golden.moved_sums) {
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
    assert.ok(Math.abs(sum.noise - noise) <= 1e-9 * noise);
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

test("the sentence names three coefficients at most, with three digits, and says how many more there are", () => {
  const range = (unit, scale) => ({ unit, scale });
  const ranges = { C12x: range("nm", 10), C21x: range("µm", 1e4), C23y: range("µm", 1e4), C30: range("mm", 1e7) };
  const none = Object.fromEntries(state.COEFFICIENTS.map((name) => [name, 0]));
  assert.deepEqual(othersInWords(ranges, { ...none, defocus: 1e4 }), []);
  assert.deepEqual(othersInWords(ranges, { ...none, C21x: 1e6, C23y: -12_340 }), [
    "coma C21x 100 µm",
    "three-fold C23y \u22121.23 µm",
  ]);
  assert.deepEqual(othersInWords(ranges, { ...none, C12x: 50, C21x: 1e5, C23y: 200, C30: 5e7 }), [
    "astigmatism C12x 5 nm",
    "coma C21x 10.0 µm",
    "three-fold C23y 0.02 µm and 1 more",
  ]);
});

function explorer(best) {
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

function fit(state) {
  const pixels = array(Int16Array.from([9, 10, 11, 10, 10, 9, 10, 11]), [4, 2]);
  const shifts = array(Float32Array.from([-10, 3, 10, 3, 0, -7, 0, 13]), [4, 2]);
  const none = { error: "4 groups determine too little" };
  const round = {
    values: { C10: -1000 },
    uncertainties: { C10: 3, rotation_deg: null },
    rotation_deg: 0,
    transpose: false,
    offset: [0, 3],
    sign_confidence: 2.5,
  };
  const meta = {
    center: [10, 10],
    reciprocal_sampling: [0.5, 0.5],
    disk_radius: 1.5,
    wavelength: 0.02,
    spacing: 1,
    fits: Array.from({ length: 15 }, (_, i) => (i === 8 ? none : { ...round, number: i })),
  };
  const model = { get: (name) => state[name] };
  return fits.fitState(model, { pixels, measured: shifts }, meta);
}

test("fit: the orders choose among the fits, and stay within them", () => {
  assert.equal(fit({ max_radial_order: 1, max_angular_order: 0 }).fit().number, 0);
  assert.equal(fit({ max_radial_order: 3, max_angular_order: 2 }).fit().number, 12);
  assert.equal(fit({ max_radial_order: 9, max_angular_order: 9 }).fit().number, 14);
});

test("fit: a lens and an offset that explain all shifts leave nothing over", () => {
  const now = fit({ max_radial_order: 1, max_angular_order: 2 });
  assert.ok(now.rms() < 1e-6);
  assert.deepEqual(
    [...now.residual()].map((value) => Math.round(value)),
    [NaN, 0, NaN, 0, NaN, 0, NaN, 0, NaN],
  );
  assert.ok(largestDifference(now.fitted().flat(), now.cells.measured.flat()) < 1e-6);
});

test("fit: orders that cannot be determined have no arrows and no residual", () => {
  const now = fit({ max_radial_order: 2, max_angular_order: 3 });
  assert.ok(now.fitted().flat().every(Number.isNaN));
  assert.ok(now.residual().every(Number.isNaN));
});

test("table: rows are always the same; an astigmatism moves the rim by its size, not by its parts", () => {
  const values = { C10: -15000, C12x: -30, C12y: 40, C30: 2e7 };
  const uncertainties = { C10: 30, C12x: 5, C12y: 5, C30: null };
  const rows = fits.coefficientRows({ values, uncertainties }, 4e-3);
  const empty = fits.coefficientRows({ error: "none" }, 4e-3);
  assert.deepEqual(
    rows.map(({ name }) => name),
    empty.map(({ name }) => name),
  );
  assert.ok(empty.every(({ parts, rim }) => !parts.length && rim === null));
  const [c10, c12, c21, , c30] = rows;
  assert.ok(Math.abs(c10.rim.value - 60) < 1e-9 && Math.abs(c10.rim.uncertainty - 0.12) < 1e-9);
  assert.ok(Math.abs(c12.rim.value - 0.2) < 1e-9 && Math.abs(c12.rim.uncertainty - 0.02) < 1e-9);
  assert.equal(c21.parts.length, 0);
  assert.ok(Number.isNaN(c30.rim.uncertainty));
});

test("table: as many digits as the uncertainty deserves, in the unit of the field", () => {
  assert.equal(measured(-1.51429, 0.00348), "\u22121.5143 ± 0.0035");
  assert.equal(measured(-8.75, 4.6), "\u22129 ± 5");
  assert.equal(measured(120, 15), "120 ± 15");
  assert.equal(measured(0.5, 0), "0.500 ± 0.000");
  assert.equal(measured(1, NaN), "not determined");
  assert.deepEqual(["C10", "C12", "C23", "C30"].map(unitOf).flat(), [1e4, "µm", 10, "nm", 1e4, "µm", 1e7, "mm"]);
});

test("table: an unbounded uncertainty is written as such", () => {
  const text = fits.coefficientTable(fit({ max_radial_order: 1, max_angular_order: 2 }).fit());
  assert.match(text, /C10,-1000,3,angstrom\r\n/);
  assert.match(text, /rotation_deg,0,Infinity,degree/);
});
