// What the views look at, worked out without a browser: a stack of five pixels in a cross, images of 2 x 3.
import assert from "node:assert/strict";
import test from "node:test";
import { unpackArray } from "../../tcbf_widgets/widgets/shared/arrays.js";
import { fieldData } from "../../tcbf_widgets/widgets/shared/field_data.js";
import { fieldState } from "../../tcbf_widgets/widgets/shared/field_state.js";
import { maskState } from "../../tcbf_widgets/widgets/shared/mask_levels.js";
import { golden, largestDifference } from "./golden.mjs";
import { array } from "./packed.mjs";

const cross = {
  pixels: array(Int16Array.from([10, 10, 9, 10, 11, 10, 10, 9, 10, 11]), [5, 2]),
  counts: array(
    Uint8Array.from({ length: 30 }, (_, i) => 1 + Math.floor(i / 6)),
    [5, 2, 3],
  ),
  mean_counts: array(Float32Array.from([1, 2, 3, 4, 5]), [5]),
};
const meta = {
  center: [10, 10],
  reciprocal_sampling: [0.5, 0.5],
  scan_sampling: [10, 10],
  disk_radius: 1.5,
  bins: [4, 1],
  group_counts: [1, 5],
};
const model = (state) => ({ get: (name) => state[name] });

test("masks: level and group are clamped, and the group under the mouse goes first", () => {
  const groups = array(Uint16Array.from([0, 0, 0, 0, 0, 0, 1, 2, 3, 4]), [2, 5]);
  const now = maskState(model({ level: 7, group: 99 }), { ...cross, groups }, meta);
  assert.deepEqual([now.at(), now.group(), now.level().range], [1, 4, "1 pixel"]);
  now.hovered = 2;
  assert.equal(now.group(), 2);
  assert.deepEqual([...now.image()], [1, 1, 1, 1, 1, 1]);
});

test("masks: a change of bin stays over the same part of the disk", () => {
  const groups = array(Uint16Array.from([0, 1, 2, 3, 4, 0, 4, 3, 2, 1]), [2, 5]);
  const now = maskState(model({ level: 0, group: 1 }), { ...cross, groups }, { ...meta, group_counts: [5, 5] });
  assert.equal(now.sameplace(1), 4);
});

function crossField(state) {
  const k = [0, 0, -0.5, 0, 0.5, 0, 0, -0.5, 0, 0.5];
  const last = k.map((value) => 20 * value);
  const measured = array(Float32Array.from([...k.map(() => 0), ...last]), [2, 5, 2]);
  const fit = array(Float32Array.from([0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 14]), [2, 3, 2]);
  const data = fieldData({ ...cross, measured, fit }, meta);
  return {
    data,
    now: fieldState(model({ spacing: 1, iteration: 1, selected: 4, field: "measured", ...state }), data),
  };
}

test("field: one arrow per pixel at spacing 1, one for all at 16", () => {
  assert.equal(crossField({}).now.cells().k.length, 5);
  assert.equal(crossField({ spacing: 16 }).now.cells().k.length, 1);
  assert.deepEqual(crossField({ spacing: 16 }).now.shift(), [0, 0]);
});

test("field: measured, fitted and what is between them", () => {
  const { data, now } = crossField({});
  assert.deepEqual(now.shift(), [0, 10]);
  // an image is moved by its arrow, which is the fitted one where the measured ones are rings
  for (const field of ["fitted", "both"]) assert.deepEqual(crossField({ field }).now.shift(), [0, 7]);
  assert.deepEqual(crossField({ field: "residual" }).now.shift(), [0, 10]);
  assert.equal(now.longest(), 10);
  assert.deepEqual([...data.residual(1)].map(String), ["NaN", "0", "NaN", "3", "0", "3", "NaN", "0", "NaN"]);
  assert.ok(Math.abs(now.rms() - Math.sqrt(18 / 5)) < 1e-6);
});

test("field: the axes hold every arrow of the last step", () => {
  const { data } = crossField({});
  const scale = (0.35 * data.radius) / data.longest;
  assert.ok(data.half >= 0.5 + 10 * scale);
  assert.ok(data.half >= data.radius);
});

test("field: before the first step nothing moves", () => {
  const { now } = crossField({ iteration: 0 });
  assert.deepEqual([...now.after()], [...now.before()]);
  assert.equal(now.longest(), 0);
});

test("masks: a level may have more groups than a call takes arguments", () => {
  const side = 400;
  const count = side * side;
  const place = (i) => (i % 2 ? (i >> 1) % side : Math.floor((i >> 1) / side));
  const pixels = array(Int16Array.from({ length: 2 * count }, (_, i) => place(i)), [count, 2]);
  const groups = array(Uint32Array.from({ length: count }, (_, i) => i), [1, count]);
  const meta = { bins: [1], group_counts: [count] };
  const now = maskState(model({ level: 0, group: 70000 }), { pixels, groups }, meta);
  assert.equal(now.level().range, "1 pixel");
  assert.equal(now.level().members[70000][0], 70000);
});

function goldenField() {
  const { arrays, meta } = golden.arrows;
  const view = (text) => new DataView(Uint8Array.from(Buffer.from(text, "base64")).buffer);
  const unpack = (packed) => unpackArray({ ...packed, data: view(packed.data) });
  const packed = Object.entries(arrays).map(([name, array]) => [name, unpack(array)]);
  return fieldData(Object.fromEntries(packed), meta);
}

// Python orders the cells by place, the view by first appearance
const place = ([ky, kx]) => Math.round(ky * 1e5) * 1e6 + Math.round(kx * 1e5);
const byPlace = (k, ...fields) =>
  k
    .map((pair, i) => [...pair, ...fields.flatMap((field) => field[i])])
    .sort((a, b) => place(a) - place(b))
    .flat();

for (const { spacing, iteration, k, measured, fitted } of golden.arrows.states) {
  test(`field: arrows at spacing ${spacing}, step ${iteration} equal ShiftField.arrows()`, () => {
    const data = goldenField();
    const cells = data.cells(spacing);
    const drawn = data.vectors(spacing, iteration);
    const here = byPlace(cells.k, drawn.measured, drawn.fitted);
    assert.ok(largestDifference(here, byPlace(k, measured, fitted)) < 1e-5);
  });
}

test("widgets of a notebook, each with code of its own, have ids of their own", async () => {
  const [first, second] = await Promise.all(
    [1, 2].map((copy) => import(`../../tcbf_widgets/widgets/shared/dom.js?copy=${copy}`)),
  );
  assert.notEqual(first.uniqueId("slider"), second.uniqueId("slider"));
  assert.notEqual(first.uniqueId("slider"), first.uniqueId("slider"));
});
