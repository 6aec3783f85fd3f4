// Detector pixels into groups, and the mean virtual image of a group, straight from the counts.

/**
 * Bin pixels (raw int16 pairs) into cells floor((pixel - center) / spacing + 1/2). Halves all go up: rounding them
 * to even would, for a centre between two pixels, put neighbours into one cell at spacing 1.
 * Returns {cellOf: Int32Array (n), cells: [{members: [pixel index]}]}, cells in order of first appearance.
 */
export function gridCells(pixels, center, spacing) {
  const n = pixels.length / 2;
  const cellOf = new Int32Array(n);
  const cells = [];
  const seen = new Map();
  for (let i = 0; i < n; i++) {
    const row = Math.floor((pixels[2 * i] - center[0]) / spacing + 0.5);
    const column = Math.floor((pixels[2 * i + 1] - center[1]) / spacing + 0.5);
    const key = row * 65536 + column;
    let cell = seen.get(key);
    if (cell === undefined) {
      seen.set(key, (cell = cells.length));
      cells.push({ members: [] });
    }
    cells[cell].members.push(i);
    cellOf[i] = cell;
  }
  return { cellOf, cells };
}

/** Mean over members of the component pairs in values (n, 2). */
export function meanPair(values, members) {
  let y = 0;
  let x = 0;
  for (const i of members) {
    y += values[2 * i];
    x += values[2 * i + 1];
  }
  return [y / members.length, x / members.length];
}

/** Number of pixels in each group 0 .. count - 1. */
export function groupSizes(groups, count) {
  const sizes = new Uint32Array(count);
  for (const group of groups) sizes[group]++;
  return sizes;
}

/**
 * Mean over members of counts[i] / meanCounts[i]: every pixel weighs the same whatever it received.
 * counts (n, size) raw, sums in double precision. A pixel without counts is left out.
 */
export function meanImage(counts, meanCounts, members, size) {
  const sum = new Float64Array(size);
  let used = 0;
  for (const i of members) {
    if (!(meanCounts[i] > 0)) continue;
    used++;
    const weight = 1 / meanCounts[i];
    for (let p = 0, o = i * size; p < size; p++, o++) sum[p] += counts[o] * weight;
  }
  const image = new Float32Array(size);
  if (used === 0) return image.fill(NaN);
  for (let p = 0; p < size; p++) image[p] = sum[p] / used;
  return image;
}

/** Map of group numbers over the pixels' bounding box: {origin, shape, map (Int32, -1 = none)}. */
export function groupMap(pixels, groups) {
  const box = boundingBox(pixels);
  const map = new Int32Array(box.shape[0] * box.shape[1]).fill(-1);
  for (let i = 0; i < groups.length; i++) map[box.index(i)] = groups[i];
  return { ...box, map };
}

/** {origin, shape, index(i)}: the smallest rectangle around the pixels and each pixel's place in it. */
export function boundingBox(pixels) {
  let [top, left, bottom, right] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < pixels.length; i += 2) {
    top = Math.min(top, pixels[i]);
    bottom = Math.max(bottom, pixels[i]);
    left = Math.min(left, pixels[i + 1]);
    right = Math.max(right, pixels[i + 1]);
  }
  const shape = [bottom - top + 1, right - left + 1];
  const index = (i) => (pixels[2 * i] - top) * shape[1] + pixels[2 * i + 1] - left;
  return { origin: [top, left], shape, index };
}

/**
 * SVG path along the edges between cells of different number, in pixel units, and around them all.
 * With `only`, just the outline of that number.
 */
export function boundaryPath(map, [height, width], only = null) {
  const differ = (a, b) => (only === null ? map[a] !== map[b] : (map[a] === only) !== (map[b] === only));
  const atRim = (a) => (only === null ? map[a] !== -1 : map[a] === only);
  const level = (y, x) => {
    const at = y * width + x;
    if (y === 0) return atRim(at);
    return y === height ? atRim(at - width) : differ(at, at - width);
  };
  const upright = (x, y) => {
    const at = y * width + x;
    if (x === 0) return atRim(at);
    return x === width ? atRim(at - 1) : differ(at, at - 1);
  };
  const levels = runs(height + 1, width, level, (y, x, n) => `M${x} ${y}h${n}`);
  return levels + runs(width + 1, height, upright, (x, y, n) => `M${x} ${y}v${n}`);
}

// Edges in one line are drawn in one.
function runs(lines, length, isEdge, draw) {
  let path = "";
  for (let line = 0; line < lines; line++) {
    for (let at = 0; at < length; at++) {
      const start = at;
      while (at < length && isEdge(line, at)) at++;
      if (at > start) path += draw(line, start, at - start);
    }
  }
  return path;
}
