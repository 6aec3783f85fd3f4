// What follows from the sliders of a lens: predicted shifts, their distance from the measured ones, the moved sum.
import { reciprocal } from "./disk_pixels.js";
import { gridCells, meanPair } from "./grouping.js";
import { detectorToScan, imageShifts } from "./lens.js";
import { createMovedSum } from "./moved_sum.js";
import { shiftTable } from "./shift_table.js";

export const ORIENTATION = ["rotation_deg", "transpose"];
export const COEFFICIENTS = ["defocus", "C12x", "C12y", "C21x", "C21y", "C23x", "C23y", "C30"];
export const LENS = [...ORIENTATION, ...COEFFICIENTS];

/** The sliders' numbers (and the coefficients that have none) as the names of optics.py. */
export const lensOf = ({ defocus, ...others }, held) => ({ ...held, ...others, C10: -defocus });

/** Numbers behind the explorer. predict(values) and move() write into arrays of their own and return them. */
export function explorerData(arrays, meta) {
  const { pixels, measured: packed, best } = arrays;
  const measured = packed.values();
  const k = reciprocal(pixels.raw, meta);
  const { cells } = gridCells(pixels.raw, meta.center, meta.spacing);
  const members = cells.map((cell) => cell.members);
  const [turned, shifts] = [new Float64Array(k.length), new Float64Array(k.length)];
  const predict = (values) => {
    detectorToScan(k, values.rotation_deg, values.transpose, turned);
    return imageShifts(turned, lensOf(values, meta.held), meta.wavelength, shifts);
  };
  return {
    cells: {
      k: members.map((list) => meanPair(k, list)),
      measured: members.map((list) => meanPair(measured, list)),
      members,
    },
    radius: meta.disk_radius * meta.reciprocal_sampling[1],
    scanShape: arrays.group_images.shape.slice(1),
    /** Shift (y, x) of each cell, and the root mean square distance of all pixels from the measured shifts. */
    predict(values) {
      const predicted = predict(values);
      return { arrows: members.map((list) => meanPair(predicted, list)), rms: distance(predicted, measured) };
    },
    ...movement(arrays, meta, best.values()),
  };
}

// move(values) returns the sharpness relative to that at the fit, and fills the image.
function movement(arrays, meta, best) {
  const { image, moveBy, move } = movedStack(arrays, meta);
  const most = moveBy(best);
  return { image, move: (values) => (most > 0 ? Math.sqrt(Math.max(0, move(values)) / most) : NaN) };
}

/**
 * The stack in Fourier space. move(values of the sliders) and moveBy(shifts of the groups in Å) fill the image and return
 * the power that the images share; shiftsOf(values) gives those shifts, in an array of its own, noise is the sum's.
 */
export function movedStack(arrays, meta) {
  const sum = createMovedSum({
    images: arrays.group_images,
    means: arrays.group_means.values(),
    members: Float64Array.from(arrays.members.raw),
    frame: meta.frame,
  });
  const k = Float64Array.from(arrays.group_k.values());
  const [turned, shifts] = [new Float64Array(k.length), new Float64Array(k.length)];
  const pixels = new Float64Array(k.length);
  const moveBy = (angstrom) => {
    for (let i = 0; i < k.length; i++) pixels[i] = angstrom[i] / meta.scan_sampling[i % 2];
    return sum.run(pixels);
  };
  const shiftsOf = (values) => {
    detectorToScan(k, values.rotation_deg, values.transpose, turned);
    return imageShifts(turned, lensOf(values, meta.held), meta.wavelength, shifts);
  };
  return { image: sum.image, noise: sum.noise, moveBy, shiftsOf, move: (values) => moveBy(shiftsOf(values)) };
}

function distance(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt((2 * sum) / a.length);
}

/** The arrows as a table. */
export const arrowTable = (cells, predicted) => shiftTable(cells, { measured: cells.measured, predicted });

// Sliders on their way are pairs of numbers, as arrows are.
const PAIRS = [
  ["rotation_deg", "defocus"],
  ["C12x", "C12y"],
  ["C21x", "C21y"],
  ["C23x", "C23y"],
  ["C30", "C30"],
];

export const toPairs = (values) => ({ lens: PAIRS.map((names) => names.map((name) => values[name])) });

export function fromPairs({ lens }) {
  return Object.fromEntries(PAIRS.flatMap((names, i) => names.map((name, j) => [name, lens[i][j]])));
}
