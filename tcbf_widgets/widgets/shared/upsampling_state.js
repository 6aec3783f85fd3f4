// What the Upsampling view looks at: the model's traits and what follows from them.
import { limits } from "./contrast.js";
import { memoise } from "./memoise.js";
import { clamp } from "./numbers.js";
import { spectrumPicture } from "./spectrum.js";
import { createUpsampler } from "./upsampler.js";

export const LARGEST = 8;
export const WIDEST = 0.5; // scan steps
export const KINDS = ["density", "fourier"];

/** The model's traits, clamped, and what is shown for them; update(kinds) looks it up or computes it. */
export function upsamplingState(model, arrays, meta) {
  const upsampler = createUpsampler(arrays, meta);
  const pictures = Object.fromEntries(KINDS.map((kind) => [kind, new Float32Array(meta.picture ** 2)]));
  const now = {
    pictures,
    shown: {},
    factor: () => clamp(Math.round(model.get("factor")), 1, LARGEST),
    kernel_width: () => clamp(model.get("kernel_width"), 0, WIDEST),
    reach: () => clamp(model.get("reach"), ...meta.ranges.reach),
    flip: () => Boolean(model.get("flip") && meta.lens),
    image: (kind) => (now.flip() ? now.shown[kind].flipped() : now.shown[kind].image),
    resolution: () => meta.resolution[now.factor()],
    step: () => meta.scan_sampling.map((length) => length / now.factor()),
    powerLimits: memoise(
      () => `${now.factor()}/${model.get("contrast")}`,
      () => limits(upsampler.density(now.factor(), 0).power, model.get("contrast")),
    ),
    /** [frequencies, correlations] of the two halves. */
    rings: (kind) => {
      const values = arrays[`rings_${kind}`].values();
      return [values.subarray(0, values.length / 2), values.subarray(values.length / 2)];
    },
  };
  now.update = (kinds) => {
    now.shown.density = upsampler.density(now.factor(), now.kernel_width());
    now.shown.fourier = upsampler.fourier(now.factor());
    for (const kind of kinds) {
      const { power, spectra } = now.shown[kind];
      spectrumPicture(power, spectra, meta.picture, now.reach(), pictures[kind]);
    }
  };
  return now;
}
