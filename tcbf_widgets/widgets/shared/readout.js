// Where the pointer is, in physical units, and the value there: [place, value].
import { h } from "./dom.js";
import { compact, fixed } from "./numbers.js";

/** The line of a reading; returns {node, paint([place, value], or nothing)}. The value stays where one must go. */
export function createReading() {
  const node = h("span", { class: "tcbf-readout tcbf-reading" });
  const paint = (reading) => {
    if (!reading) return node.replaceChildren();
    const [place, value] = reading;
    node.replaceChildren(...(place ? [h("span", {}, `${place}:\u00a0`)] : []), h("span", {}, value));
  };
  return { node, paint };
}

/** Position in the scan in nm, or in Å where pixels are smaller than that, and the value there. */
export function scanReadout({ scan_sampling: [dy, dx] }, row, column, value, unit = "") {
  const [length, angstrom] = Math.min(dy, dx) < 1 ? ["Å", 1] : ["nm", 10];
  const place = `y ${fixed((row * dy) / angstrom, 1)}, x ${fixed((column * dx) / angstrom, 1)} ${length}`;
  return [place, `${compact(value, 4)}${unit && `\u00a0${unit}`}`];
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
  return [`y ${fixed(y, decimals)}, x ${fixed(x, decimals)} ${unit}`, text];
}

/** Size of a detector pixel in the unit in which people speak of the disk. */
export function milliradians({ reciprocal_sampling: [dy, dx], wavelength }) {
  if (!wavelength) return { pixelSize: [dy, dx], unit: "1/Å" };
  const factor = 1000 * wavelength;
  return { pixelSize: [dy * factor, dx * factor], unit: "mrad" };
}
