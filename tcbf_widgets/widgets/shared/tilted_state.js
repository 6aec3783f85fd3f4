// What the TiltedIllumination view looks at: the chosen pixel, where its image should lie, and the image itself.
import { limits, percentiles } from "./contrast.js";
import { clamp } from "./numbers.js";
import { createImaging } from "./waves.js";

export const TRAITS = ["defocus", "ky", "kx"];
const LEAST_RANGE = 0.02; // half of the range of grey levels at least: a specimen without contrast is grey

/** What is shown, and what follows from it; update() computes the image anew, unless pixel and lens are as before. */
export function tiltedState(model, { wavelength, rim, sampling, C30, ranges }, phase) {
  const [size] = phase.shape;
  const imaging = createImaging({ size, sampling, wavelength });
  const spectrum = imaging.exitSpectrum([phase.values()], 1);
  const greyLevels = createGreyLevels(phase.values());
  const within = (name) => clamp(model.get(name), ...ranges[name]);
  const perK = (distance) => wavelength * now.defocus() - C30 * wavelength ** 3 * distance ** 2;
  const now = {
    image: new Float32Array(size * size),
    mean: 0,
    contrast: 0, // standard deviation over mean
    defocus: () => within("defocus"),
    k: () => [within("ky"), within("kx")],
    /** Kind of image; the rim of the aperture is one step of k wide, and stops a part of the unscattered beam. */
    field: () => {
      const beyond = (Math.hypot(...now.k()) - rim) * size * sampling;
      return beyond <= -0.5 ? "bright field" : beyond < 0.5 ? "on the rim" : "dark field";
    },
    /** Whether unscattered electrons reach the pixel, all of them or a part. */
    inside: () => now.field() !== "dark field",
    /** Where a bright-field image should lie, -∇χ/2π, (y, x) in Å. */
    shift: () => now.k().map((k) => perK(Math.hypot(...now.k())) * k),
    /** How far from the axial one the images of the rim lie, in Å; < 0 on the side opposite to their pixel. */
    rimShift: () => perK(rim) * rim,
    range: (contrast) => greyLevels(now, contrast),
  };
  let shown = "";
  now.update = () => {
    // a point that is dragged changes two traits, one after the other, and is painted after each
    const wanted = String([now.k(), now.defocus()]);
    if (wanted === shown) return false;
    shown = wanted;
    imaging.tilted(spectrum, { k: now.k(), defocus: now.defocus(), C30, cutoff: rim }, now.image);
    Object.assign(now, statistics(now.image));
    return true;
  };
  return now;
}

// Bright fields have one range of grey levels, for every pixel and defocus, so that weak contrast looks weak: 1 ± φ,
// what one sideband of the specimen's phase writes. On the rim it is lowered with the beam. A dark field is shown from
// 0 on, where no electron arrives, to a percentile of its own.
function createGreyLevels(phase) {
  let [known, half] = ["", 0];
  return (now, contrast) => {
    if (!now.inside()) return [0, limits(now.image, contrast)[1]];
    if (known !== String(contrast)) {
      known = String(contrast);
      half = Math.max(LEAST_RANGE, ...percentiles(phase, contrast).map(Math.abs));
    }
    const middle = now.field() === "on the rim" ? now.mean : 1;
    return [middle * (1 - half), middle * (1 + half)].map(Math.fround);
  };
}

function statistics(image) {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < image.length; i++) sum += image[i];
  const mean = sum / image.length;
  for (let i = 0; i < image.length; i++) squares += (image[i] - mean) ** 2;
  return { mean, contrast: mean > 0 ? Math.sqrt(squares / image.length) / mean : 0 };
}
