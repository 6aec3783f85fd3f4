// What the Reciprocity figure says of its two drawings: alternative texts, the lines below them, and the status.
import { MICRON, fixed } from "./numbers.js";
import { imageShift, isBrightField } from "./reciprocity_drawing.js";


/** Texts {ctem, stem, ctemFoot, stemFoot, status} for a state {defocus Å, tilt mrad, semiangle mrad, inverted}. */
export function describe(state, wavelength) {
  const { defocus, tilt } = state;
  const shift = imageShift(state);
  const bright = isBrightField(state);
  const [far, angle, pixel] = [fixed(defocus / MICRON, 3), fixed(tilt, 2), fixed(-tilt, 2)];
  const moved = `${fixed(shift, 1)}\u00a0Å`;
  const optics = `defocus ${far} µm, tilt ${angle} mrad`;
  const dark = "dark field: the tilt is beyond the aperture, and only scattered electrons arrive";
  const ctem = bright ? `the image of a feature on the axis is displaced by ${moved}` : dark;
  const stem = bright ? `detector pixel ${pixel} mrad sees the same feature with the probe at ${moved}` : dark;
  const k = `k\u00a0=\u00a0${fixed((1e-3 * tilt) / wavelength, 3)}\u00a01/Å`;
  const upside = state.inverted ? ", drawn upside down" : "";
  return {
    ctem: `Rays of a conventional microscope, ${optics}: ${ctem}`,
    stem: `Rays of a scanning microscope${upside}, ${optics}, detector pixel ${pixel} mrad: ${stem}`,
    ctemFoot: bright ? `λ C10 k = ${moved}, referred to the specimen` : "direct beam stopped by the aperture",
    stemFoot: bright ? `ray at the specimen: ${fixed(-shift, 1)} Å from the probe` : "no direct ray reaches this pixel",
    status: `${optics} (${k}): ${bright ? `${ctem}; ${stem}` : dark}`,
  };
}
