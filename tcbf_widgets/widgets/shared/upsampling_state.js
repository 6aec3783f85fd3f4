// What the Upsampling view looks at: the model's traits and what follows from them.
import { limits } from "./contrast.js";
import { clamp } from "./numbers.js";
import { spectrumPicture } from "./spectrum.js";
import { createUpsampler } from "./upsampler.js";

export const LARGEST = 8;
export const WIDEST = 0.5; // scan steps
export const KINDS = ["density", "fourier"];

/** The model's traits, clamped, and what is shown for them; update(kinds) looks it up or computes it. */
export function upsamplingState(model, arrays, meta) {
  const upsampler = createUpsampler(arrays, meta);
  const limitsOf = rememberLimits();
  const pictures = Object.fromEntries(KINDS.map((kind) => [kind, new Float32Array(meta.picture ** 2)]));
  const shownOf = (result) => (now.flip() ? result.flipped() : result.image);
  const now = {
    pictures,
    shown: {},
    factor: () => clamp(Math.round(model.get("factor")), 1, LARGEST),
    kernel_width: () => clamp(model.get("kernel_width"), 0, WIDEST),
    reach: () => clamp(model.get("reach"), ...meta.ranges.reach),
    flip: () => Boolean(model.get("flip") && meta.lens),
    image: (kind) => shownOf(now.shown[kind]),
    resolution: () => meta.resolution[now.factor()],
    toTheEnd: () => meta.to_the_end.includes(now.factor()),
    step: () => meta.scan_sampling.map((length) => length / now.factor()),
    /** Ranges of colours, of both images and of both spectra; they stay while the kernel moves. */
    imageLimits: () => limitsOf(shownOf(upsampler.usual(now.factor())), model.get("contrast")),
    powerLimits: () => limitsOf(upsampler.sharpest(now.factor()), model.get("contrast")),
    /** [frequencies, correlations] of the two halves. */
    rings: (kind) => {
      const values = arrays[`rings_${kind}`].values();
      return [values.subarray(0, values.length / 2), values.subarray(values.length / 2)];
    },
  };
  /** While nothing else is to do, compute what the factor slider will ask for. */
  now.prepare = (signal) => {
    const waiting = Array.from({ length: LARGEST }, (_, i) => i + 1);
    const idle = window.requestIdleCallback ?? ((run) => setTimeout(run, 50));
    const next = () => {
      const factor = waiting.shift();
      if (!factor || signal.aborted) return;
      const [density, fourier] = [upsampler.density(factor, now.kernel_width()), upsampler.fourier(factor)];
      for (const result of [density, fourier]) shownOf(result);
      for (const values of [shownOf(upsampler.usual(factor)), upsampler.sharpest(factor)])
        limitsOf(values, model.get("contrast"));
      idle(next);
    };
    idle(next);
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

/** limits(values, contrast), kept as long as the values are: to sort them takes longer than to draw them. */
function rememberLimits() {
  const known = new WeakMap();
  return (values, contrast) => {
    const key = String(contrast);
    if (known.get(values)?.key !== key) known.set(values, { key, pair: limits(values, contrast) });
    return known.get(values).pair;
  };
}
