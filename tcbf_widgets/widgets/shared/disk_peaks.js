// Diffraction disks in a correlation: the twin of peaks.find_peaks.
import { sampleParts } from "./probe_template.js";
import { refined } from "./subpixel.js";

/**
 * findPeaks({image, frame: [ny, nx], correlation: {values, shape, floor}, template, distance}): peaks {y, x, height,
 * significance}, the highest first, that are `distance` pixels apart; significance is in standard deviations of counting
 * noise.
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
  const side = 2 * template.reach + 2;
  const [bright, dark] = [new Float64Array(side * side), new Float64Array(side * side)];
  return ({ y, x }) => {
    const [top, height] = span(y, template.reach, ny);
    const [left, width] = span(x, template.reach, nx);
    const [brightSum, darkSum] = sampleParts(template, { top: top - y, left: left - x, height, width }, bright, dark);
    const ratio = template.zeroSum && darkSum > 0 ? brightSum / darkSum : 0;
    const nothing = template.zeroSum && !(darkSum > 0); // with no dark part at hand
    let variance = 0;
    for (let v = 0, i = 0; v < height; v++)
      for (let u = 0; u < width; u++, i++) {
        const weight = nothing ? 0 : bright[i] - dark[i] * ratio;
        variance += Math.abs(image[(top + v) * nx + left + u]) * weight * weight;
      }
    return Math.sqrt(Math.max(variance, 1e-300));
  };
}

// First pixel that a template reaches, and how many, along one axis.
function span(at, reach, n) {
  const first = Math.max(Math.floor(at) - reach, 0);
  return [first, Math.min(Math.ceil(at) + reach + 1, n) - first];
}
