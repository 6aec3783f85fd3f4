// What the PhaseContrast view shows, worked out without a browser.
import assert from "node:assert/strict";
import test from "node:test";
import { phaseContrastState, TRAITS } from "../../tcbf_widgets/widgets/shared/phase_contrast_state.js";
import { largestDifference } from "./golden.mjs";
import { array } from "./packed.mjs";

const SIZE = 32;
const WAVELENGTH = 0.0196875; // Å at 300 kV

/** State of a view of a phase on 32 x 32 pixels, and a function that changes it. */
function shown(phase, { sampling = 1, reach = 1 / (10 * sampling), most = 2e4, corner = [0.5, 0.5], ...state } = {}) {
  const values = { defocus: 1e4, dose: 100, noise: false, zoom: 1, seed: 0, contrast: [1, 99], ...state };
  const ranges = { defocus: [-most, most], dose: [10, 1000], zoom: [1, 8], seed: [0, 2 ** 32 - 1] };
  const meta = { sampling, reach, corner, ranges, wavelength: WAVELENGTH, thickness: 10, interaction: 1, mean: 0 };
  const phases = Float32Array.from({ length: SIZE * SIZE }, (_, i) => phase(Math.floor(i / SIZE), i % SIZE));
  const now = phaseContrastState({ get: (name) => values[name] }, meta, array(phases, [1, SIZE, SIZE]));
  const change = (other) => {
    Object.assign(values, other);
    now.update(new Set(Object.keys(other)));
  };
  now.update(new Set([...TRAITS, "contrast"]));
  return { now, change };
}

const STRENGTH = 1e-2;
const wave = (_, x) => Math.cos((2 * Math.PI * x) / SIZE); // of 32 Å
const grating = (y, x) => STRENGTH * wave(y, x);

for (const defocus of [9e3, -6e3]) {
  test(`at ${defocus} Å the curves are the contrast of a grating, with its sign`, () => {
    const { now } = shown(grating, { defocus });
    const { sine, cosine } = now.curves.series;
    for (const [curve, name] of [
      [sine, "plane"],
      [cosine, "plate"],
    ]) {
      let transfer = 0;
      now[name].shown.forEach((value, i) => (transfer += (value * wave(0, i % SIZE)) / STRENGTH / SIZE ** 2));
      // of third order in the phase: 1e-4; the nearest of 240 points: χ to 0.01
      assert.ok(Math.abs(nearest(curve, 1 / 32) - transfer) < 0.02);
      assert.ok(Math.abs(transfer) > 0.3);
    }
  });
}

function nearest([xs, ys], x) {
  let best = 0;
  xs.forEach((at, i) => (best = Math.abs(at - x) < Math.abs(xs[best] - x) ? i : best));
  return ys[best];
}

test("zoom shows a part of potential and images, and leaves their contrast that of the whole field", () => {
  const { now, change } = shown((y, x) => 1e-3 * (y * SIZE + x), { corner: [0.25, 0.6] });
  const whole = { potential: now.potential.slice(), plane: now.plane.shown.slice(), plate: now.plate.shown.slice() };
  const all = now.plane.contrast;
  change({ zoom: 3 });
  assert.equal(now.side(), 11);
  // of 21 rows left out a quarter, 5.25, is above; of 21 columns 12.6 are left
  const part = (image) =>
    Float32Array.from({ length: 121 }, (_, i) => image[(5 + Math.floor(i / 11)) * SIZE + 13 + (i % 11)]);
  assert.deepEqual(now.potential, part(whole.potential));
  assert.deepEqual(now.plane.shown, part(whole.plane));
  assert.deepEqual(now.plate.shown, part(whole.plate));
  const values = [...whole.plane];
  const mean = values.reduce((sum, value) => sum + value) / SIZE ** 2;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / SIZE ** 2);
  assert.ok(Math.abs(now.plane.contrast - spread / mean) < 1e-6); // float32
  assert.equal(now.plane.contrast, all);
  change({ zoom: 1 });
  assert.equal(largestDifference(now.plane.shown, whole.plane), 0);
});

for (const [name, state] of Object.entries({
  "1 Å": { sampling: 1 },
  "0.25 Å": { sampling: 0.25 },
  // as far as Python lets such curves reach: 40 periods
  "0.1 Å": { sampling: 0.1, reach: Math.sqrt(80 / (WAVELENGTH * 2e4)) },
  "a defocus of 100 µm": { most: 1.2e6, reach: Math.sqrt(80 / (WAVELENGTH * 1.2e6)) },
})) {
  test(`curves have as many points as they need: ${name}`, () => {
    const { now } = shown(grating, state);
    const [q] = now.curves.series.sine;
    const chi = Array.from(q, (at) => now.curves.chi(at, state.most ?? 2e4));
    const steps = chi.slice(1).map((value, i) => Math.abs(value - chi[i]));
    assert.ok(Math.max(...steps) <= 0.3);
    assert.ok(q.length <= 2000);
    assert.ok(Math.abs(q.at(-1) / (state.reach ?? 1 / (10 * state.sampling)) - 1) < 1e-12);
    if (state.sampling === 1) assert.equal(q.length, 240);
  });
}
