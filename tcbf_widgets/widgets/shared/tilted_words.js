// What TiltedIllumination says of its state: where the pixel is, what its image is, and where that lies.
import { clamp, fixed } from "./numbers.js";

const MICRON = 1e4; // Å
const NONE = 1e-9; // of the beam

/** Decimals that tell the steps of a slider apart. */
export const decimalsOf = (step) => Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));

/** A share of the beam to `digits` or better, without exponents: "25 %", "0.0013 %"; with three, "100.0 %". */
export function percent(share, digits = 2) {
  if (!(share > NONE)) return "0\u00a0%";
  const decimals = digits - 1 - Math.floor(Math.log10(100 * share));
  return `${fixed(100 * share, clamp(decimals, digits - 2, 8))}\u00a0%`;
}

/** A place (y, x) in Å beside another: "21.0 Å up, 32.5 Å right"; what rounds to nothing is left out. */
export function beside([y, x], decimals) {
  const parts = [y < 0 ? [-y, "up"] : [y, "down"], x < 0 ? [-x, "left"] : [x, "right"]];
  const seen = parts.filter(([length]) => Number(length.toFixed(decimals)));
  return seen.map(([length, side]) => `${fixed(length, decimals)} Å ${side}`).join(", ");
}

/** A place (ky, kx) on the detector. */
export const frequencyText = ([ky, kx], decimals) => `ky ${fixed(ky, decimals)}, kx ${fixed(kx, decimals)} 1/Å`;

/** The pixel in words: "pixel at ky −0.070, kx 0.110 1/Å, 2.57 mrad off the axis". */
export function pixelText(now, { wavelength, step }) {
  const angle = fixed(1e3 * wavelength * Math.hypot(...now.k()), 2);
  return `pixel at ${frequencyText(now.k(), decimalsOf(step))}, ${angle} mrad off the axis`;
}

/** Kind of image, its contrast or what it is left of the beam, and where it lies. */
export function imageText(now) {
  const mean = `mean ${percent(now.mean)} of the beam`;
  if (!now.inside()) return `outside of the disk: dark field, ${mean}; scattered electrons only, ${smeared(now)}`;
  const contrast = `contrast (rms) ${fixed(100 * now.contrast, 1)}\u00a0%`;
  const onRim = now.field() === "on the rim";
  const where = onRim ? `on the rim, which stops a part: ${mean}` : "inside the disk: bright field";
  return `${where}, ${contrast}; the image lies ${placeText(now.shift())}`;
}

function placeText(shift) {
  const where = beside(shift, 1);
  return where ? `${fixed(Math.hypot(...shift), 1)} Å from the axial one: ${where}` : "where the axial one does";
}

// Where a dark field lies: its electrons come from all directions of the probe, most from the nearest part of the rim.
function smeared(now) {
  const rim = now.rimShift();
  if (Math.abs(rim) < 1) return "smeared but in its place";
  const side = rim > 0 ? "towards" : "away from";
  return `smeared and displaced ${side} the pixel, by less than the ${fixed(Math.abs(rim), 1)} Å of the rim`;
}

export const defocusText = (now) => `defocus ${fixed(now.defocus() / MICRON, 3)} µm`;
