// Fourier transforms of real images whose sides are powers of two, as numpy.fft.rfft2 and irfft2 define them.
import FFT from "fft.js";

/**
 * createFft([height, width]): forward(image, spectrum) and inverse(spectrum, image), where the spectrum holds the
 * frequencies kx = 0 ... width / 2 only, column after column: the number (ky, kx) is at 2 (kx height + ky), real part
 * first. Nothing is allocated after the start, except by spectrum(). Of the inverse, only the first `known` columns of
 * the spectrum are read, the others being zero, and only the rows [from, to) of the image are sure to be written.
 */
export function createFft([height, width]) {
  const rows = new FFT(width);
  const columns = new FFT(height);
  const half = width / 2;
  const [rowIn, rowOut] = [new Float64Array(2 * width), new Float64Array(2 * width)];
  const columnOut = new Float64Array(2 * height);
  const work = new Float64Array(2 * height * (half + 1));

  // Two real rows travel as the real and the imaginary part of one complex row.
  const forward = (image, spectrum) => {
    for (let y = 0; y < height; y += 2) {
      for (let x = 0; x < width; x++) {
        rowIn[2 * x] = image[y * width + x];
        rowIn[2 * x + 1] = image[(y + 1) * width + x];
      }
      rows.transform(rowOut, rowIn);
      for (let k = 0; k <= half; k++) splitPair(rowOut, k, width, spectrum, 2 * (k * height + y));
    }
    for (let k = 0; k <= half; k++) {
      const column = spectrum.subarray(2 * k * height, 2 * (k + 1) * height);
      columns.transform(columnOut, column);
      column.set(columnOut);
    }
    return spectrum;
  };

  const inverse = (spectrum, image, { known = half + 1, from = 0, to = height } = {}) => {
    work.fill(0, 2 * known * height);
    for (let k = 0; k < known; k++) {
      columns.inverseTransform(columnOut, spectrum.subarray(2 * k * height, 2 * (k + 1) * height));
      work.set(columnOut, 2 * k * height);
    }
    for (let y = from & ~1; y < to; y += 2) {
      for (let k = 0; k <= half; k++) joinPair(work, 2 * (k * height + y), rowIn, k, width);
      rows.inverseTransform(rowOut, rowIn);
      for (let x = 0; x < width; x++) {
        image[y * width + x] = rowOut[2 * x];
        image[(y + 1) * width + x] = rowOut[2 * x + 1];
      }
    }
    return image;
  };
  return { forward, inverse, spectrum: () => new Float64Array(2 * height * (half + 1)) };
}

/** Z = A + iB of two real rows: A(k) = (Z(k) + Z*(-k)) / 2, B(k) = (Z(k) - Z*(-k)) / 2i. */
function splitPair(z, k, width, target, at) {
  const [a, b] = [2 * k, 2 * ((width - k) % width)];
  target[at] = (z[a] + z[b]) / 2;
  target[at + 1] = (z[a + 1] - z[b + 1]) / 2;
  target[at + 2] = (z[a + 1] + z[b + 1]) / 2;
  target[at + 3] = (z[b] - z[a]) / 2;
}

/** Z(k) = A(k) + iB(k) and Z(-k) = A*(k) + iB*(k); of what must be real at its own mirror image, the real part. */
function joinPair(work, at, z, k, width) {
  const [ar, ai, br, bi] = [work[at], work[at + 1], work[at + 2], work[at + 3]];
  const own = k === 0 || 2 * k === width;
  z[2 * k] = own ? ar : ar - bi;
  z[2 * k + 1] = own ? br : ai + br;
  if (own) return;
  z[2 * (width - k)] = ar + bi;
  z[2 * (width - k) + 1] = br - ai;
}
