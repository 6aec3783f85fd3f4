import assert from "node:assert/strict";
import test from "node:test";
import * as colour from "../../tcbf_widgets/widgets/shared/colour.js";
import { limits, percentiles, withPercentile } from "../../tcbf_widgets/widgets/shared/contrast.js";
import { float32, golden } from "./golden.mjs";

for (const { name, values, q, expected } of golden.percentiles) {
  test(`percentiles equal numpy's: ${name}`, () => {
    assert.deepEqual(percentiles(float32(values), q), expected);
  });
}

test("without a finite value the limits are 0 and 1", () => {
  assert.equal(percentiles(new Float32Array(0), [1]), null);
  assert.deepEqual(limits(float32([null, null]), [1, 99]), [0, 1]);
});

for (const { cmap, values, limits: pair, rgba } of golden.colours) {
  test(`colours equal matplotlib's: ${cmap}`, () => {
    const drawn = colour.mapColours(
      float32(values),
      pair,
      colour.colourTable(cmap),
      new Uint8ClampedArray(4 * values.length),
    );
    assert.deepEqual([...drawn], rgba);
  });
}

test("an unknown colour map is refused with the known ones", () => {
  assert.throws(() => colour.colourTable("jet"), /jet; accepted are gray/);
});

test("infinities are clipped, not lost", () => {
  assert.equal(colour.colourIndex(Infinity, 0, 1), 255);
  assert.equal(colour.colourIndex(-Infinity, 0, 1), 0);
});

test("rings: magenta within the radius, cyan in the rest of the disk, nothing outside", () => {
  const gray = Uint8ClampedArray.from([10, 10, 10, 255, 200, 200, 200, 255, 200, 200, 200, 255]);
  const drawn = colour.tintRings(gray.slice(), [0, 2, 3], 2);
  const mixed = (tint) => tint.map((channel) => Math.floor((200 * 64 + channel * 192 + 128) / 256));
  assert.deepEqual([...drawn.slice(0, 4)], [10, 10, 10, 255]);
  assert.deepEqual([...drawn.slice(4, 8)], [...mixed(colour.MAGENTA), 255]);
  assert.deepEqual([...drawn.slice(8, 12)], [...mixed(colour.CYAN), 255]);
});

test("groups: neighbours in number differ, the picked one is magenta, no pixel is transparent", () => {
  const drawn = colour.paintGroups(Int32Array.from([-1, 0, 1, 5]), 5, new Uint8ClampedArray(16));
  assert.deepEqual([...drawn.slice(0, 4)], [0, 0, 0, 0]);
  assert.deepEqual([...drawn.slice(12)], [...colour.MAGENTA, 255]);
  for (let group = 0; group < 100; group++)
    assert.notEqual(colour.groupColour(group), colour.groupColour(group + 1));
  assert.equal(new Set(colour.GROUP_COLOURS).size, colour.GROUP_COLOURS.length);
});

test("percentiles that are typed stay in order and never meet", () => {
  assert.deepEqual(withPercentile([1, 99], 0, 99), [98.5, 99]);
  assert.deepEqual(withPercentile([40, 99], 1, 3), [40, 40.5]);
  assert.deepEqual(withPercentile([99.8, 99.9], 1, 0), [99.8, 100]);
  assert.deepEqual(withPercentile([0.1, 0.2], 0, 7), [0, 0.2]);
  assert.deepEqual(withPercentile([1, 99], 0, -5), [0, 99]);
  assert.deepEqual(withPercentile([1, 99], 1, NaN), [1, 99]);
});
