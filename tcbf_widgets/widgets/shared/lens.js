// Aberrations in the views: the numbers of optics.py and geometry.py, for many k at once and without allocation.
// Coefficients are an object of numbers in Å; names that are missing are 0. Vectors lie as (y, x) pairs in flat arrays.

const DEGREE = Math.PI / 180;

/** k_scan = R T k_detector, written to `turned`. */
export function detectorToScan(k, rotationDeg, transpose, turned) {
  // cosines of right angles are exactly 0, as in geometry.py
  const c = Number(Math.cos(rotationDeg * DEGREE).toFixed(15));
  const s = Number(Math.sin(rotationDeg * DEGREE).toFixed(15));
  for (let i = 0; i < k.length; i += 2) {
    const y = transpose ? k[i + 1] : k[i];
    const x = transpose ? k[i] : k[i + 1];
    turned[i] = c * y + s * x;
    turned[i + 1] = c * x - s * y;
  }
  return turned;
}

/**
 * Shifts of the virtual images, -grad chi / 2 pi in Å, at k (n, 2) in scan axes. As complex numbers with z = lambda
 * (kx + i ky) the gradient over 2 pi is C10 z + C12 z* + (C21* z z + 2 C21 |z|^2) / 3 + C23 z*^2 + C30 |z|^2 z
 * + (C32* z^3 + 3 C32 z* |z|^2) / 4 + C34 z*^3, where C = Cx + i Cy.
 */
export function imageShifts(k, lens, wavelength, shifts) {
  const { C10 = 0, C12x = 0, C12y = 0, C21x = 0, C21y = 0, C23x = 0, C23y = 0 } = lens;
  const { C30 = 0, C32x = 0, C32y = 0, C34x = 0, C34y = 0 } = lens;
  for (let i = 0; i < k.length; i += 2) {
    const x = wavelength * k[i + 1];
    const y = wavelength * k[i];
    const square = x * x + y * y;
    const x2 = x * x - y * y; // z^2
    const y2 = 2 * x * y;
    const x3 = x2 * x - y2 * y; // z^3
    const y3 = x2 * y + y2 * x;
    const round = C10 + C30 * square;
    const gx =
      round * x + C12x * x + C12y * y + (C21x * x2 + C21y * y2 + 2 * C21x * square) / 3 + C23x * x2 + C23y * y2;
    const gy =
      round * y + C12y * x - C12x * y + (C21x * y2 - C21y * x2 + 2 * C21y * square) / 3 + C23y * x2 - C23x * y2;
    const hx = (C32x * x3 + C32y * y3 + 3 * square * (C32x * x + C32y * y)) / 4 + C34x * x3 + C34y * y3;
    const hy = (C32x * y3 - C32y * x3 + 3 * square * (C32y * x - C32x * y)) / 4 + C34y * x3 - C34x * y3;
    shifts[i] = -(gy + hy);
    shifts[i + 1] = -(gx + hx);
  }
  return shifts;
}

/** chi / 2 pi, in cycles, at k (n, 2) in scan axes. */
export function chiCycles(k, lens, wavelength, cycles) {
  const { C10 = 0, C12x = 0, C12y = 0, C21x = 0, C21y = 0, C23x = 0, C23y = 0 } = lens;
  const { C30 = 0, C32x = 0, C32y = 0, C34x = 0, C34y = 0 } = lens;
  for (let i = 0; i < cycles.length; i++) {
    const x = wavelength * k[2 * i + 1];
    const y = wavelength * k[2 * i];
    const square = x * x + y * y;
    const x2 = x * x - y * y;
    const y2 = 2 * x * y;
    const second = C10 * square + C12x * x2 + C12y * y2;
    const third = square * (C21x * x + C21y * y) + C23x * (x2 * x - y2 * y) + C23y * (x2 * y + y2 * x);
    const round = square * (C30 * square + C32x * x2 + C32y * y2);
    const fourth = round + C34x * (x2 * x2 - y2 * y2) + C34y * 2 * x2 * y2;
    cycles[i] = (second / 2 + third / 3 + fourth / 4) / wavelength;
  }
  return cycles;
}
