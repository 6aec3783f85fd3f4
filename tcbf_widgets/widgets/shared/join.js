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

/** Convolution along y, then along x, with zeros around the grid. Returns a new Float32Array. */
export function smooth(grid, [height, width], kernel) {
  const along = new Float32Array(grid.length);
  const row = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) row[x] = kernel[0] * grid[y * width + x];
    for (let j = 1; j < kernel.length; j++) {
      const above = y - j >= 0 ? (y - j) * width : -1;
      const below = y + j < height ? (y + j) * width : -1;
      const k = kernel[j];
      if (above >= 0) for (let x = 0; x < width; x++) row[x] += k * grid[above + x];
      if (below >= 0) for (let x = 0; x < width; x++) row[x] += k * grid[below + x];
    }
    along.set(row, y * width);
  }
  return smoothRows(along, height, width, kernel);
}

function smoothRows(grid, height, width, kernel) {
  const reach = kernel.length - 1;
  const row = new Float64Array(width + 2 * reach); // zeros on both sides: no index has to be checked
  const result = new Float32Array(grid.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) row[reach + x] = grid[y * width + x];
    for (let x = 0; x < width; x++) {
      let sum = kernel[0] * row[reach + x];
      for (let j = 1; j <= reach; j++) sum += kernel[j] * (row[reach + x - j] + row[reach + x + j]);
      result[y * width + x] = sum;
    }
  }
  return result;
}

/** Deviations from 1 on the grid of the samples; sigma in pixels. */
export function joinSamples(total, weight, shape, sigma) {
  const kernel = halfGaussian(sigma);
  const coverage = smooth(weight, shape, kernel);
  const ratio = divided(smooth(total, shape, kernel), coverage);
  inpaint(ratio, coverage, total, weight, shape);
  return ratio;
}

function divided(sums, coverage) {
  for (let i = 0; i < sums.length; i++) sums[i] = coverage[i] > 0 ? sums[i] / coverage[i] : 0;
  return sums;
}

// Gaussians of doubled and redoubled width, each where the one before has no sample in reach.
function inpaint(ratio, coverage, total, weight, shape) {
  const empty = (value) => !(value >= Math.fround(COVERED));
  let missing = [];
  for (let i = 0; i < ratio.length; i++) if (empty(coverage[i])) missing.push(i);
  if (missing.length === ratio.length && !coverage.some((value) => value > 0)) return;
  for (let sigma = 1; missing.length; sigma *= 2) {
    const kernel = halfGaussian(sigma, Math.floor(TRUNCATED * sigma + 0.5));
    const near = smooth(weight, shape, kernel);
    const sums = smooth(total, shape, kernel);
    const least = Math.fround(COVERED * near.reduce((most, value) => Math.max(most, value), 0));
    const left = [];
    for (const i of missing) {
      if (near[i] >= least) ratio[i] = sums[i] / near[i];
      else left.push(i);
    }
    missing = left;
  }
}

/** The part of a grid inside its margin, plus 1: the image. */
export function insideMargin(ratio, [height, width], margin) {
  const [ny, nx] = [height - 2 * margin, width - 2 * margin];
  const image = new Float32Array(ny * nx);
  for (let y = 0; y < ny; y++)
    for (let x = 0; x < nx; x++) image[y * nx + x] = 1 + ratio[(y + margin) * width + x + margin];
  return { image, shape: [ny, nx] };
}
