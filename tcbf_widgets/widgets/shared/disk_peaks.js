// Diffraction disks in a correlation: the twin of peaks.find_peaks.
import { sampleParts } from "./probe_template.js";
import { refined } from "./subpixel.js";
import { LEAST } from "./template_correlation.js";

/**
 * findPeaks({image, frame: [ny, nx], correlation: {values, shape, floor}, template, distance}): peaks {y, x, height,
 * significance}, the highest first, that are `distance` pixels apart; significance is in standard deviations of
 * counting noise.
 */
export function findPeaks({ image, frame, correlation, template, distance }) {
  const { values, shape, floor } = correlation;
  const deviation = createDeviation(image, frame, template);
  return apart(localMaxima(values, shape[1], frame, floor), distance)
    .map((pixel) => {
      const [y, x, height] = refined(values, shape, pixel);
      return { y, x, height };
    })
    .sort((a, b) => b.height - a.height)
    .map((peak) => ({ ...peak, significance: peak.height / deviation(peak) }));
}

/** Pixels [y, x] of a frame that none of their neighbours in it exceeds, the highest first. */
function localMaxima(values, width, [ny, nx], floor) {
  const found = [];
  for (let y = 0; y < ny; y++)
    for (let x = 0; x < nx; x++) {
      const value = values[y * width + x];
      if (value > floor && isHighest(values, width, [ny, nx], y, x, value)) found.push([y, x, value]);
    }
  return found.sort((a, b) => b[2] - a[2]).map(([y, x]) => [y, x]);
}

function isHighest(values, width, [ny, nx], y, x, value) {
  for (let v = Math.max(0, y - 1); v <= Math.min(ny - 1, y + 1); v++)
    for (let u = Math.max(0, x - 1); u <= Math.min(nx - 1, x + 1); u++)
      if (values[v * width + u] > value) return false;
  return true;
}

/** Those of sorted pixels with no earlier one closer than `distance`. */
function apart(pixels, distance) {
  const kept = [];
  const far = ([y, x]) => kept.every(([v, u]) => (y - v) ** 2 + (x - u) ** 2 >= distance ** 2);
  for (const pixel of pixels) if (far(pixel)) kept.push(pixel);
  return kept;
}

/** Standard deviation of the correlation at a place {y, x}, where the image counts electrons, one being its least. */
function createDeviation(image, [ny, nx], template) {
  const { reach } = template;
  const side = 2 * reach + 2;
  const weights = createWeights(template, side * side);
  return ({ y, x }) => {
    const all = { top: span(y, reach), left: span(x, reach) };
    const [top, left] = [within(all.top, ny), within(all.left, nx)];
    const squares = weights(top, left, y, x);
    let [variance, norm] = [0, 0];
    for (let v = top[0], i = 0; v < top[1]; v++)
      for (let u = left[0]; u < left[1]; u++, i++) {
        variance += Math.abs(image[v * nx + u]) * squares[i];
        norm += squares[i];
      }
    variance = Math.max(variance, 1e-300);
    if (length(top) === length(all.top) && length(left) === length(all.left)) return Math.sqrt(variance);
    // cut off by the edge, and the correlation is multiplied for it
    const whole = weights(all.top, all.left, y, x).subarray(0, length(all.top) * length(all.left));
    const total = whole.reduce((sum, square) => sum + square, 0);
    return Math.sqrt((variance * total) / Math.max(norm, LEAST * total));
  };
}

// Squares of a template around (y, x), on the pixels [first, end) of both axes.
function createWeights(template, count) {
  const [bright, dark, squares] = Array.from({ length: 3 }, () => new Float64Array(count));
  return (top, left, y, x) => {
    const part = { top: top[0] - y, left: left[0] - x, height: length(top), width: length(left) };
    const [brightSum, darkSum] = sampleParts(template, part, bright, dark);
    const some = darkSum > 0;
    const ratio = template.zeroSum && some ? brightSum / darkSum : 0;
    const bare = template.zeroSum && !some; // no dark part at hand: nothing to compare
    for (let i = 0; i < part.height * part.width; i++) squares[i] = bare ? 0 : (bright[i] - dark[i] * ratio) ** 2;
    return squares;
  };
}

// Pixels [first, end) that a template reaches along one axis, and those of a frame.
const span = (at, reach) => [Math.floor(at) - reach, Math.ceil(at) + reach + 1];
const within = ([first, end], n) => [Math.max(first, 0), Math.min(end, n)];
const length = ([first, end]) => end - first;
