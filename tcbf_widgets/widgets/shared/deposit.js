// Samples of many images, put where they belong on a grid finer than the scan: the numbers of upsampling.deposit_images,
// rounded to float32 where numpy rounds.

/**
 * createDeposit({images (n, ny, nx), means (n), weights (n), factor, margin}): images are divided by their means, and
 * every step of the scan by `factor`; the grid reaches `margin` steps beyond the scan. run(offsets (n, 2) of each first
 * sample in pixels of the fine grid) fills total (weighted deviations from 1) and weight.
 */
export function createDeposit({ images, means, weights, factor, margin }) {
  const [count, ...scan] = images.shape;
  const shape = scan.map((length) => factor * (length + 2 * margin));
  const [total, weight] = [0, 0].map(() => new Float32Array(shape[0] * shape[1]));
  // a pixel more on each side takes what reaches it from within, so that no share has to be asked where it goes
  const wide = [shape[0] + 2, shape[1] + 2];
  const sums = { total: new Float32Array(wide[0] * wide[1]), weight: new Float32Array(wide[0] * wide[1]) };
  const deviations = deviationsOf(images, means);
  const add = adder(deviations, sums, scan[1], wide[1], factor);
  return {
    shape,
    total,
    weight,
    run(offsets) {
      sums.total.fill(0);
      sums.weight.fill(0);
      for (let i = 0; i < count; i++) {
        const rows = along(offsets[2 * i], scan[0], factor, margin);
        const columns = along(offsets[2 * i + 1], scan[1], factor, margin);
        add(i * scan[0] * scan[1], rows, columns, weights[i]);
      }
      withoutBorder(sums.total, wide, total);
      withoutBorder(sums.weight, wide, weight);
    },
  };
}

function deviationsOf({ shape: [count, height, width], values }, means) {
  const deviations = Float32Array.from(values());
  const size = height * width;
  for (let i = 0, o = 0; i < count; i++)
    for (let p = 0; p < size; p++, o++) deviations[o] = Math.fround(deviations[o] / means[i]) - 1;
  return deviations;
}

// All samples of one image lie at the same fraction of a pixel: they share four weights.
function adder(deviations, { total, weight }, across, wide, factor) {
  return (start, rows, columns, imageWeight) => {
    const [here, right] = [columns.rest, columns.fraction].map((share) => Math.fround(imageWeight * rows.rest * share));
    const [below, diagonal] = [columns.rest, columns.fraction].map((share) =>
      Math.fround(imageWeight * rows.fraction * share),
    );
    for (let y = 0; y < rows.count; y++) {
      let from = start + (rows.from + y) * across + columns.from;
      let to = (rows.into + y * factor) * wide + columns.into;
      for (const end = from + columns.count; from < end; from++, to += factor) {
        const value = deviations[from];
        const next = to + wide;
        total[to] += Math.fround(here * value);
        total[to + 1] += Math.fround(right * value);
        total[next] += Math.fround(below * value);
        total[next + 1] += Math.fround(diagonal * value);
        weight[to] += here;
        weight[to + 1] += right;
        weight[next] += below;
        weight[next + 1] += diagonal;
      }
    }
  };
}

// Where an image goes along one axis: from which sample on and how many of them, the pixel of the wider grid into which
// the first one goes, and the fraction of it that belongs to the next pixel.
function along(offset, length, factor, margin) {
  const corner = Math.floor(offset);
  const first = corner + factor * margin + 1; // the pixel of sample 0, in the wider grid
  const from = Math.max(0, Math.ceil(-first / factor));
  const last = Math.min(length - 1, Math.floor((factor * (length + 2 * margin) - first) / factor));
  const fraction = offset - corner;
  return { fraction, rest: 1 - fraction, from, count: last - from + 1, into: first + from * factor };
}

function withoutBorder(grid, [height, width], inside) {
  for (let y = 1; y < height - 1; y++) {
    inside.set(grid.subarray(y * width + 1, (y + 1) * width - 1), (y - 1) * (width - 2));
  }
}
