// What a diffraction disk looks like: the twin of probe_shapes.py and templates.py.

const STEEPNESS = 4 / Math.sqrt(2 * Math.PI); // gives a logistic edge the slope of a Gaussian blur of deviation 1
const FAR = 22; // widths of an edge; beyond them nothing is left of a template
const REACH = 4.4; // widths of an edge beyond the exclusion radius, where a template ends
const LARGEST = 300; // exponents, so that their sum is a number still

/** Radii [inner, outer] of the bright rings of a kind of probe. */
export const ringsOf = (kind, { spot, inner, outer }) =>
  ({ disk: [[0, outer]], ring: [[inner, outer]], bullseye: [[0, spot], [inner, outer]] })[kind];

/**
 * createTemplate({rings, cross, edge, exclusion, contrast, zeroSum: true}) returns {zeroSum, reach, far, bar(across),
 * write}: write(distance, open, bright, dark, i) puts into number i of two arrays the bright part at a distance from
 * the middle, where the bars leave so much open, and the dark part. Beyond `far` pixels both are 0.
 */
export function createTemplate({ rings, cross, edge, exclusion, contrast, zeroSum = true }) {
  const slope = STEEPNESS / edge;
  const middle = exclusion / 2;
  // A step at radius a is 1 / (1 + exp(slope (distance - a))) = A / (A + E): one E does for all of them
  const power = (distance) => Math.exp(Math.max(-LARGEST, Math.min(LARGEST, slope * (distance - middle))));
  const [inner, outer] = [0, 1].map((side) => Float64Array.from(rings, (ring) => (ring[side] ? power(ring[side]) : 0)));
  const end = power(exclusion);
  const unit = contrast ? 1 / Math.log1p(contrast) : 1;
  const step = (inside) => 1 / (1 + Math.exp(-slope * inside));
  return {
    zeroSum,
    reach: Math.ceil(exclusion + REACH * edge),
    far: exclusion + FAR * edge,
    /** Share that one bar leaves open, by the distance from its middle line. */
    bar: (across) => (cross ? 1 - (step(across + cross / 2) - step(across - cross / 2)) : 1),
    write(distance, open, bright, dark, i) {
      const here = power(distance);
      let brightness = 0;
      for (let n = 0; n < outer.length; n++) {
        const ring = outer[n] / (outer[n] + here);
        brightness += inner[n] ? (ring - inner[n] / (inner[n] + here)) * open : ring;
      }
      bright[i] = contrast ? Math.log(1 + contrast * brightness) * unit : brightness;
      dark[i] = Math.max(end / (end + here) - bright[i], 0);
    },
  };
}

/**
 * Bright and dark part on height x width pixels, the first one at offset `top`, `left` from the middle; written to
 * arrays that hold no fewer. Returns their sums.
 */
export function sampleParts(template, { top, left, height, width }, bright, dark) {
  const bars = Float64Array.from({ length: width }, (_, x) => template.bar(left + x));
  let brightSum = 0;
  let darkSum = 0;
  for (let y = 0, i = 0; y < height; y++) {
    const open = template.bar(top + y);
    for (let x = 0; x < width; x++, i++) {
      const distance = Math.sqrt((top + y) * (top + y) + (left + x) * (left + x));
      if (distance > template.far) bright[i] = dark[i] = 0;
      else template.write(distance, open * bars[x], bright, dark, i);
      brightSum += bright[i];
      darkSum += dark[i];
    }
  }
  return [brightSum, darkSum];
}
