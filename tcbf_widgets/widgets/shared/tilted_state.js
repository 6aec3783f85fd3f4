// What the TiltedIllumination view looks at: the chosen pixel, where its image should lie, and the image itself.
import { limits } from "./contrast.js";
import { clamp, fixed, compact } from "./numbers.js";
import { createImaging } from "./waves.js";

export const TRAITS = ["defocus", "ky", "kx"];
const MICRON = 1e4; // Å

/** What is shown, and what follows from it; update() computes the image anew, unless pixel and lens are as before. */
export function tiltedState(model, { wavelength, rim, sampling, C30, ranges }, phase) {
  const [size] = phase.shape;
  const imaging = createImaging({ size, sampling, wavelength });
  const spectrum = imaging.exitSpectrum([phase.values()], 1);
  const within = (name) => clamp(model.get(name), ...ranges[name]);
  const perK = (distance) => wavelength * now.defocus() - C30 * wavelength ** 3 * distance ** 2;
  const now = {
    image: new Float32Array(size * size),
    mean: 0,
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
    range: (contrast) => {
      const pair = limits(now.image, contrast);
      // a dark field is shown from 0 on: black is where no electron arrives
      return now.inside() ? pair : [0, pair[1]];
    },
  };
  let shown = "";
  now.update = () => {
    // a point that is dragged changes two traits, one after the other, and is painted after each
    const wanted = String([now.k(), now.defocus()]);
    if (wanted === shown) return false;
    shown = wanted;
    imaging.tilted(spectrum, { k: now.k(), defocus: now.defocus(), C30, cutoff: rim }, now.image);
    let sum = 0;
    for (let i = 0; i < now.image.length; i++) sum += now.image[i];
    now.mean = sum / now.image.length;
    return true;
  };
  return now;
}

/** Decimals that tell the steps of a slider apart. */
export const decimalsOf = (step) => Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));

/** The pixel in words: "pixel at (−0.070, 0.110) 1/Å, 2.57 mrad off the axis". */
export function pixelText(now, { wavelength, step }) {
  const [ky, kx] = now.k().map((value) => fixed(value, decimalsOf(step)));
  const angle = fixed(1e3 * wavelength * Math.hypot(...now.k()), 2);
  return `pixel at (${ky}, ${kx}) 1/Å, ${angle} mrad off the axis`;
}

/** Kind of image, its mean, and where it lies. */
export function imageText(now) {
  const mean = `mean ${compact(now.mean, 2)} of the beam`;
  if (!now.inside()) return `outside of the disk: dark field, ${mean}; scattered electrons only, ${smeared(now)}`;
  const [y, x, length] = [...now.shift(), Math.hypot(...now.shift())].map((value) => fixed(value, 1));
  const onRim = now.field() === "on the rim";
  const where = onRim ? "on the rim, which stops a part of the beam" : "inside the disk: bright field";
  return `${where}, ${mean}; the image lies at (${y}, ${x}) Å, ${length} Å from the axial one`;
}

// Where a dark field lies: its electrons come from all directions of the probe, most from the nearest part of the rim.
function smeared(now) {
  const rim = now.rimShift();
  if (Math.abs(rim) < 1) return "smeared but in its place";
  const side = rim > 0 ? "towards" : "away from";
  return `smeared and displaced ${side} the pixel, by less than the ${fixed(Math.abs(rim), 1)} Å of the rim`;
}

export const defocusText = (now) => `defocus ${fixed(now.defocus() / MICRON, 3)} µm`;
