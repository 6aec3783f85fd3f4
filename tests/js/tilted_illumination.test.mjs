import assert from "node:assert/strict";
import test from "node:test";
import { createFft } from "../../tcbf_widgets/widgets/shared/fft.js";
import { exaggeration, signedDistance, tiltedDrawing } from "../../tcbf_widgets/widgets/shared/tilted_drawing.js";
import { imageText, pixelText, tiltedState } from "../../tcbf_widgets/widgets/shared/tilted_state.js";
import { float32, golden, largestDifference } from "./golden.mjs";
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

// Drawings are in mm, to be seen: a millionth of a millimetre is nothing.
function alike(ours, theirs, path = "") {
  if (typeof theirs === "number") assert.ok(Math.abs(ours - theirs) < 1e-6, `${path}: ${ours}, not ${theirs}`);
  else if (theirs === null || typeof theirs !== "object") assert.equal(ours, theirs, path);
  else {
    assert.deepEqual(Object.keys(ours).sort(), Object.keys(theirs).sort(), path);
    for (const name of Object.keys(theirs)) alike(ours[name], theirs[name], `${path}.${name}`);
  }
}

for (const { image, shift, field, away, rim_shift, drawing, ...state } of states) {
  test(`pixel (${state.k}) at ${state.defocus} Å: image, its place and the drawing are those of Python`, () => {
    const now = stateOf(state);
    assert.equal(now.field(), field);
    assert.ok(Math.abs(now.rimShift() - rim_shift) < 1e-10);
    // both compute in double precision, and round the image to float32 at the end
    assert.ok(largestDifference(now.image, float32(image)) <= 6e-8 * Math.max(...image));
    assert.ok(largestDifference(now.shift(), shift) < 1e-10);
    assert.ok(Math.abs(now.mean - image.reduce((sum, value) => sum + value, 0) / image.length) < 1e-7);
    assert.ok(Math.abs(signedDistance(state.k, meta.rim) - away) < 1e-12);
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
  assert.match(imageText(now), /^outside of the disk: dark field, mean .* of the beam; scattered electrons only/);
  assert.match(imageText(stateOf({ defocus: 15_000, k: [0, 0.1] })), /^inside the disk: bright field, .* 29.5 Å from/);
  assert.equal(pixelText(now, { ...meta, step: 0.001 }), "pixel at (0.000, 0.290) 1/Å, 5.71 mrad off the axis");
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
  assert.match(imageText(at(0)), /^on the rim, which stops a part of the beam, mean 0.25 of the beam; the image lies/);
});

test("a pixel that stays where it is costs no second image", () => {
  const now = stateOf({ defocus: 15_000, k: [0, 0.1] });
  assert.equal(now.update(), false);
});

test("what a model holds beyond the sliders is shown at their ends", () => {
  const now = stateOf({ defocus: 1e6, k: [3, -3] });
  assert.deepEqual([now.defocus(), ...now.k()], [20_000, 0.3, -0.3]);
});
