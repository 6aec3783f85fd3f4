// The numbers behind the shift field, each made when first asked for.
import { distanceMap, pairDistance, pixelMap, reciprocal } from "./disk_pixels.js";
import { fourierShift } from "./fourier_shift.js";
import { gridCells, meanImage, meanPair } from "./grouping.js";
import { affineField, longestVector, REACH } from "./quiver.js";

export function fieldData({ pixels, measured, fit, counts, mean_counts: means }, meta) {
  const [steps, count] = measured.shape;
  const scanShape = counts.shape.slice(1);
  const k = reciprocal(pixels.raw, meta);
  const map = pixelMap(pixels.raw, meta);
  const shiftsAt = remember((step) => measured.values().subarray(2 * count * step, 2 * count * (step + 1)));
  const fitAt = remember((step) => affineField(k, fit.values().subarray(6 * step, 6 * (step + 1))));
  const cells = remember((spacing) => makeCells(pixels.raw, k, meta, spacing));
  const byStep = new Map();
  // The last step sets the scale: early ones may hold a few shifts that are far off, and all arrows would shrink.
  const settled = shiftsAt(steps - 1);
  return {
    count,
    scanShape,
    cells,
    last: steps - 1,
    radius: radiusOf(k, meta),
    longest: longestVector(settled),
    half: halfWidth(k, radiusOf(k, meta), settled),
    map,
    vectors(spacing, step) {
      const name = `${spacing}/${step}`;
      if (!byStep.has(name)) {
        const { members } = cells(spacing);
        const mean = (values) => members.map((list) => meanPair(values, list));
        byStep.set(name, { measured: mean(shiftsAt(step)), fitted: mean(fitAt(step)) });
      }
      return byStep.get(name);
    },
    residual: remember((step) => distanceMap(shiftsAt(step), fitAt(step), map)),
    meanResidual: (members, step) => {
      const [measuredPairs, fittedPairs] = [shiftsAt(step), fitAt(step)];
      return members.reduce((sum, i) => sum + pairDistance(measuredPairs, fittedPairs, i), 0) / members.length;
    },
    cellImage: (members) => meanImage(counts.raw, means.values(), members, scanShape[0] * scanShape[1]),
    shifted: (image, [y, x]) =>
      fourierShift(image, scanShape, [y / meta.scan_sampling[0], x / meta.scan_sampling[1]]),
  };
}

function remember(make) {
  const made = new Map();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key);
  };
}

function radiusOf(k, { disk_radius: radius, reciprocal_sampling: [, dx] }) {
  return radius > 0 ? radius * dx : longestVector(k) || dx;
}

// What the axes must reach so that no arrow of the last step leaves the picture.
function halfWidth(k, radius, shifts) {
  const longest = longestVector(shifts);
  const scale = longest > 0 ? (REACH * radius) / longest : 0;
  let half = radius;
  for (let i = 0; i < shifts.length; i++) half = Math.max(half, Math.abs(k[i] + shifts[i] * scale));
  return half * 1.06;
}

function makeCells(pixels, k, meta, spacing) {
  const { cellOf, cells } = gridCells(pixels, meta.center, spacing);
  const members = cells.map((cell) => cell.members);
  const [dy, dx] = meta.reciprocal_sampling;
  return {
    cellOf,
    members,
    k: members.map((list) => meanPair(k, list)),
    /** SVG path of squares: the pixels of one cell. */
    outline: (list, view) => {
      const [width, height] = [dx, dy].map((size) => (size * view.perK).toFixed(1));
      const corner = (i) => `${view.x(k[2 * i + 1] - dx / 2).toFixed(1)} ${view.y(k[2 * i] - dy / 2).toFixed(1)}`;
      return list.map((i) => `M${corner(i)}h${width}v${height}h-${width}z`).join("");
    },
  };
}
