// Frequencies of a stack of slices, weighted, and cuts through what is left: one section or plane needs only a sum over
// the frequencies along the axis it is cut across.
import { createTransform } from "./mixed_radix.js";

/** Frequency of each number of a Fourier transform in 1/Å, as numpy.fft.fftfreq has them. */
export const frequencies = (n, step) =>
  Float64Array.from({ length: n }, (_, i) => (i < n / 2 ? i : i - n) * (1 / (n * step)));

/** W = 1 - arctan(β² k_z² / k_r²) / (π/2), and 1 at zero. */
export const wedgeWeight = (kz, square, beta) => 1 - Math.atan2(beta * kz * (beta * kz), square) / (Math.PI / 2);

/** Largest |k_z| that a beam of semi-angle `angle` (rad) records of q, αq - λq²/2, or 0. */
export const sectioningLimit = (q, angle, wavelength) => Math.max(angle * q - (wavelength * (q * q)) / 2, 0);

/**
 * createCuts({shape: [slices, ny, nx], steps: [thickness, sampling]}, values) transforms the phases once. Returns
 * {weights(w(kz, kr²)), section(weights, row), plane(weights, slice)}: weights() fills a table for frequencies of either
 * sign, those of `target` if given; the cuts are Float32Arrays of their own (slices, nx) and (ny, nx).
 */
export function createCuts({ shape: [nz, ny, nx], steps: [thickness, sampling] }, values) {
  const half = Math.floor(nx / 2) + 1;
  const { re: fromRe, im: fromIm } = transformed(values, [nz, ny, nx], half);
  const [kz, qy, qx] = [frequencies(nz, thickness), frequencies(ny, sampling), frequencies(nx, sampling)];
  const [uz, uy] = [Math.floor(nz / 2) + 1, Math.floor(ny / 2) + 1]; // of different size
  const [foldZ, foldY] = [fold(nz), fold(ny)];
  const [toSection, toPlane] = [createInverse([nz, nx], half), createInverse([ny, nx], half)];

  const weights = (weight, target = new Float64Array(half * uz * uy)) => {
    for (let x = 0, i = 0; x < half; x++) {
      for (let z = 0; z < uz; z++) {
        const along = Math.abs(kz[z]);
        for (let y = 0; y < uy; y++, i++) target[i] = weight(along, qy[y] * qy[y] + qx[x] * qx[x]);
      }
    }
    return target;
  };
  return {
    weights,
    section(table, row) {
      const { re, im, run } = toSection;
      const [cosines, sines] = turns(ny, row);
      for (let x = 0, i = 0; x < half; x++) {
        for (let z = 0; z < nz; z++) {
          const weight = (x * uz + foldZ[z]) * uy;
          let sumRe = 0;
          let sumIm = 0;
          for (let y = 0; y < ny; y++, i++) {
            const w = table[weight + foldY[y]];
            const a = w * fromRe[i];
            const b = w * fromIm[i];
            sumRe += a * cosines[y] - b * sines[y];
            sumIm += a * sines[y] + b * cosines[y];
          }
          re[x * nz + z] = sumRe;
          im[x * nz + z] = sumIm;
        }
      }
      return run(1 / (nz * ny * nx));
    },
    plane(table, slice) {
      const { re, im, run } = toPlane;
      const [cosines, sines] = turns(nz, slice);
      re.fill(0);
      im.fill(0);
      for (let x = 0, i = 0; x < half; x++) {
        for (let z = 0; z < nz; z++) {
          const weight = (x * uz + foldZ[z]) * uy;
          const c = cosines[z];
          const s = sines[z];
          for (let y = 0, at = x * ny; y < ny; y++, i++, at++) {
            const w = table[weight + foldY[y]];
            const a = w * fromRe[i];
            const b = w * fromIm[i];
            re[at] += a * c - b * s;
            im[at] += a * s + b * c;
          }
        }
      }
      return run(1 / (nz * ny * nx));
    },
  };
}

const fold = (n) => Int32Array.from({ length: n }, (_, i) => Math.min(i, n - i));

/** cos and sin of 2π k at / n for all k. */
function turns(n, at) {
  const angle = (k) => (2 * Math.PI * ((k * at) % n)) / n;
  return [Math.cos, Math.sin].map((wave) => Float64Array.from({ length: n }, (_, k) => wave(angle(k))));
}

/** Transform of real values (nz, ny, nx) over all axes: qx = 0 ... nx/2 only, in the order (qx, kz, qy). */
function transformed(values, [nz, ny, nx], half) {
  const [re, im] = [new Float64Array(half * nz * ny), new Float64Array(half * nz * ny)];
  lines(nx, nz * ny, (line, a, b) => {
    for (let x = 0; x < nx; x++) a[x] = values[line * nx + x];
    b.fill(0);
    return (x) => (x < half ? x * nz * ny + line : -1);
  })(re, im);
  const along = (n, count, start, stride) =>
    lines(n, count, (line, a, b) => {
      const at = (i) => start(line) + i * stride;
      for (let i = 0; i < n; i++) [a[i], b[i]] = [re[at(i)], im[at(i)]];
      return at;
    })(re, im);
  along(ny, half * nz, (line) => line * ny, 1);
  along(nz, half * ny, (line) => Math.floor(line / ny) * nz * ny + (line % ny), ny);
  return { re, im };
}

/** Transform `count` lines of n numbers: take(line, a, b) fills one and says where each of its numbers goes. */
function lines(n, count, take) {
  const transform = createTransform(n);
  const [a, b] = [new Float64Array(n), new Float64Array(n)];
  return (re, im) => {
    for (let line = 0; line < count; line++) {
      const at = take(line, a, b);
      transform.run(a, b);
      for (let i = 0; i < n; i++) {
        const target = at(i);
        if (target >= 0) [re[target], im[target]] = [a[i], b[i]];
      }
    }
  };
}

/** Inverse transform of half of a spectrum, (qx, k) in re and im, to a real picture (n, nx) as Float32Array. */
function createInverse([n, nx], half) {
  const [re, im] = [new Float64Array(half * n), new Float64Array(half * n)];
  const [columns, rows] = [createTransform(n), createTransform(nx)];
  const [a, b] = [new Float64Array(nx), new Float64Array(nx)];
  const picture = new Float32Array(n * nx);
  // a transform of the conjugate is the conjugate of the inverse
  const run = (factor) => {
    for (let i = 0; i < im.length; i++) im[i] = -im[i];
    for (let x = 0; x < half; x++) columns.run(re.subarray(x * n, (x + 1) * n), im.subarray(x * n, (x + 1) * n));
    // two real rows travel as real and imaginary part of one
    for (let row = 0; row < n; row += 2) {
      const second = row + 1 < n;
      for (let x = 0; x < nx; x++) {
        const mirrored = x >= half;
        const at = (mirrored ? nx - x : x) * n + row;
        const sign = mirrored ? -1 : 1;
        a[x] = re[at];
        b[x] = sign * im[at];
        if (second) {
          a[x] -= sign * im[at + 1];
          b[x] += re[at + 1];
        }
      }
      rows.run(a, b);
      for (let x = 0; x < nx; x++) {
        picture[row * nx + x] = a[x] * factor;
        if (second) picture[(row + 1) * nx + x] = b[x] * factor;
      }
    }
    return picture;
  };
  return { re, im, run };
}
