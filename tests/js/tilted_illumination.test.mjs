import assert from "node:assert/strict";
import test from "node:test";
import { createFft } from "../../tcbf_widgets/widgets/shared/fft.js";
import { exaggeration, tiltedDrawing } from "../../tcbf_widgets/widgets/shared/tilted_drawing.js";
import { tiltedState } from "../../tcbf_widgets/widgets/shared/tilted_state.js";
import { beside, imageText, percent, pixelText } from "../../tcbf_widgets/widgets/shared/tilted_words.js";
import { alike, float32, golden, largestDifference } from "./golden.mjs";
import { array } from "./packed.mjs";

const { size, meta, states, phase: numbers } = golden.tilted;

/** The state of a view for a pixel and a lens; `phase` are size x size numbers in rad. */
function stateOf({ defocus, C30 = 0, k: [ky, kx] }, phase = float32(numbers), more = {}) {
  const side = Math.sqrt(phase.length);
  const now = tiltedState(
    { get: (name) => ({ defocus, ky, kx })[name] },
    { ...meta, C30, ...more },
    array(phase, [side, side]),
  );
  now.update();
  return now;
}

for (const { image, shift, field, contrast, levels, away, rim_shift, drawing, ...state } of states) {
  test(`pixel (${state.k}) at ${state.defocus} Å: image, its place, its grey levels and the drawing are those of Python`, () => {
    const now = stateOf(state);
    assert.equal(now.field(), field);
    assert.ok(Math.abs(now.rimShift() - rim_shift) < 1e-10);
    // both compute in double precision, and round the image to float32 at the end
    assert.ok(largestDifference(now.image, float32(image)) <= 6e-8 * Math.max(...image));
    assert.ok(largestDifference(now.shift(), shift) < 1e-10);
    assert.ok(Math.abs(now.mean - image.reduce((sum, value) => sum + value, 0) / image.length) < 1e-7);
    assert.ok(Math.abs(now.contrast - contrast) < 1e-6 * contrast);
    assert.ok(largestDifference(now.range([1, 99]), levels) <= 6e-8 * levels[1]);
    const inside = field !== "dark field";
    alike(tiltedDrawing({ defocus: state.defocus, deepest: meta.ranges.defocus[1], away, inside }), drawing);
  });
}

test("the image of a weak specimen is the axial one moved by the arrow, at every frequency that two sidebands reach", () => {
  const [side, defocus, k] = [64, 9_000, [-0.05, 0.09]];
  // waves of up to 5 periods in the field, 64 Å wide: |q| + |k| stays below the rim of 0.254 1/Å
  const phase = Float32Array.from({ length: side * side }, (_, i) => {
    const [y, x] = [Math.floor(i / side), i % side].map((at) => (2 * Math.PI * at) / side);
    return 1e-4 * (Math.cos(3 * x + y) + Math.sin(2 * y - x) + Math.cos(5 * y) + Math.cos(4 * x - 2 * y + 1));
  });
  const fft = createFft([side, side]);
  const [axial, tilted] = [[0, 0], k].map((at) => {
    const now = stateOf({ defocus, k: at }, phase);
    return { now, spectrum: fft.forward(now.image, fft.spectrum()) };
  });
  const [shiftY, shiftX] = tilted.now.shift();
  assert.ok(Math.hypot(shiftY, shiftX) > 15);
  let seen = 0;
  for (const [qy, qx] of [[1, 3], [2, -1], [5, 0], [-2, 4]]) {
    // the half of the spectrum with qx >= 0, column after column
    const [y, x] = qx < 0 ? [-qy, -qx] : [qy, qx];
    const at = 2 * (x * side + ((y + side) % side));
    const [a, b] = [axial, tilted].map(({ spectrum }) => [spectrum[at], spectrum[at + 1]]);
    const turn = (-2 * Math.PI * (y * shiftY + x * shiftX)) / side;
    const moved = [a[0] * Math.cos(turn) - a[1] * Math.sin(turn), a[0] * Math.sin(turn) + a[1] * Math.cos(turn)];
    const size = Math.hypot(...a);
    // a phase of 1e-4 rad is weak: what is quadratic in it, and float32, stay below a thousandth
    assert.ok(Math.hypot(b[0] - moved[0], b[1] - moved[1]) < 2e-3 * size, `${qy} ${qx}`);
    if (size > 0.05) seen++;
  }
  assert.equal(seen, 4);
});

test("the ray in the drawing meets the specimen at λ C10 k, as often too large as the drawing says", () => {
  const [defocus, away, semiangle] = [12_000, 0.6, 5];
  const deepest = meta.ranges.defocus[1];
  const { arrows, rays } = tiltedDrawing({ defocus, deepest, away, inside: true });
  const [angles, heights] = exaggeration(semiangle, deepest);
  const expected = -defocus * away * semiangle * 1e-3; // Å
  assert.ok(Math.abs((arrows[0].to * 1e7) / angles / heights - expected) < 1e-9);
  const chosen = rays.find(({ name }) => name === "axial").points;
  const at = chosen.find(([, z]) => Math.abs(z - arrows[0].z) < 1e-9);
  assert.ok(Math.abs(at[0] - arrows[0].to) < 1e-9);
});

test("outside of the disk: a dark field, dark where there is no specimen, from zero on and without an arrow's place", () => {
  const outside = { defocus: 15_000, k: [0, 0.29] };
  const empty = stateOf(outside, new Float32Array(256));
  assert.equal(empty.inside(), false);
  assert.ok(Math.max(...empty.image) < 1e-20);
  const now = stateOf(outside);
  const [low, high] = now.range([1, 99]);
  assert.equal(low, 0);
  assert.ok(high > 0 && now.mean < 0.5);
  assert.match(imageText(now), /^outside of the disk: dark field, mean \d.*\u00a0% of the beam; scattered electrons only/);
  assert.match(imageText(stateOf({ defocus: 15_000, k: [0, 0.1] })), /^inside the disk: bright field, .* 29.5 Å from .*: 29.5 Å right$/);
  assert.equal(pixelText(now, { ...meta, step: 0.001 }), "pixel at ky 0.000, kx 0.290 1/Å, 5.71 mrad off the axis");
});

test("a dark field is said to lie towards its pixel, away from it, or in its place, within the rim", () => {
  const said = (defocus, C30 = 0) => imageText(stateOf({ defocus, C30, k: [0, 0.29] }));
  assert.match(said(15_000), /displaced towards the pixel, by less than the 75.0 Å of the rim$/);
  assert.match(said(-15_000), /displaced away from the pixel, by less than the 75.0 Å of the rim$/);
  assert.match(said(0), /smeared but in its place$/);
  // at the rim, 5 mrad, C30 displaces by C30 α³
  assert.match(said(0, 1e9), /displaced away from the pixel, by less than the 125.0 Å of the rim$/);
});

test("on the rim, as wide as a step of k, the beam is stopped in part, and it is not called scattered", () => {
  const step = 1 / (size * meta.sampling);
  const at = (beyond) => stateOf({ defocus: 15_000, k: [0, meta.rim + beyond * step] }, new Float32Array(256));
  assert.deepEqual(
    [-0.51, -0.49, 0, 0.49, 0.51].map((beyond) => at(beyond).field()),
    ["bright field", "on the rim", "on the rim", "on the rim", "dark field"],
  );
  // half of the amplitude, a quarter of the intensity
  assert.ok(Math.abs(at(0).mean - 0.25) < 1e-6);
  assert.match(imageText(at(0)), /^on the rim, which stops a part: mean 25\u00a0% of the beam, contrast \(rms\) .*; the image lies/);
  // the grey levels are lowered with the beam
  assert.deepEqual(at(0).range([1, 99]).map((level) => level.toFixed(4)), ["0.2450", "0.2550"]);
});

test("bright fields have one range of grey levels, so that what is nearly gone in focus looks so", () => {
  const states = [[0, 0, 0], [0, 0, 0.1], [15_000, 0.05, 0.1]];
  const [axial, side, far] = states.map(([defocus, ...k]) => stateOf({ defocus, k }));
  assert.deepEqual(axial.range([1, 99]), far.range([1, 99]));
  assert.deepEqual(side.range([1, 99]), far.range([1, 99]));
  assert.notDeepEqual(far.range([10, 90]), far.range([1, 99]));
  // 0.2 rad on every pixel is not quite weak; in focus what is left is of second order
  assert.ok(axial.contrast < 0.3 * far.contrast);
  // a specimen without contrast is grey
  const [low, high] = stateOf({ defocus: 0, k: [0, 0] }, new Float32Array(256)).range([1, 99]);
  assert.ok(Math.abs(low - 0.98) < 1e-6 && Math.abs(high - 1.02) < 1e-6);
});

test("shares are written in percent without exponents, places by their sides", () => {
  const shares = [1.3e-5, 3.333e-7, 0.25, 1, 0, 1e-20].map((share) => percent(share).replace("\u00a0", " "));
  assert.deepEqual(shares, ["0.0013 %", "0.000033 %", "25 %", "100 %", "0 %", "0 %"]);
  assert.deepEqual([1, 0.9851].map((share) => percent(share, 3)), ["100.0\u00a0%", "98.5\u00a0%"]);
  assert.equal(beside([-21.04, 32.5], 1), "21.0 Å up, 32.5 Å right");
  assert.equal(beside([3, -0.02], 1), "3.0 Å down");
  assert.match(imageText(stateOf({ defocus: 0, k: [0.05, 0.1] })), /; the image lies where the axial one does$/);
});

test("the side view follows kx alone, and does not jump where the pixel passes above the axis", () => {
  const dot = (kx) => {
    const away = kx / meta.rim;
    return tiltedDrawing({ defocus: 9_000, deepest: 20_000, away, inside: true }).dots[0].x;
  };
  assert.ok(Math.abs(dot(0.001) - dot(-0.001)) < 0.02);
  assert.ok(dot(0.1) > 0 && Math.abs(dot(0.1) + dot(-0.1)) < 1e-12);
});

test("a pixel that stays where it is costs no second image", () => {
  const now = stateOf({ defocus: 15_000, k: [0, 0.1] });
  assert.equal(now.update(), false);
});

test("what a model holds beyond the sliders is shown at their ends", () => {
  const now = stateOf({ defocus: 1e6, k: [3, -3] });
  assert.deepEqual([now.defocus(), ...now.k()], [20_000, 0.3, -0.3]);
});
