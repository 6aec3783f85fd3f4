// The sums that TiltCorrection shows, and how sharp they are: the numbers of tilt_correction.py.
import { createDeposit } from "./deposit.js";
import { joinSamples } from "./join.js";
import { clamp, fixed } from "./numbers.js";

/** What is said of a sharpness (NaN: not measured), given what noise alone would show. */
export function sharpnessText(sharpness, floor) {
  if (Number.isNaN(sharpness)) return "sharpness cannot be measured: the images share no more than noise would";
  if (sharpness < floor)
    return `sharpness below ${Math.ceil(100 * floor)} % of that at the mark, no more than noise would show`;
  return `sharpness ${fixed(100 * sharpness, 0)} % of that at the mark`;
}

/** createTiltSums(arrays, meta): image(defocus in Å, or null: not moved at all), and sharpness(defocus), 1 at the fit. */
export function createTiltSums(arrays, { scan_sampling: sampling, factor, margin, kernel, sharpness_step: step }) {
  const deposit = createDeposit({
    images: arrays.group_images,
    means: arrays.group_means.values(),
    weights: Float64Array.from(arrays.weights.values(), (weight) => weight * factor ** 2),
    factor,
    margin,
  });
  const [others, perDefocus] = [arrays.others.values(), arrays.per_defocus.values()];
  const offsets = new Float64Array(others.length);
  const curve = arrays.sharpness.values();
  return {
    shape: arrays.group_images.shape.slice(1).map((length) => factor * length),
    image(defocus) {
      for (let i = 0; i < offsets.length; i++) {
        const shift = defocus === null ? 0 : others[i] + defocus * perDefocus[i];
        offsets[i] = (0.5 - shift / sampling[i % 2]) * factor - 0.5;
      }
      deposit.run(offsets);
      return joinSamples(deposit.total, deposit.weight, deposit.shape, kernel * factor, margin * factor).image;
    },
    sharpness(defocus) {
      const at = clamp(defocus / step, 0, curve.length - 1);
      const below = Math.min(Math.floor(at), curve.length - 2);
      return curve[below] + (at - below) * (curve[below + 1] - curve[below]);
    },
  };
}
