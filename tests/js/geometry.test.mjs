import assert from "node:assert/strict";
import test from "node:test";
import { fourierShift, shiftKernel } from "../../tcbf_widgets/widgets/shared/fourier_shift.js";
import * as grouping from "../../tcbf_widgets/widgets/shared/grouping.js";
import { fixed, compact, tickLabels, ticks } from "../../tcbf_widgets/widgets/shared/numbers.js";
import * as quiver from "../../tcbf_widgets/widgets/shared/quiver.js";
import { lengthLabel, niceLength, scaleBar } from "../../tcbf_widgets/widgets/shared/scalebar.js";
import { float32, golden, largestDifference } from "./golden.mjs";

for (const { shape, shift, image, expected } of golden.shifts) {
  test(`a ${shape.join(" x ")} image shifted by (${shift}) equals numpy's FFT to float32 rounding`, () => {
    assert.ok(largestDifference(fourierShift(float32(image), shape, shift), expected) < 2e-7);
  });
}

test("a shift by whole pixels only moves, and the kernel keeps the mean", () => {
  assert.deepEqual(
    [...fourierShift(float32([1, 2, 3, 4]), [1, 4], [0, 1])].map((v) => Math.round(v * 1e6) / 1e6),
    [2, 3, 4, 1],
  );
  assert.ok(Math.abs(shiftKernel(24, 0.37).reduce((a, b) => a + b) - 1) < 1e-12);
});

test("mean image of a group equals numpy's", () => {
  const { counts, size, means, members, image } = golden.grouping;
  const mean = grouping.meanImage(Uint8Array.from(counts), float32(means), members, size);
  assert.ok(largestDifference(mean, image) < 2e-7);
});

test("a group whose pixels received nothing has no image", () => {
  assert.ok(grouping.meanImage(new Uint8Array(4), float32([0]), [0], 4).every(Number.isNaN));
});

test("cells of the arrow grid equal numpy's", () => {
  const { pixels, center, spacing, cell_of: expected } = golden.grouping;
  assert.deepEqual([...grouping.gridCells(Int16Array.from(pixels), center, spacing).cellOf], expected);
});

test("at spacing 1 every pixel is its own cell, also when the centre lies between pixels", () => {
  const pixels = Int16Array.from([0, 0, 0, 1, 1, 0, 1, 1, 2, 2]);
  assert.equal(grouping.gridCells(pixels, [0.5, 0.5], 1).cells.length, 5);
});

test("outline of a group, and its place in the bounding box", () => {
  const { origin, shape, map } = grouping.groupMap(Int16Array.from([5, 7, 5, 8, 6, 7]), [0, 1, 0]);
  assert.deepEqual(
    [origin, shape, [...map]],
    [
      [5, 7],
      [2, 2],
      [0, 1, 0, -1],
    ],
  );
  assert.equal(grouping.boundaryPath(map, shape, 1), "M1 0h1M1 1h1M1 0v1M2 0v1");
  // edges in one line are drawn in one; nothing around what is no pixel
  assert.equal(grouping.boundaryPath(map, shape), "M0 0h2M1 1h1M0 2h1M0 0v2M1 0v2M2 0v1");
  assert.deepEqual([...grouping.groupSizes([0, 1, 0], 2)], [2, 1]);
});

test("arrow: shaft, then two barbs no longer than the head; nothing for NaN, a dot for no length", () => {
  const scale = { toX: (x) => x, toY: (y) => y, scale: 2 };
  const box = { left: 0, right: 10, top: 0, bottom: 10 };
  assert.equal(quiver.leaves([[5, 5]], [[2.5, 2.5]], scale, box), false);
  assert.equal(
    quiver.leaves([[5, 5], [5, 5]], [[0, 0], [0, -2.6]], scale, box),
    true,
  );
  assert.equal(quiver.leaves([[5, 5]], [[NaN, NaN]], scale, box), false);
  assert.match(quiver.arrowPath(0, 0, 100, 0, 6), /^M0 0L100 0M94\.6 -2\.6L100 0L94\.6 2\.6$/);
  assert.equal(quiver.arrowPath(0, 0, NaN, 0, 6), "");
  assert.equal(quiver.arrowPath(3, 4, 0, 0, 6), "M3 4h.01");
});

test("tips are circles around the arrows' ends", () => {
  const view = { toX: (x) => x, toY: (y) => y, scale: 10, radius: 2 };
  assert.equal(
    quiver.tipPath(
      [
        [1, 2],
        [0, 0],
      ],
      [
        [0.5, 1],
        [NaN, 0],
      ],
      view,
    ),
    "M10 6a2 2 0 1 0 4 0a2 2 0 1 0 -4 0",
  );
});

test("an affine field is [1, ky, kx] @ fit", () => {
  const field = quiver.affineField([1, 10], [0.5, 0.25, 2, 3, 4, 5]);
  assert.deepEqual([...field], [0.5 + 2 + 40, 0.25 + 3 + 50]);
});

test("arrow keys choose the neighbour in their direction and stay at the rim", () => {
  const points = [
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 1],
  ];
  assert.equal(quiver.nextInDirection(points, 0, [0, 1]), 1);
  assert.equal(quiver.nextInDirection(points, 0, [1, 0]), 3);
  assert.equal(quiver.nextInDirection(points, 2, [0, 1]), 2);
  assert.equal(quiver.nearest(points, 0.9, 0.8), 4);
});

test("scale bars have round lengths and read in nm from 10 Å", () => {
  assert.deepEqual([0.99, 1, 37, 168, 5].map(niceLength), [0.5, 1, 20, 100, 5]);
  assert.equal(lengthLabel(100, "Å"), "10 nm");
  assert.equal(lengthLabel(5, "Å"), "5 Å");
  assert.equal(lengthLabel(2, "mrad"), "2 mrad");
  assert.ok(Math.abs(scaleBar(480, "Å").fraction - 100 / 480) < 1e-12);
  assert.equal(scaleBar(0, "Å").fraction, 0);
});

test("numbers have a minus sign, fixed decimals and no negative zero", () => {
  assert.equal(fixed(-1.25, 1), "\u22121.3");
  assert.equal(fixed(-0.001, 2), "0.00");
  assert.equal(fixed(NaN, 2), "–");
  assert.equal(compact(0.0012345), "0.00123");
  assert.equal(compact(12345), "12345");
  assert.deepEqual(tickLabels(ticks(-0.25, 0.25, 5)), ["\u22120.2", "\u22120.1", "0.0", "0.1", "0.2"]);
});
