import assert from "node:assert/strict";
import test from "node:test";
import { createMosaic } from "../../tcbf_widgets/widgets/shared/pattern_mosaic.js";
import { createPortions } from "../../tcbf_widgets/widgets/shared/portions.js";
import { probeScanState } from "../../tcbf_widgets/widgets/shared/probe_scan_state.js";
import * as words from "../../tcbf_widgets/widgets/shared/probe_scan_words.js";
import { centres, numberInBlock, scanLattice } from "../../tcbf_widgets/widgets/shared/scan_lattice.js";
import { float32, golden, largestDifference } from "./golden.mjs";
import { array } from "./packed.mjs";

const { size, meta, arrays, states } = golden.scans;
const ALL = new Set(["defocus", "step", "position", "electrons", "seed"]);

/** The state of a view with these traits. */
function stateOf(traits) {
  const model = { get: (name) => traits[name] };
  const now = probeScanState(model, meta, array(float32(arrays.phase), [size, size]), float32(arrays.levels));
  now.update(ALL);
  return now;
}

for (const expected of states) {
  const { defocus, step, position, electrons } = expected;
  test(`${defocus} Å, step ${step}, at (${position}), ${electrons} electrons: the numbers are those of Python`, () => {
    const now = stateOf(expected);
    const { lattice } = now;
    assert.deepEqual([lattice.centre, lattice.number], [expected.centre, expected.number]);
    const inBlock = Array.from({ length: lattice.block.side ** 2 }, (_, i) => numberInBlock(lattice, i));
    assert.deepEqual(inBlock, expected.shown);
    assert.ok(Math.abs(now.width() - expected.width) < 1e-12 * expected.width);
    assert.ok(Math.abs(now.overlap() - expected.overlap) < 1e-12);
    const lit = Array.from({ length: size * size }, (_, i) => now.lit.at(Math.floor(i / size), i % size));
    assert.deepEqual(lit, expected.lit);
    assert.ok(Math.abs(now.lit.mean - lit.reduce((sum, count) => sum + count) / lit.length) < 1e-12);
    assert.equal(now.lit.dark, lit.filter((count) => !count).length / lit.length);
    // both compute in double precision, and round to float32 at the end
    assert.ok(largestDifference(now.amplitude, float32(expected.amplitude)) <= 6e-8 * now.most);
    expected.phase.forEach((phase, i) => {
      const turns = phase === null ? 0 : now.cycles[i] - phase / (2 * Math.PI);
      // amplitudes down to 1e-9 of rounding errors of some 1e-16
      assert.ok(Math.abs(turns - Math.round(turns)) < 1e-6, `pixel ${i}`);
    });
    assert.ok(largestDifference(now.limits(expected.contrast), expected.limits) < 1e-15);
    const tolerance = electrons === null ? 6e-8 : 0; // counts are the same counts
    assert.ok(largestDifference(now.pattern, float32(expected.pattern)) <= tolerance * Math.max(...expected.pattern));
    assert.ok(largestDifference(now.whole(), float32(expected.whole)) <= tolerance * Math.max(...expected.whole));
  });
}

test("every intensity is somewhere: a pattern sums to one", () => {
  const sum = stateOf(states[0])
    .whole()
    .reduce((total, value) => total + value, 0);
  assert.ok(Math.abs(sum - 1) < 1e-6);
});

test("of a change that leaves the probe as it is, the probe costs nothing", () => {
  const now = stateOf(states[0]);
  now.amplitude.fill(-1);
  now.update(new Set(["position", "step", "cmap"]));
  assert.ok(now.amplitude.every((value) => value === -1));
  now.update(new Set(["defocus"]));
  assert.ok(now.amplitude.every((value) => value >= 0));
});

test("the nearest position is chosen, beyond the last one the first", () => {
  for (const [wanted, centre] of [
    [[0, 63], [0, 0]],
    [[61, 2], [60, 4]], // halves go up
    [[62, 33], [0, 32]],
  ])
    assert.deepEqual(scanLattice(64, 4, wanted).centre, centre);
  const lattice = scanLattice(64, 4, [36, 8]);
  assert.deepEqual(centres(lattice)[lattice.number], [36, 8]);
  assert.deepEqual(lattice.block, { side: 8, row: 8, column: 0 });
  assert.deepEqual(scanLattice(64, 32, [36, 8]).block, { side: 2, row: 0, column: 0 });
});

test("what a model holds beyond the sliders is shown at their ends", () => {
  const now = stateOf({ ...states[0], defocus: 1e6, electrons: 1e12, step: 5, position: [99, -3] });
  assert.equal(now.defocus(), meta.ranges.defocus[1]);
  assert.equal(now.electrons(), 1e6);
  assert.equal(now.step(), 2);
  assert.deepEqual(now.lattice.centre, [0, 0]);
});

test("the status says width, steps, overlap, patterns, light and electrons", () => {
  const said = (traits) => words.statusText(stateOf({ ...states[0], ...traits }), meta.sampling).replaceAll("\u00a0", " ");
  assert.equal(
    said({}),
    "defocus 300 Å: probe 4.8 Å wide, steps of 3.2 Å, overlap 33 %, 16 patterns; each pixel lit by 1.6 probes on " +
      "average; without counting noise",
  );
  assert.match(said({ defocus: -150, electrons: 12_500 }), /^defocus −150 Å: .* no overlap, .*; 44 % of the object in the dark; 12\u202f500 electrons a pattern, \d+ in a pixel of the disk, exposure 1$/);
});

test("a mosaic is filled picture by picture, and goes on from where it is when it begins anew", () => {
  const filled = [];
  const mosaic = createMosaic(2, (index, values) => {
    filled.push(index);
    values.fill(index);
  });
  mosaic.begin(2);
  assert.equal(mosaic.pixels(), 5);
  assert.deepEqual([mosaic.next(), mosaic.next()], [true, true]);
  mosaic.begin(2);
  while (mosaic.next());
  assert.deepEqual(filled, [0, 1, 2, 3, 0, 1]);
  assert.equal(mosaic.next(), false);
  const painted = new Uint8ClampedArray(4 * 25);
  const panel = { setShape: (shape) => assert.deepEqual(shape, [5, 5]), draw: (fill) => fill(painted) };
  mosaic.paint(panel, [0, 3], "gray");
  assert.deepEqual([0, 1, 2, 3, 4].map((x) => painted[4 * (20 + x)]), [170, 170, 0, 255, 255]); // the last row
  assert.equal(painted[4 * 22 + 3], 0); // transparent between them
  painted.fill(7);
  mosaic.paint(panel, [0, 3], "gray"); // nothing new
  assert.ok(painted.every((byte) => byte === 7));
  assert.deepEqual([mosaic.at(4, 1), mosaic.at(2, 0)], [{ index: 2, value: 2 }, { index: -1 }]);
});

test("work goes on in portions with the next frames, and stops with the view", (t) => {
  const frames = [];
  globalThis.requestAnimationFrame = (callback) => frames.push(callback);
  t.after(() => delete globalThis.requestAnimationFrame);
  let [clock, left, painted] = [0, 5, 0];
  t.mock.method(performance, "now", () => clock);
  const states = [];
  const leaving = new AbortController();
  const portions = createPortions({
    next: () => {
      clock += 3; // ms a piece, of 5 in a frame
      return --left > 0;
    },
    paint: () => painted++,
    busy: (on) => states.push(on),
    signal: leaving.signal,
  });
  portions.start();
  portions.start();
  assert.equal(frames.length, 1);
  while (frames.length) frames.shift()();
  assert.deepEqual([left, painted, states.at(-1)], [0, 3, false]);
  left = 4;
  portions.finish();
  assert.deepEqual([left, painted], [0, 4]);
  left = 4;
  portions.start();
  leaving.abort();
  frames.shift()();
  assert.deepEqual([left, frames.length], [4, 0]);
});
