// The numbers behind the shift field, each made when first asked for.
import { csvText } from "./csv.js";
import { fourierShift } from "./fourier_shift.js";
import { boundingBox, gridCells, meanImage, meanPair } from "./grouping.js";
import { affineField, longestVector, REACH } from "./quiver.js";

export function fieldData({ pixels, measured, fit, counts, mean_counts: means }, meta) {
  const [steps, count] = measured.shape;
  const [dy, dx] = meta.reciprocal_sampling;
  const scanShape = counts.shape.slice(1);
  const k = reciprocal(pixels.raw, meta);
  const box = boundingBox(pixels.raw);
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
    map: {
      shape: box.shape,
      corner: [(box.origin[0] - 0.5 - meta.center[0]) * dy, (box.origin[1] - 0.5 - meta.center[1]) * dx],
      step: [dy, dx],
    },
    vectors(spacing, step) {
      const name = `${spacing}/${step}`;
      if (!byStep.has(name)) {
        const { members } = cells(spacing);
        const mean = (values) => members.map((list) => meanPair(values, list));
        byStep.set(name, { measured: mean(shiftsAt(step)), fitted: mean(fitAt(step)) });
      }
      return byStep.get(name);
    },
    residual: remember((step) => residualMap(shiftsAt(step), fitAt(step), box)),
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

function reciprocal(pixels, { center, reciprocal_sampling: sampling }) {
  return Float64Array.from(pixels, (pixel, i) => (pixel - center[i % 2]) * sampling[i % 2]);
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

const pairDistance = (a, b, i) => Math.hypot(a[2 * i] - b[2 * i], a[2 * i + 1] - b[2 * i + 1]);

function residualMap(measured, fitted, { shape, index }) {
  const map = new Float32Array(shape[0] * shape[1]).fill(NaN);
  for (let i = 0; i < measured.length / 2; i++) map[index(i)] = pairDistance(measured, fitted, i);
  return map;
}

/** The arrows as a table. */
export function fieldTable({ k, members }, { measured, fitted }) {
  const column = (pairs, component) => pairs.map((pair) => pair[component]);
  return csvText({
    ky_per_angstrom: column(k, 0),
    kx_per_angstrom: column(k, 1),
    pixels: members.map((list) => list.length),
    measured_y_angstrom: column(measured, 0),
    measured_x_angstrom: column(measured, 1),
    fitted_y_angstrom: column(fitted, 0),
    fitted_x_angstrom: column(fitted, 1),
  });
}
