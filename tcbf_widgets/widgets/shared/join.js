// Kernel density from deposited samples: smooth values and weights, divide, fill what no sample reaches. The numbers of
// upsampling.join_samples, rounded to float32 where numpy rounds.

const COVERED = 1e-3; // of the full number of samples; pixels with less are inpainted
const TRUNCATED = 4; // standard deviations

/** Gaussian of standard deviation sigma pixels, with sum 1, as the half from its middle on. */
export function halfGaussian(sigma, radius = Math.ceil(TRUNCATED * sigma)) {
  const kernel = Float64Array.from({ length: radius + 1 }, (_, i) => Math.exp(-0.5 * (i / Math.max(sigma, 1e-9)) ** 2));
  const sum = kernel.reduce((total, value, i) => total + (i ? 2 : 1) * value, 0);
  return kernel.map((value) => value / sum);
}

/** Convolution along y, then along x, with zeros around the grid: its part inside the margin as new Float32Array. */
export function smooth(grid, [height, width], kernel, margin = 0) {
  const along = new Float32Array((height - 2 * margin) * width);
  const row = new Float64Array(width);
  for (let y = margin; y < height - margin; y++) {
    for (let x = 0; x < width; x++) row[x] = kernel[0] * grid[y * width + x];
    for (let j = 1; j < kernel.length; j++) {
      const k = kernel[j];
      const [above, below] = [(y - j) * width, (y + j) * width];
      if (y >= j) for (let x = 0; x < width; x++) row[x] += k * grid[above + x];
      if (y + j < height) for (let x = 0; x < width; x++) row[x] += k * grid[below + x];
    }
    along.set(row, (y - margin) * width);
  }
  return smoothRows(along, width, kernel, margin);
}

function smoothRows(grid, width, kernel, margin) {
  const reach = kernel.length - 1;
  const row = new Float64Array(width + 2 * reach); // zeros on both sides: no index has to be checked
  const inside = width - 2 * margin;
  const height = grid.length / width;
  const result = new Float32Array(height * inside);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) row[reach + x] = grid[y * width + x];
    for (let x = 0; x < inside; x++) {
      const at = reach + margin + x;
      let sum = kernel[0] * row[at];
      for (let j = 1; j <= reach; j++) sum += kernel[j] * (row[at - j] + row[at + j]);
      result[y * inside + x] = sum;
    }
  }
  return result;
}

/** The image inside the margin, from samples on a grid of this shape; sigma and margin in pixels. */
export function joinSamples(total, weight, shape, sigma, margin = 0) {
  const kernel = halfGaussian(sigma);
  const coverage = smooth(weight, shape, kernel, margin);
  const image = divided(smooth(total, shape, kernel, margin), coverage);
  inpaint(image, coverage, total, weight, shape, margin);
  for (let i = 0; i < image.length; i++) image[i] += 1;
  return { image, shape: shape.map((length) => length - 2 * margin) };
}

function divided(sums, coverage) {
  for (let i = 0; i < sums.length; i++) sums[i] = coverage[i] > 0 ? sums[i] / coverage[i] : 0;
  return sums;
}

// Gaussians of doubled and redoubled width, each where the one before has no sample in reach.
function inpaint(ratio, coverage, total, weight, shape, margin) {
  let missing = [];
  for (let i = 0; i < ratio.length; i++) if (!(coverage[i] >= Math.fround(COVERED))) missing.push(i);
  if (missing.length && !weight.some((value) => value > 0)) return;
  for (let sigma = 1; missing.length; sigma *= 2) {
    const kernel = halfGaussian(sigma, Math.floor(TRUNCATED * sigma + 0.5));
    const most = smooth(weight, shape, kernel).reduce((largest, value) => Math.max(largest, value), 0);
    const near = smooth(weight, shape, kernel, margin);
    const sums = smooth(total, shape, kernel, margin);
    const left = [];
    for (const i of missing) {
      if (near[i] >= Math.fround(COVERED * most)) ratio[i] = sums[i] / near[i];
      else left.push(i);
    }
    missing = left;
  }
}
