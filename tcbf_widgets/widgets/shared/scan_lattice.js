// Positions of a square scan on a periodic object: the twin of scan_lattice.py.

const BLOCK = 8; // positions along either side of a mosaic, at most

/**
 * A scan whose probe stands on every `step`-th of size x size pixels; the position nearest to wanted [y, x] is chosen.
 * Returns {size, step, across, indices [row, column], number, centre [y, x] in pixels, block: {side, row, column}}, the
 * block being that of the mosaic, from its first position on.
 */
export function scanLattice(size, step, wanted) {
  const across = size / step;
  const indices = wanted.map((at) => Math.floor((at + step / 2) / step) % across);
  const [row, column] = indices.map((index) => BLOCK * Math.floor(index / BLOCK));
  return {
    size,
    step,
    across,
    indices,
    number: across * indices[0] + indices[1],
    centre: indices.map((index) => index * step),
    block: { side: Math.min(BLOCK, across), row, column },
  };
}

/** Pixels [y, x] of all positions, row after row. */
export const centres = ({ across, step }) =>
  Array.from({ length: across * across }, (_, i) => [Math.floor(i / across) * step, (i % across) * step]);

/** Number of a position in the scan from its number in the block, both row after row. */
export function numberInBlock({ across, block: { side, row, column } }, index) {
  return (row + Math.floor(index / side)) * across + column + (index % side);
}

/** Share of its width by which a disc overlaps the next, `step` away: 0 where they do not meet. */
export const overlap = (width, step) => Math.max(0, 1 - step / width);

/**
 * For the step x step pixels that repeat, how many discs of a radius in pixels, one around each position, hold each:
 * {at(y, x), mean, dark}, `dark` being the share of pixels in none.
 */
export function litPixels(step, radius) {
  const reach = Math.ceil(radius / step) + 1;
  const counts = new Uint32Array(step * step);
  let [sum, none] = [0, 0];
  for (let i = 0; i < counts.length; i++) {
    const [y, x] = [Math.floor(i / step), i % step];
    for (let row = -reach; row <= reach; row++)
      for (let column = -reach; column <= reach; column++)
        if ((y - row * step) ** 2 + (x - column * step) ** 2 <= radius * radius) counts[i]++;
    sum += counts[i];
    if (!counts[i]) none++;
  }
  const at = (y, x) => counts[(y % step) * step + (x % step)];
  return { at, mean: sum / counts.length, dark: none / counts.length };
}
