// Where between the pixels a peak lies: the twin of subpixel.py.
import { clamp } from "./numbers.js";

export const TAPS = 6; // pixels on each side that an interpolated value is made of
const BETA = 8; // of the Kaiser window
const SERIES = [1];
for (let k = 1; k <= 24; k++) SERIES.push((SERIES[k - 1] * BETA * BETA) / 4 / (k * k));

const WEIGHTS = [0, 1].map(() => [0, 1, 2].map(() => new Float64Array(2 * TAPS))); // by axis and place on the grid

const COLUMNS = new Int32Array(2 * TAPS);

/** [y, x, height] of the peak next to a pixel [y, x] of a periodic, band-limited picture. */
export function refined(values, shape, pixel) {
  const nine = new Float64Array(9);
  let point = pixel;
  for (const step of [0.5, 0.25]) {
    const offset = paraboloidOffset(interpolate(values, shape, point, step, nine));
    point = point.map((at, axis) => pixel[axis] + clamp(at + step * offset[axis] - pixel[axis], -1, 1));
  }
  return [...point, interpolate(values, shape, point, 0.25, nine)[4]];
}

// Offset [y, x] of the peak of the paraboloid through 3 x 3 values; 0 where they are no peak.
function paraboloidOffset(v) {
  const [gy, gx] = [(v[7] - v[1]) / 2, (v[5] - v[3]) / 2];
  const [yy, xx] = [v[7] - 2 * v[4] + v[1], v[5] - 2 * v[4] + v[3]];
  const yx = (v[8] - v[6] - v[2] + v[0]) / 4;
  const determinant = yy * xx - yx * yx;
  if (!(determinant > 0 && yy < 0)) return [0, 0];
  return [yx * gx - xx * gy, yx * gy - yy * gx].map((offset) => clamp(offset / determinant, -1, 1));
}

// Values on a grid of 3 x 3 points, `step` pixels apart, around a point [y, x], written to `nine`.
function interpolate(values, [height, width], point, step, nine) {
  const corner = point.map((at) => Math.floor(at) - TAPS + 1);
  for (let axis = 0; axis < 2; axis++)
    for (let by = -1; by <= 1; by++) windowedSinc(point[axis] + step * by - corner[axis], WEIGHTS[axis][by + 1]);
  const [down, across] = WEIGHTS;
  nine.fill(0);
  for (let u = 0; u < 2 * TAPS; u++) COLUMNS[u] = modulo(corner[1] + u, width);
  for (let t = 0; t < 2 * TAPS; t++) {
    const row = modulo(corner[0] + t, height) * width;
    for (let b = 0; b < 3; b++) {
      const weights = across[b];
      let sum = 0;
      for (let u = 0; u < 2 * TAPS; u++) sum += weights[u] * values[row + COLUMNS[u]];
      for (let a = 0; a < 3; a++) nine[3 * a + b] += down[a][t] * sum;
    }
  }
  return nine;
}

const modulo = (i, n) => ((i % n) + n) % n;

// Weights of pixels 0, 1, ... for a value at `at`: the sinc of exact interpolation, cut off smoothly; 1 in sum.
function windowedSinc(at, weights) {
  let sum = 0;
  for (let tap = 0; tap < weights.length; tap++) {
    const distance = at - tap;
    const inside = clamp(1 - (distance / (TAPS + 0.5)) ** 2, 0, 1);
    const sinc = distance ? Math.sin(Math.PI * distance) / (Math.PI * distance) : 1;
    weights[tap] = sinc * kaiser(inside);
    sum += weights[tap];
  }
  for (let tap = 0; tap < weights.length; tap++) weights[tap] /= sum;
}

// The Kaiser window as a series in what is left to its end: I0(x) is the sum of (x²/4)^k / k!², with all digits up to
// x = 8 after 24 terms.
function kaiser(inside) {
  let value = 0;
  for (let k = SERIES.length - 1; k >= 0; k--) value = value * inside + SERIES[k];
  return value;
}
