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
  const now = {
    image: new Float32Array(size * size),
    mean: 0,
    defocus: () => within("defocus"),
    k: () => [within("ky"), within("kx")],
    inside: () => {
      const [ky, kx] = now.k();
      return ky * ky + kx * kx <= rim * rim;
    },
    /** Where the image should lie, -∇χ/2π, (y, x) in Å. */
    shift: () => {
      const [ky, kx] = now.k();
      const perK = wavelength * now.defocus() - C30 * wavelength ** 3 * (ky * ky + kx * kx);
      return [perK * ky, perK * kx];
    },
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
  if (!now.inside()) {
    const shows = "it shows scattered electrons only and has no displacement of its own";
    return `outside of the disk: dark field, ${mean}; ${shows}`;
  }
  const [y, x, length] = [...now.shift(), Math.hypot(...now.shift())].map((value) => fixed(value, 1));
  return `inside the disk: bright field, ${mean}; the image lies at (${y}, ${x}) Å, ${length} Å from the axial one`;
}

export const defocusText = (now) => `defocus ${fixed(now.defocus() / MICRON, 3)} µm`;
