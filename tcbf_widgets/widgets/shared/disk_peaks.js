// Diffraction disks in a correlation: the twin of peaks.find_peaks.
import { sampleParts } from "./probe_template.js";
import { refined } from "./subpixel.js";
import { LEAST } from "./template_correlation.js";

/**
 * findPeaks({image, frame: [ny, nx], correlation, template, distance}): peaks {y, x, height, significance}, the highest
 * first, `distance` pixels apart; significance is in standard deviations of counting noise.
 */
export function findPeaks({ image, frame, correlation, template, distance }) {
  const { values, shape, floor, ratio } = correlation;
  const deviation = createDeviation(image, frame, template, ratio);
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

/**
 * deviation({y, x}): standard deviation of the correlation there, where the image counts electrons, one being its
 * least. A whole template has the same weight of its dark part between the pixels as on them, to four digits.
 */
function createDeviation(image, [ny, nx], template, ratio) {
  const side = 2 * template.reach + 2;
  const ofPart = createPartDeviation(template, side * side);
  const [bright, dark] = [new Float64Array(1), new Float64Array(1)];
  return ({ y, x }) => {
    const [down, across] = [span(y, template.reach), span(x, template.reach)];
    if (down[0] < 0 || across[0] < 0 || down[1] > ny || across[1] > nx) return ofPart(image, [ny, nx], y, x);
    let variance = 0;
    for (let v = down[0]; v < down[1]; v++)
      for (let u = across[0]; u < across[1]; u++) {
        const count = Math.abs(image[v * nx + u]);
        if (!count) continue;
        const [dy, dx] = [v - y, u - x];
        template.write(Math.sqrt(dy * dy + dx * dx), template.bar(dy) * template.bar(dx), bright, dark, 0);
        variance += count * (bright[0] - dark[0] * ratio) ** 2;
      }
    return Math.sqrt(Math.max(variance, 1e-300));
  };
}

// The same where the edge of a frame cuts a part of the template off, and the correlation is multiplied for it.
function createPartDeviation(template, count) {
  const [bright, dark, squares] = Array.from({ length: 3 }, () => new Float64Array(count));
  const weights = ([top, bottom], [left, right], y, x) => {
    const part = { top: top - y, left: left - x, height: bottom - top, width: right - left };
    const [brightSum, darkSum] = sampleParts(template, part, bright, dark);
    const some = darkSum > 0;
    const ratio = template.zeroSum && some ? brightSum / darkSum : 0;
    const bare = template.zeroSum && !some; // no dark part at hand: nothing to compare
    let norm = 0;
    for (let i = 0; i < part.height * part.width; i++) {
      squares[i] = bare ? 0 : (bright[i] - dark[i] * ratio) ** 2;
      norm += squares[i];
    }
    return norm;
  };
  return (image, [ny, nx], y, x) => {
    const [down, across] = [span(y, template.reach), span(x, template.reach)];
    const whole = weights(down, across, y, x);
    const [top, left] = [within(down, ny), within(across, nx)];
    const norm = weights(top, left, y, x);
    let variance = 0;
    for (let v = top[0], i = 0; v < top[1]; v++)
      for (let u = left[0]; u < left[1]; u++, i++) variance += Math.abs(image[v * nx + u]) * squares[i];
    return Math.sqrt((Math.max(variance, 1e-300) * whole) / Math.max(norm, LEAST * whole));
  };
}

// Pixels [first, end) that a template reaches along one axis, and those of a frame.
const span = (at, reach) => [Math.floor(at) - reach, Math.ceil(at) + reach + 1];
const within = ([first, end], n) => [Math.max(first, 0), Math.min(end, n)];
