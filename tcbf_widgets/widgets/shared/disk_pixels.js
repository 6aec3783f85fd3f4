// Pixels of the bright-field disk: where they are, the map they make, and how far apart two fields of shifts are there.
import { boundingBox } from "./grouping.js";

/** Spatial frequencies (ky, kx, ky, kx, ...) in 1/Å of pixels, raw pairs. */
export function reciprocal(pixels, { center, reciprocal_sampling: sampling }) {
  return Float64Array.from(pixels, (pixel, i) => (pixel - center[i % 2]) * sampling[i % 2]);
}

/** The smallest map around pixels: {shape, index(i), corner: [ky, kx] and step: [dy, dx] in 1/Å}. */
export function pixelMap(pixels, { center, reciprocal_sampling: step }) {
  const { origin, shape, index } = boundingBox(pixels);
  return { shape, index, step, corner: origin.map((first, i) => (first - 0.5 - center[i]) * step[i]) };
}

/** Distance of pixel i's pairs in a and b. */
export const pairDistance = (a, b, i) => Math.hypot(a[2 * i] - b[2 * i], a[2 * i + 1] - b[2 * i + 1]);

/** Distances of the pairs (n, 2) in a and b on a pixelMap; NaN where there is no pixel. */
export function distanceMap(a, b, { shape, index }) {
  const map = new Float32Array(shape[0] * shape[1]).fill(NaN);
  for (let i = 0; i < a.length / 2; i++) map[index(i)] = pairDistance(a, b, i);
  return map;
}

/** Root mean square of the numbers of a map that are known; NaN if none is. */
export function rootMeanSquare(map) {
  const known = map.filter(Number.isFinite);
  return Math.sqrt(known.reduce((sum, value) => sum + value * value, 0) / known.length);
}
