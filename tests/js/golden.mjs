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
