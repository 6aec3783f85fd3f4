// Counting electrons: the twin of counting.py. The same seed gives the same picture.

const SEEDS = 2 ** 32;
const FEW = 10; // expected electrons from which an expansion gives the quantile
const LONGEST = 100; // terms of a sum
const INVERSE = Float64Array.from({ length: LONGEST + 1 }, (_, i) => 1 / i); // dividing takes three times as long

/**
 * createCounter(length, start) returns count(expected, perPixel, seed, image): fills `image` with the electrons counted
 * per pixel divided by `perPixel`, where expected * perPixel are expected. The noise of a pixel belongs to its number
 * (from `start` on) and the seed; pictures with other numbers are independent of it.
 */
export function createCounter(length, start = 0) {
  const [uniforms, normals] = [new Float64Array(length), new Float64Array(length)];
  let drawn = null;
  const draw = (seed) => {
    if (seed === drawn) return;
    drawn = seed;
    for (let i = 0; i < length; i++) {
      uniforms[i] = uniform(start + i, seed);
      normals[i] = normalQuantile(uniforms[i]);
    }
  };
  return (expected, perPixel, seed, image) => {
    draw(seed);
    for (let i = 0; i < length; i++) {
      const mean = expected[i] * perPixel;
      image[i] = (mean < FEW ? summedQuantile(mean, uniforms[i]) : expandedQuantile(mean, normals[i])) / perPixel;
    }
    return image;
  };
}

/** Electrons counted in the pixel of this number, where so many are expected: for some of the pixels of a picture. */
export function countedAt(mean, pixel, seed) {
  const number = uniform(pixel, seed);
  return mean < FEW ? summedQuantile(mean, number) : expandedQuantile(mean, normalQuantile(number));
}

/** The number between 0 and 1, both excluded, that belongs to a pixel. */
export function uniform(pixel, seed) {
  const key = mix(seed + 0x9e3779b9);
  return (mix(mix(pixel + 0x85ebca6b) ^ key) + 0.5) / SEEDS;
}

/** Scrambles 32-bit integers one to one, each bit of the result depending on all others. */
function mix(number) {
  let x = Math.imul(number ^ (number >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Smallest count at which the distribution, summed from zero, reaches a uniform number. */
export function summedQuantile(mean, uniform) {
  let term = Math.exp(-mean);
  let total = term;
  let count = 0;
  while (total < uniform && term > 0 && count < LONGEST) {
    count++;
    term *= mean * INVERSE[count];
    total += term;
  }
  return count;
}

/** Quantile of a Poisson distribution from that of the normal one (Giles 2016, doi:10.1145/2699466). */
export function expandedQuantile(mean, normal) {
  const root = Math.sqrt(mean);
  const w2 = normal * normal;
  const correction = 1 / 3 + w2 / 6 - (normal * (1 / 36 + w2 / 72)) / root;
  const value = mean + root * normal + correction + (-8 / 405 + w2 * (7 / 810 + w2 / 270)) / mean;
  return Math.max(0, Math.floor(value));
}

// Ratios of polynomials, lowest power first: Wichura, Applied Statistics 37 (1988) 477, algorithm AS 241
const MIDDLE = [
  [
    3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125, 45921.953931549871457,
    67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
  ],
  [
    1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867, 39307.89580009271061,
    28729.085735721942674, 5226.495278852854561,
  ],
];
const TAIL = [
  [
    1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
    1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
  ],
  [
    1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
    0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
  ],
];

/** Quantile of the normal distribution for probabilities between 1e-11 and 1 - 1e-11, to sixteen digits. */
export function normalQuantile(probability) {
  const q = probability - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(MIDDLE, 0.180625 - q * q);
  const r = Math.sqrt(-Math.log(q < 0 ? probability : 1 - probability)) - 1.6;
  return q < 0 ? -ratio(TAIL, r) : ratio(TAIL, r);
}

const ratio = ([above, below], x) => polynomial(above, x) / polynomial(below, x);

function polynomial(coefficients, x) {
  let value = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) value = value * x + coefficients[i];
  return value;
}
