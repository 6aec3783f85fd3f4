// Trees of merges and what CrystalliteMap shows of them, worked out without a browser: what Python has.
import assert from "node:assert/strict";
import test from "node:test";
import { hueName, paintHues } from "../../tcbf_widgets/widgets/shared/colour.js";
import { crystalliteState } from "../../tcbf_widgets/widgets/shared/crystallite_state.js";
import { brightIn, detectorTitle, featurePlace, status } from "../../tcbf_widgets/widgets/shared/crystallite_words.js";
import { joinedBorders } from "../../tcbf_widgets/widgets/shared/joined_borders.js";
import { adjustedRandIndex, branches, createTree } from "../../tcbf_widgets/widgets/shared/merge_tree.js";
import { golden, largestDifference } from "./golden.mjs";
import { packed } from "./packed.mjs";

const { trees, indices, borders, map } = golden.merges;
const TYPES = { uint8: Uint8Array, uint16: Uint16Array, int32: Int32Array, float32: Float32Array };

for (const { leaves, sizes, places, range, cuts, ...top } of trees) {
  const tree = createTree(Uint8Array.from(leaves), top);
  test(`a tree of ${tree.count} leaves: nodes, their sizes and places`, () => {
    assert.deepEqual(tree.sizes, sizes);
    assert.ok(largestDifference(tree.places(), places) < 1e-12);
  });
  for (const { threshold, nodes, labels, branches: theirs } of cuts) {
    test(`cut at ${threshold.toFixed(3)}, ${nodes.length} of ${tree.count} are left`, () => {
      const cut = tree.cut(threshold);
      assert.deepEqual(cut.nodes, nodes);
      assert.deepEqual(cut.sizes, nodes.map((node) => sizes[node]));
      assert.deepEqual(leaves.map((leaf) => cut.placeOf[leaf]), labels);
      const { lines, stems } = branches(tree, cut, threshold, range);
      const written = (all) => all.map(({ place, points }) => JSON.stringify([place, points])).sort();
      assert.deepEqual(written(lines), written(theirs));
      assert.deepEqual(stems, nodes.map((node) => tree.places()[node]));
    });
  }
}

test("the adjusted Rand index is that of scikit-learn", () => {
  for (const { table, index } of indices) assert.ok(Math.abs(adjustedRandIndex(table) - index) < 1e-12);
  assert.equal(adjustedRandIndex([[7]]), 1); // all in one, and rightly so
  assert.equal(adjustedRandIndex([[2, 2]]), 0);
});

test("borders are joined to as few lines as in Python, over the same edges", () => {
  for (const { shape, numbers, lines, length } of borders) {
    const path = joinedBorders(numbers, shape);
    assert.equal((path.match(/M/g) ?? []).length, lines);
    const edges = path.match(/[hv]-?1/g) ?? [];
    assert.equal(edges.length, length);
  }
  assert.equal(joinedBorders([0, 1, 0, 0], [2, 2]), "M1 0v1h1");
  assert.equal(joinedBorders([0, 0, 0, 0, 1, 0, 0, 0, 0], [3, 3]).match(/M/g).length, 1); // closed
});

/** A model with the arrays of the golden widget, without some of them. */
function model(state, without = []) {
  const kept = Object.entries(map.arrays).filter(([name]) => !without.includes(name));
  const arrays = Object.fromEntries(
    kept.map(([name, { values, dtype, shape, scale, offset }]) => [
      name,
      packed(TYPES[dtype].from(values), shape, { dtype, scale, offset }),
    ]),
  );
  const traits = { arrays, ...state };
  return { get: (name) => traits[name], set: (changes) => Object.assign(traits, changes) };
}

test("state after state: labels, virtual dark field, mean pattern, mean features and words are Python's", () => {
  const shown = model(map.states[0].traits);
  const now = crystalliteState(shown, map.meta);
  for (const { traits, labels, field, detector, limits, strengths, words: said } of map.states) {
    shown.set(traits);
    now.update();
    assert.deepEqual([...now.labels], labels);
    assert.deepEqual([...now.field()], field);
    assert.deepEqual([...now.detector()], detector);
    assert.deepEqual(now.detectorLimits(), limits.map(Math.fround));
    if (strengths) assert.ok(largestDifference(now.strengths(), strengths) < 1e-9);
    assert.equal(now.node === null, strengths === null);
    assert.deepEqual([status(now), brightIn(now.brightness()), featurePlace(now, map.meta.detector)], said);
  }
});

test("what is under the mouse is looked at, and what was chosen again when it leaves", () => {
  const shown = model({ ...map.states[1].traits, feature: 1 });
  const now = crystalliteState(shown, map.meta);
  now.update();
  const chosen = now.node;
  now.hovered = { feature: 4, position: [0, 0] };
  now.update();
  assert.deepEqual([now.feature, now.chosen], [4, now.numberAt(0, 0)]);
  assert.deepEqual(now.is, { otherCut: false, otherFeature: true, otherNode: now.node !== chosen });
  now.hovered = { feature: null, position: null };
  now.update();
  assert.deepEqual([now.feature, now.node], [1, chosen]);
});

test("without data there are no mean patterns, without maps no picture of all frames, without truth no index", () => {
  const state = { ...map.states[0].traits, position: [0, 6] };
  const of = (without, traits = {}) => {
    const now = crystalliteState(model({ ...state, ...traits }, without), map.meta);
    now.update();
    return now;
  };
  assert.deepEqual(detectorTitle(of([])), ["Crystallite 3", "√ of mean"]);
  assert.deepEqual(detectorTitle(of(["patterns"])), ["Crystallite 3", "features"]);
  assert.deepEqual(detectorTitle(of([], { position: null })), ["All frames", "ln(1 + s)"]);
  const bare = of(["patterns", "map", "truth"], { position: null, true_boundaries: true });
  assert.deepEqual(detectorTitle(bare), ["All frames", "places"]);
  assert.equal(bare.detector().length, map.meta.detector.shape[0] * map.meta.detector.shape[1]);
  assert.deepEqual(bare.detectorLimits(), [0, 1]);
  assert.ok(!status(bare).includes("Rand"));
});

test("hues are painted by their places in the table", () => {
  const rgba = paintHues([1, 0], [0, 11], new Uint8ClampedArray(8));
  assert.deepEqual([...rgba], [0xa2, 0x7c, 0x3d, 255, 0xe2, 0xa0, 0x8c, 255]);
  assert.equal(hueName(0), "#e2a08c");
});
