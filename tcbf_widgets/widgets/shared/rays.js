// Rays through lenses, deflectors, apertures and specimens, as tcbf_widgets/rays.py traces them: 3 x 3 matrices that act
// on (x, θ, 1). Lengths in Å, slopes in rad; positions along the beam.

const ROUNDING = 1e-9; // a ray along the rim of an aperture passes

export const drift = (length) => [
  [1, length, 0],
  [0, 1, 0],
  [0, 0, 1],
];

export const lens = (focalLength) => [
  [1, 0, 0],
  [-1 / focalLength, 1, 0],
  [0, 0, 1],
];

export const deflector = (angle) => [
  [1, 0, 0],
  [0, 1, angle],
  [0, 0, 1],
];

const UNIT = drift(0);

export const multiply = (a, b) =>
  a.map((row) => [0, 1, 2].map((j) => row[0] * b[0][j] + row[1] * b[1][j] + row[2] * b[2][j]));

/** Angles of two deflectors that tilt the beam about the point where the axis meets the plane at `pivot`. */
export function tiltPair(tilt, first, second, pivot) {
  const outwards = (-tilt * (pivot - second)) / (second - first);
  return [outwards, tilt - outwards];
}

/**
 * A column of planes {name, position, focalLength = Infinity, deflection = 0, radius = Infinity} in the order along the
 * beam: {planes, plane(name), matrix(start, stop), trace(rays, at)}. A matrix leads from the entrance of one plane to
 * that of another, also against the beam. trace takes [[x, θ], ...] at the entrance of a plane and returns for each ray
 * {heights, slopes, passes}, one number for each plane; passes tells whether it has passed this plane and all before.
 */
export function createColumn(planes) {
  const index = (name) => {
    const found = planes.findIndex((plane) => plane.name === name);
    if (found < 0) throw new Error(`no plane ${name} in this column`);
    return found;
  };
  const between = (first, last) => {
    if (last < first) return inverse(between(last, first));
    let total = UNIT;
    for (let i = first; i < last; i++) {
      const { position, focalLength = Infinity, deflection = 0 } = planes[i];
      const through = multiply(deflector(deflection), lens(focalLength));
      total = multiply(multiply(drift(planes[i + 1].position - position), through), total);
    }
    return total;
  };
  const trace = (rays, at) => {
    const matrices = planes.map((_, i) => between(index(at), i));
    return rays.map(([x, slope]) => {
      const follow = (row) => matrices.map((matrix) => matrix[row][0] * x + matrix[row][1] * slope + matrix[row][2]);
      const heights = follow(0);
      let passing = true;
      const passes = planes.map(({ radius = Infinity }, i) => {
        passing &&= Math.abs(heights[i]) <= radius * (1 + ROUNDING);
        return passing;
      });
      return { heights, slopes: follow(1), passes };
    });
  };
  return {
    planes,
    plane: (name) => planes[index(name)],
    matrix: (start, stop) => between(index(start), index(stop)),
    trace,
  };
}

// The determinant of the upper left 2 x 2 is 1.
function inverse([[a, b, e], [c, d, g]]) {
  return [
    [d, -b, b * g - d * e],
    [-c, a, c * e - a * g],
    [0, 0, 1],
  ];
}
