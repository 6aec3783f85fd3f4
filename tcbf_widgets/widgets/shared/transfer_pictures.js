// A transfer as curves, as a picture of the frequency plane, and at work on an image.
import { createFft } from "./fft.js";

const OUTLINE = 65; // points of the envelope, which is smooth
const FINE = 8; // radii a pixel at which a picture is computed
const BLUR = 2; // pixels to either side over which it is averaged

/**
 * createCurves(count) returns draw(transfer, reach, flip): curves up to reach (1/Å) as {name: [q, values]}, signed, the
 * same arrays every time. What oscillates faster than the points of the curve is drawn as the band that it fills.
 */
export function createCurves(count) {
  const make = (length, names) => {
    const q = new Float64Array(length);
    return Object.fromEntries(names.map((name) => [name, [q, new Float64Array(length)]]));
  };
  const curves = { ...make(count, ["plane", "exact", "closed"]), ...make(OUTLINE, ["envelope", "below"]) };
  return (transfer, reach, flip) => {
    drawWaves(curves, transfer, reach, flip);
    const [q, envelope] = curves.envelope;
    for (let i = 0; i < OUTLINE; i++) {
      q[i] = (i * reach) / (OUTLINE - 1);
      envelope[i] = transfer.envelope(q[i] / transfer.rim);
      curves.below[1][i] = flip ? 0 : -envelope[i];
    }
    return curves;
  };
}

function drawWaves({ plane: [q, plane], exact: [, exact], closed: [, closed] }, transfer, reach, flip) {
  const step = reach / (q.length - 1);
  for (let i = 0; i < q.length; i++) {
    q[i] = i * step;
    const u = q[i] / transfer.rim;
    const wave = Math.sin(transfer.chi(u));
    const most = transfer.envelope(u);
    const sum = transfer.exact(u);
    const fast = (transfer.slope(u) / transfer.rim) * step > Math.PI / 2;
    const band = i % 2 ? 1 : flip ? 0 : -1;
    const sign = flip && wave < 0 ? -1 : 1;
    plane[i] = fast ? band : sign * wave;
    closed[i] = fast ? band * most : sign * most * wave;
    exact[i] = fast ? band * transfer.most : sign * sum;
  }
}

/**
 * createPlane(size) returns draw(transfer, reach): |L| as a picture of the frequencies up to reach, left the closed
 * form, right the exact sum. A pixel is the mean over the radii around it, so that fringes finer than the pixels leave
 * their mean, and no rings that are not there: the weights are a triangle, zero for fringes of one and of two pixels.
 */
export function createPlane(size) {
  const values = new Float32Array(size * size);
  const half = size / 2;
  const radii = FINE * Math.ceil(size * Math.SQRT1_2 + 1);
  const [closed, exact, work] = Array.from({ length: 3 }, () => new Float64Array(radii + FINE * BLUR));
  const put = (y, x, left, right) => {
    const [above, below] = [(half - 1 - y) * size, (half + y) * size];
    values[above + half - 1 - x] = values[below + half - 1 - x] = left;
    values[above + half + x] = values[below + half + x] = right;
  };
  return (transfer, reach) => {
    radialMeans(transfer, (2 * reach) / size / FINE, closed, exact);
    for (const means of [closed, exact]) triangleMean(means, FINE * BLUR, work);
    // round: one eighth of the plane holds all values
    for (let i = 0; i < half; i++) {
      for (let j = i; j < half; j++) {
        const radius = FINE * Math.sqrt((i + 0.5) ** 2 + (j + 0.5) ** 2);
        const [left, right] = [between(closed, radius), between(exact, radius)];
        put(i, j, left, right);
        put(j, i, left, right);
      }
    }
    return values;
  };
}

/** |L| at radii `step` apart, in its closed form and as the exact sum. */
function radialMeans(transfer, step, closed, exact) {
  for (let i = 0; i < closed.length; i++) {
    const u = (i * step) / transfer.rim;
    const phase = Math.min((transfer.slope(u) / transfer.rim) * step, Math.PI);
    const seen = phase > 0 ? Math.sin(phase) / phase : 1;
    closed[i] = blurred(transfer.closed(u), transfer.envelope(u), seen);
    exact[i] = blurred(transfer.exact(u), transfer.most, seen);
  }
}

/** |most sin|, of which only a share is seen between two radii; the rest is its mean. */
const blurred = (value, most, seen) => (2 / Math.PI) * most + (Math.abs(value) - (2 / Math.PI) * most) * seen;

/** Mean of an even function around each of its places but the last `half`, weighted with a triangle; in place. */
function triangleMean(values, half, work) {
  work.set(values);
  for (let i = 0; i < values.length - half; i++) {
    let sum = half * work[i];
    for (let k = 1; k < half; k++) sum += (half - k) * (work[Math.abs(i - k)] + work[i + k]);
    values[i] = sum / (half * half);
  }
}

function between(values, at) {
  const below = Math.floor(at);
  return values[below] + (at - below) * (values[below + 1] - values[below]);
}

/**
 * createImager(phase, size, sampling) returns image(transfer, flip): 1 + 2 φ ⊛ F⁻¹{L} as Float32Array, the same one
 * every time.
 */
export function createImager(phase, size, sampling) {
  const fft = createFft([size, size]);
  const spectrum = fft.forward(phase, fft.spectrum());
  const filtered = fft.spectrum();
  const image = new Float32Array(size * size);
  const work = new Float64Array(size * size);
  const half = size / 2;
  const put = (ky, kx, factor) => {
    multiply(spectrum, filtered, 2 * (kx * size + ky), factor);
    multiply(spectrum, filtered, 2 * (kx * size + ((size - ky) % size)), factor);
  };
  return (transfer, flip) => {
    const step = 1 / (size * sampling) / transfer.rim;
    for (let kx = 0; kx <= half; kx++) {
      for (let ky = 0; ky <= kx; ky++) {
        const u = Math.sqrt(kx * kx + ky * ky) * step;
        const sign = flip && Math.sin(transfer.chi(u)) < 0 ? -1 : 1;
        const factor = 2 * sign * transfer.exact(u);
        put(ky, kx, factor);
        put(kx, ky, factor);
      }
    }
    fft.inverse(filtered, work);
    for (let i = 0; i < work.length; i++) image[i] = 1 + work[i];
    return image;
  };
}

function multiply(from, to, at, factor) {
  to[at] = from[at] * factor;
  to[at + 1] = from[at + 1] * factor;
}
