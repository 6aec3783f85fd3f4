// The missing wedge, worked out without a browser: cuts, weights, depth resolutions and words are those of Python.
import assert from "node:assert/strict";
import test from "node:test";
import { createCuts, frequencies, sectioningLimit, wedgeWeight } from "../../tcbf_widgets/widgets/shared/wedge.js";
import { TRAITS, wedgeState } from "../../tcbf_widgets/widgets/shared/wedge_state.js";
import { deepest, half, status } from "../../tcbf_widgets/widgets/shared/wedge_words.js";
import { golden, largestDifference } from "./golden.mjs";
import { array } from "./packed.mjs";

// float32 of numbers up to 1
const ROUNDING = 1e-7;

/** State of a view, and a function that changes it. */
function shown({ shape, sampling, thickness, wavelength = 0.0196875, phases }, state = {}) {
  const [slices, rows] = shape;
  const values = { beta: 30, semiangle: 30, depth: 0, y: 0, contrast: [1, 99], ...state };
  const ranges = {
    beta: [0, 1000],
    semiangle: [5, 60],
    depth: [0, (slices - 1) * thickness],
    y: [0, (rows - 1) * sampling],
  };
  const meta = { sampling, thickness, wavelength, ranges, picture: [160, 96], sizes: [4 * sampling, 40 * sampling] };
  const now = wedgeState({ get: (name) => values[name] }, meta, array(Float32Array.from(phases), shape));
  const change = (other) => {
    Object.assign(values, other);
    now.update(new Set(Object.keys(other)));
  };
  now.update(new Set([...TRAITS, "contrast"]));
  return { now, change, meta };
}

for (const { states, ...example } of golden.wedges) {
  const { now, change, meta } = shown(example);
  for (const { beta, semiangle, depth, y, cuts, weight, sizes, distances, status: said } of states) {
    test(`slices of ${example.shape.join(" x ")}, β ${beta}, ${semiangle} mrad: what Python has`, () => {
      change({ beta, semiangle, depth, y });
      for (const [name, { section, plane }] of Object.entries(cuts)) {
        assert.ok(largestDifference(now.pictures[name].section, section) < ROUNDING, `${name}, section`);
        assert.ok(largestDifference(now.pictures[name].plane, plane) < ROUNDING, `${name}, plane`);
      }
      const few = now.weight.filter((_, i) => Math.floor(i / 96) % 16 === 0 && (i % 96) % 12 === 0);
      assert.ok(largestDifference(few, weight) < ROUNDING);
      sizes.forEach((size, i) => {
        for (const [name, value] of Object.entries(now.resolution(size))) {
          const theirs = distances[name][i] ?? Infinity; // JSON has none
          assert.ok(value === theirs || Math.abs(value / theirs - 1) < 1e-12, `${name} at ${size} Å`);
        }
      });
      assert.ok(Number.isFinite(deepest(now, meta)));
      assert.equal(status(now, meta).replaceAll("\u00a0", " "), said);
    });
  }
}

const block = { shape: [4, 6, 10], sampling: 0.5, thickness: 10, phases: Array.from({ length: 240 }, (_, i) => i % 7) };

test("with nothing taken away, section and plane are those of the object", () => {
  const { now } = shown(block, { beta: 0, depth: 20, y: 1.5 });
  for (const cut of ["section", "plane"])
    assert.ok(largestDifference(now.pictures.weighted[cut], now.pictures.object[cut]) < 7 * ROUNDING);
  assert.equal(now.pictures.object.section[13], block.phases[(1 * 6 + 3) * 10 + 3]);
  assert.equal(now.pictures.object.plane[13], block.phases[2 * 60 + 13]);
});

test("only what a slider changes is computed anew", () => {
  const { now, change } = shown(block);
  const anew = (state) => {
    change(state);
    const changed = ([name, { changed }]) => Object.keys(changed).filter((cut) => changed[cut]).map((cut) => `${name} ${cut}`);
    return Object.entries(now.pictures).flatMap(changed);
  };
  assert.deepEqual(anew({ beta: 3 }), ["weighted section", "weighted plane"]);
  assert.deepEqual(anew({ semiangle: 12 }), ["recorded section", "recorded plane"]);
  assert.deepEqual(anew({ depth: 30 }), ["object plane", "recorded plane", "weighted plane"]);
  assert.deepEqual(anew({ y: 1 }), ["object section", "recorded section", "weighted section"]);
  assert.deepEqual(anew({ cmap: "magma" }), []);
});

test("places are those of the nearest slice and row, within the object", () => {
  const { now, change } = shown(block);
  for (const [depth, y, slice, row] of [
    [14.9, 0.24, 1, 0],
    [15, 0.25, 2, 1],
    [1e9, 1e9, 3, 5],
    [-5, -1, 0, 0],
  ]) {
    change({ depth, y });
    assert.deepEqual([now.slice(), now.row()], [slice, row]);
  }
});

test("the weight is 1 at zero and for β 0, 0 along the beam, one half on its cone", () => {
  assert.equal(wedgeWeight(0, 0, 7), 1);
  assert.equal(wedgeWeight(0.3, 0.01, 0), 1);
  assert.equal(wedgeWeight(0.3, 0, 7), 0);
  assert.ok(Math.abs(wedgeWeight(0.02, 0.25, 25) - 0.5) < 1e-12);
});

test("the limit of the beam closes at 2α/λ", () => {
  assert.equal(sectioningLimit(0, 0.03, 0.02), 0);
  assert.ok(Math.abs(sectioningLimit(1.5, 0.03, 0.02) - 0.0225) < 1e-12);
  assert.equal(sectioningLimit(3.1, 0.03, 0.02), 0);
});

test("frequencies of even and odd numbers of pixels", () => {
  assert.deepEqual([...frequencies(4, 0.5)], [0, 0.5, -1, -0.5]);
  assert.deepEqual([...frequencies(5, 1)].map((f) => Number(f.toFixed(9))), [0, 0.2, 0.4, -0.4, -0.2]);
});

test("a table of weights is used again", () => {
  const cuts = createCuts({ shape: [2, 4, 4], steps: [10, 1] }, Float32Array.from({ length: 32 }, Math.random));
  const table = cuts.weights(() => 0);
  assert.ok(cuts.section(table, 1).every((value) => value === 0));
  assert.equal(cuts.weights(() => 1, table), table);
  assert.ok(table.every((value) => value === 1));
});

test("from the largest size with a depth on, the beam's resolution is the thickness of the object", () => {
  const { now, change, meta } = shown(block, { semiangle: 40 });
  const size = deepest(now, meta);
  assert.ok(Math.abs(now.resolution(size).beam - now.deep) < 1e-9);
  change({ semiangle: 5 }); // λ/α² is 787 Å
  assert.equal(deepest(now, meta), 0);
});

test("the status says angle, sizes and lengths", () => {
  const { now, change, meta } = shown({ ...block, thickness: 100 }, { beta: 1, semiangle: 20 });
  assert.equal(half(1), "half weight at 45°");
  assert.equal(half(50), "half weight at 20\u00a0mrad");
  assert.equal(
    status(now, meta).replaceAll("\u00a0", " "),
    "β 1: half weight at 45°, the beam reaches 20 mrad; detail of 2 Å keeps 6.6 nm of depth in the beam, 0.10 nm " +
      "weighted; shapes of 20 Å smear over 51 nm and 1.0 nm",
  );
  change({ beta: 0 });
  assert.match(status(now, meta), /^β 0: nothing is taken away, .* in the beam; shapes of 20.Å smear over 51.nm$/);
  assert.ok(now.curves.weight[1].every(Number.isNaN));
  change({ semiangle: 5, beta: 2 });
  assert.match(status(now, meta), /: half weight at 27°, .*; detail of 2.Å smears over 1280.nm in the beam, 0.20.nm w/);
  assert.match(shownStatus({ ...block, sampling: 0.2 }, { semiangle: 5 }), /detail of 0.8.Å is not recorded, /);
});

function shownStatus(example, state) {
  const { now, meta } = shown(example, state);
  return status(now, meta);
}
