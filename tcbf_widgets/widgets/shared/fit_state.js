// The fit of the chosen orders, and what it leaves of the measured shifts.
import { csvText } from "./csv.js";
import { distanceMap, pixelMap, reciprocal, rootMeanSquare } from "./disk_pixels.js";
import { gridCells, meanPair } from "./grouping.js";
import { detectorToScan, imageShifts } from "./lens.js";
import { memoise } from "./memoise.js";
import { clamp } from "./numbers.js";

export const RADIAL = [1, 3];
export const ANGULAR = [0, 4];

/** Numbers behind the fit: now.fit() of the model's orders, and its shifts as arrows and as a map of distances. */
export function fitState(model, { pixels, measured: packed }, meta) {
  const measured = packed.values();
  const k = reciprocal(pixels.raw, meta);
  const members = gridCells(pixels.raw, meta.center, meta.spacing).cells.map((cell) => cell.members);
  const mean = (pairs) => members.map((list) => meanPair(pairs, list));
  const now = {
    radial: () => clamp(Math.round(model.get("max_radial_order")), ...RADIAL),
    angular: () => clamp(Math.round(model.get("max_angular_order")), ...ANGULAR),
    cells: { k: mean(k), measured: mean(measured), members },
    radius: meta.disk_radius * meta.reciprocal_sampling[1],
    map: pixelMap(pixels.raw, meta),
  };
  const index = () => (now.radial() - RADIAL[0]) * (ANGULAR[1] - ANGULAR[0] + 1) + now.angular() - ANGULAR[0];
  now.fit = () => meta.fits[index()];
  const fitted = memoise(index, () => shiftsOf(now.fit(), k, meta.wavelength));
  now.fitted = memoise(index, () => mean(fitted()));
  now.residual = memoise(index, () => distanceMap(measured, fitted(), now.map));
  now.rms = memoise(index, () => rootMeanSquare(now.residual()));
  return now;
}

// NaN where there is no fit.
function shiftsOf({ error, values, rotation_deg: rotation, transpose, offset }, k, wavelength) {
  const shifts = new Float64Array(k.length).fill(NaN);
  if (error) return shifts;
  imageShifts(detectorToScan(k, rotation, transpose, new Float64Array(k.length)), values, wavelength, shifts);
  for (let i = 0; i < shifts.length; i++) shifts[i] += offset[i % 2];
  return shifts;
}

const NAMES = [
  ["C10", "minus the defocus"],
  ["C12", "two-fold astigmatism"],
  ["C21", "coma"],
  ["C23", "three-fold astigmatism"],
  ["C30", "spherical aberration"],
  ["C32", "star aberration"],
  ["C34", "four-fold astigmatism"],
];

/**
 * Rows of the table, whatever is fitted: {name, meaning, parts: [{value, uncertainty}], rim: {value, uncertainty}},
 * parts and rim in Å; parts are one for a round aberration, else cosine and sine part, none where it is not fitted.
 * The rim is how far the aberration moves the image of a pixel at the rim of the disk.
 */
export function coefficientRows({ values = {}, uncertainties = {} }, semiangle) {
  return NAMES.map(([name, meaning]) => {
    const names = [name, `${name}x`, `${name}y`].filter((part) => part in values);
    const parts = names.map((part) => ({ value: values[part], uncertainty: uncertainties[part] ?? NaN }));
    return { name, meaning, parts, rim: parts.length ? atRim(parts, semiangle ** Number(name[1])) : null };
  });
}

function atRim(parts, factor) {
  const size = Math.hypot(...parts.map(({ value }) => value));
  const spread = Math.hypot(...parts.map(({ value, uncertainty }) => (size ? (value / size) * uncertainty : uncertainty)));
  return { value: size * factor, uncertainty: spread * factor };
}

/** The coefficients as a table. */
export function coefficientTable({ values, uncertainties, rotation_deg: rotation }) {
  const names = Object.keys(values);
  const unbounded = (name) => uncertainties[name] ?? Infinity;
  return csvText({
    name: [...names, "rotation_deg"],
    value: [...names.map((name) => values[name]), rotation],
    uncertainty: [...names.map(unbounded), unbounded("rotation_deg")],
    unit: [...names.map(() => "angstrom"), "degree"],
  });
}
