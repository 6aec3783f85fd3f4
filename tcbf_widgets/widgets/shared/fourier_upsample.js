// Plain Fourier interpolation onto `factor` pixels a pixel: the numbers of upsampling.fourier_upsample.
import { shiftKernel } from "./fourier_shift.js";

/** Part [[y0, y1], [x0, x1]] (in pixels of the image) of the upsampled periodic image, as {image, shape}. */
export function fourierUpsample(values, [height, width], factor, [[y0, y1], [x0, x1]]) {
  const kernels = (n) => Array.from({ length: factor }, (_, p) => shiftKernel(n, (p + 0.5) / factor - 0.5));
  const [forRows, forColumns] = [kernels(height), kernels(width)];
  const [ny, nx] = [factor * (y1 - y0), factor * (x1 - x0)];
  const wide = new Float64Array(height * nx);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < nx; x++) {
      const kernel = forColumns[x % factor];
      const base = x0 + Math.floor(x / factor) + width;
      let sum = 0;
      for (let j = 0; j < width; j++) sum += kernel[(base - j) % width] * values[y * width + j];
      wide[y * nx + x] = sum;
    }
  }
  const image = new Float32Array(ny * nx);
  const row = new Float64Array(nx);
  for (let y = 0; y < ny; y++) {
    const kernel = forRows[y % factor];
    const base = y0 + Math.floor(y / factor) + height;
    row.fill(0);
    for (let j = 0; j < height; j++) {
      const weight = kernel[(base - j) % height];
      for (let x = 0; x < nx; x++) row[x] += weight * wide[j * nx + x];
    }
    image.set(row, y * nx);
  }
  return { image, shape: [ny, nx] };
}
