// The value under the pointer, and where it is, in physical units.
import { compact, fixed } from "./numbers.js";

/** Position in the scan in nm, and the value there. */
export function scanReadout({ scan_sampling: [dy, dx] }, row, column, value) {
  return `x ${fixed((column * dx) / 10, 1)}, y ${fixed((row * dy) / 10, 1)} nm: ${compact(value, 4)}`;
}

/** Angle of a detector pixel from the centre in mrad (1/Å without a wavelength), and the value there. */
export function detectorReadout(meta, row, column, value) {
  const {
    pixelSize: [dy, dx],
    unit,
  } = milliradians(meta);
  const y = (row - meta.center[0]) * dy;
  const x = (column - meta.center[1]) * dx;
  const decimals = unit === "mrad" ? 2 : 3;
  const text = typeof value === "string" ? value : compact(value, 3);
  return `x ${fixed(x, decimals)}, y ${fixed(y, decimals)} ${unit}: ${text}`;
}

/** Size of a detector pixel in the unit in which people speak of the disk. */
export function milliradians({ reciprocal_sampling: [dy, dx], wavelength }) {
  if (!wavelength) return { pixelSize: [dy, dx], unit: "1/Å" };
  const factor = 1000 * wavelength;
  return { pixelSize: [dy * factor, dx * factor], unit: "mrad" };
}
