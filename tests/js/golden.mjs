import assert from "node:assert/strict";
// Numbers that numpy and matplotlib gave; see tests/golden/__main__.py.
import { readFileSync } from "node:fs";

export const golden = JSON.parse(readFileSync(new URL("../golden/views.json", import.meta.url)));

/** JSON's null back to NaN. */
export const float32 = (values) => Float32Array.from(values, (value) => value ?? NaN);

export function largestDifference(a, b) {
  let largest = a.length === b.length ? 0 : Infinity;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

/** Assert that two descriptions of a drawing are the same. They are in mm, to be seen: a millionth of it is nothing. */
export function alike(ours, theirs, path = "") {
  if (typeof theirs === "number") assert.ok(Math.abs(ours - theirs) < 1e-6, `${path}: ${ours}, not ${theirs}`);
  else if (theirs === null || typeof theirs !== "object") assert.equal(ours, theirs, path);
  else {
    assert.deepEqual(Object.keys(ours).sort(), Object.keys(theirs).sort(), path);
    for (const name of Object.keys(theirs)) alike(ours[name], theirs[name], `${path}.${name}`);
  }
}
