import assert from "node:assert/strict";
import test from "node:test";
import { frameValues, unpackArray } from "../../tcbf_widgets/widgets/shared/arrays.js";
import { packed } from "./packed.mjs";

test("a view into the buffer, no copy", () => {
  const source = new Int16Array([1, -2, 3, 4]);
  const array = unpackArray(packed(source, [2, 2]));
  assert.deepEqual([...array.raw], [1, -2, 3, 4]);
  assert.equal(array.raw.buffer, source.buffer);
});

test("a buffer at an odd byte is copied, since a typed view cannot start there", () => {
  const bytes = new Uint8Array(9);
  bytes.set(new Uint8Array(new Float32Array([1.5, -2]).buffer), 1);
  const array = unpackArray({
    dtype: "float32",
    shape: [2],
    scale: null,
    offset: null,
    data: new DataView(bytes.buffer, 1, 8),
  });
  assert.deepEqual([...array.raw], [1.5, -2]);
});

test("quantised values are rounded to float32 once", () => {
  const array = unpackArray(packed(new Uint16Array([0, 1, 65535]), [3], { scale: 0.1, offset: 0.7 }));
  assert.deepEqual(
    [...array.values()],
    [0, 1, 65535].map((raw) => Math.fround(raw * 0.1 + 0.7)),
  );
  assert.equal(array.values(), array.values());
});

test("frames of a series", () => {
  const array = unpackArray(packed(new Float32Array([1, 2, 3, 4, 5, 6]), [3, 1, 2]));
  assert.deepEqual([...frameValues(array, 2)], [5, 6]);
});

test("an empty array is an array", () => {
  const array = unpackArray(packed(new Float32Array(0), [0, 4]));
  assert.equal(array.size, 0);
  assert.equal(array.values().length, 0);
});

test("errors name the array, what came and what is accepted", () => {
  assert.throws(() => unpackArray(undefined, "disk"), /disk is missing/);
  assert.throws(() => unpackArray(packed(new Uint8Array(3), [2, 2]), "disk"), /disk holds 3 numbers.*\(2, 2\).*4/);
  assert.throws(
    () => unpackArray({ ...packed(new Uint8Array(4), [4]), dtype: "complex64" }, "disk"),
    /complex64; accepted are uint8/,
  );
  assert.throws(
    () => unpackArray({ ...packed(new Uint8Array(3), [1]), dtype: "float32" }, "disk"),
    /disk ends in the middle/,
  );
});
