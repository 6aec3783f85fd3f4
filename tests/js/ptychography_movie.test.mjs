// The runs of PtychographyMovie and what is shown of them, worked out without a browser.
import assert from "node:assert/strict";
import test from "node:test";
import { movieState, roundUp, TRAITS } from "../../tcbf_widgets/widgets/shared/movie_state.js";
import { small, statusText } from "../../tcbf_widgets/widgets/shared/movie_words.js";
import { brief } from "../../tcbf_widgets/widgets/shared/numbers.js";
import { frameAt, placeOf, runsOf } from "../../tcbf_widgets/widgets/shared/runs.js";
import { packed } from "./packed.mjs";

/** A run as Python sends it: two pixels in a byte each, both the number of the epoch, which count tenths of a rad. */
function sent(label, numbers, { kept = numbers, run } = {}) {
  const curves = [(n) => 1 / (n + 1), (n) => 10 + n, (n) => n / 10, (n) => 0.5 / (n + 1)];
  return {
    label,
    ...(run === undefined ? {} : { run }),
    numbers: packed(Int32Array.from(numbers), [numbers.length]),
    curves: packed(Float32Array.from(curves.flatMap((of) => numbers.map(of))), [4, numbers.length]),
    shape: [1, 1, 2],
    frames: kept.map((epoch, i) => ({ epoch, at: 2 * i, dtype: "uint8", scale: 0.1, offset: 0 })),
    images: packed(Uint8Array.from(kept.flatMap((epoch) => [epoch, epoch])), [2 * kept.length]),
  };
}

function model(state) {
  const values = { epoch: -1, run: "a", layer: 0, error_range: 0, contrast: [0, 100], arrays: {}, latest: {}, ...state };
  return { get: (name) => values[name], set: (other) => Object.assign(values, other) };
}

test("epochs that come later are appended, once only, to what all views see", () => {
  const one = model({ runs: { 0: sent("a", [0, 1]), 1: sent("b", [0]) } });
  const seen = runsOf(one);
  assert.deepEqual(seen.map(({ label }) => label), ["a", "b"]);
  one.set({ latest: sent("a", [2, 3], { run: 0, kept: [3] }) });
  for (let view = 0; view < 2; view++) assert.equal(runsOf(one), seen);
  assert.deepEqual(seen[0].numbers, [0, 1, 2, 3]);
  assert.deepEqual(seen[0].psnr, [10, 11, 12, 13]);
  assert.deepEqual(seen[0].frames.map(({ epoch }) => epoch), [0, 1, 3]);
  assert.deepEqual(seen[1].numbers, [0]);
  // what was missed on the way leaves a gap, until all is sent again
  one.set({ latest: sent("a", [7], { run: 0 }) });
  assert.deepEqual(runsOf(one)[0].numbers, [0, 1, 2, 3, 7]);
  one.set({ latest: {}, runs: { 0: sent("a", [0, 1, 2, 3, 4, 5, 6, 7]) } });
  assert.deepEqual(runsOf(one)[0].numbers, [0, 1, 2, 3, 4, 5, 6, 7]);
});

test("what belongs to a run that is not there is left out", () => {
  assert.deepEqual(runsOf(model({ runs: {}, latest: sent("a", [1], { run: 0 }) })), []);
  assert.deepEqual(runsOf(model({})), []);
});

test("an epoch without an image shows the last one before it", () => {
  const [run] = runsOf(model({ runs: { 0: sent("a", [2, 3, 4, 5, 6], { kept: [2, 4, 6] }) } }));
  assert.deepEqual([0, 2, 3, 4, 5, 6, 9].map((number) => frameAt(run, number).epoch), [2, 2, 2, 4, 4, 6, 6]);
  assert.deepEqual([0, 2, 3, 9].map((number) => placeOf(run.numbers, number)), [0, 0, 1, 4]);
});

function shown(state) {
  const one = model({ runs: { 0: sent("a", [0, 1, 2, 3]), 1: sent("b", [0, 1]) }, ...state });
  const now = movieState(one);
  const update = (other) => {
    one.set(other);
    return now.update(new Set(Object.keys(other)));
  };
  now.update(new Set([...TRAITS, "contrast"]));
  return { now, update };
}

test("the newest epoch is shown, also when it is newer than before, until another is asked for", () => {
  const { now, update } = shown();
  assert.deepEqual([now.epoch, now.last], [3, 3]);
  update({ latest: sent("a", [4], { run: 0 }) });
  assert.deepEqual([now.epoch, now.last], [4, 4]);
  update({ epoch: 1 });
  update({ latest: sent("a", [5], { run: 0 }) });
  assert.deepEqual([now.epoch, now.last], [1, 5]);
  // of a shorter run, its last one
  update({ epoch: 4 });
  update({ run: "b" });
  assert.deepEqual([now.epoch, now.last, now.chosen], [1, 1, 1]);
});

test("where there are several slices, the numbers are said to be those of all", () => {
  const now = { ...shown().now, layers: 2, layer: 1 };
  assert.match(statusText(now), /^a, epoch 3 of 3, slice 2 of 2 shown; both slices: loss 0\.25, PSNR/);
  assert.match(statusText({ ...now, layers: 3 }), /, slice 2 of 3 shown; all 3 slices: loss/);
});

test("short numbers have an exponent below a thousandth", () => {
  const said = [0, 1, 0.05, 0.001, 0.0005, -0.00005, 2e-9].map(brief);
  assert.deepEqual(said, ["0", "1", "0.05", "0.001", "5e−4", "−5e−5", "2e−9"]);
});

test("with an original, images are errors: the reconstruction is their sum", () => {
  const truth = packed(Float32Array.of(0.25, 0.5), [1, 1, 2]);
  const { now, update } = shown({ arrays: { truth }, epoch: 2 });
  const expected = [0.25, 0.5].map((phase) => Math.fround(phase + Math.fround(0.2)));
  assert.deepEqual([...now.pictures.reconstruction], expected);
  assert.deepEqual(now.range, [0.25, 0.5]);
  assert.equal(now.span, 0.5); // above 0.2 in float32
  update({ error_range: 0.3 });
  assert.equal(now.span, 0.3);
  assert.match(statusText(now), /^a, epoch 2 of 3: loss 0\.33, PSNR 12\.0\u00a0dB, SSIM 0\.200, phase error 0\.17\u00a0rad$/);
});

test("without an original the range is that of the last image of the run, and never none", () => {
  const { now } = shown({ epoch: 0 });
  assert.deepEqual(Object.keys(now.pictures), ["reconstruction"]);
  const phase = Math.fround(3 * 0.1); // the same everywhere
  assert.deepEqual(now.range, [phase - 0.1, phase + 0.1]);
});

test("an image of another object than the original's is not shown", () => {
  const truth = packed(new Float32Array(3), [1, 1, 3]);
  const one = model({ arrays: { truth }, runs: { 0: sent("a", [0]) } });
  assert.equal(movieState(one).update(new Set(TRAITS)), false);
});

test("ranges are rounded up as in Python", () => {
  for (const [value, expected] of [
    [0.011, 0.02],
    [0.02, 0.02],
    [1, 1],
    [6e-5, 1e-4],
    [3.2, 5],
    [0, 1e-9],
  ])
    assert.equal(roundUp(value), expected);
});

test("small numbers are written as in Python", () => {
  for (const [value, text] of [
    [0.0054, "0.0054"],
    [0.00012, "1.2e−4"],
    [0.31, "0.31"],
    [12, "12"],
    [0, "0"],
    [NaN, "–"],
  ])
    assert.equal(small(value), text);
});

test("where an epoch has no image of its own, the status says of which one it is", () => {
  const one = model({ runs: { 0: sent("", [0, 1, 2, 3], { kept: [0, 2, 3] }) }, epoch: 1 });
  const now = movieState(one);
  now.update(new Set([...TRAITS, "contrast"]));
  assert.match(statusText(now), /^epoch 1 of 3: .*; images of some epochs only, this of epoch 0$/);
  assert.match(statusText(now, { binning: 1 }), /epoch 0$/);
  assert.match(statusText(now, { binning: 3 }), /; images of some .*; images binned, 3.×.3 pixels to one$/);
});
