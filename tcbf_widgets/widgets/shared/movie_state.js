// What the PtychographyMovie view looks at: the model's traits and what follows from them.
import { unpackArray } from "./arrays.js";
import { limits, percentiles } from "./contrast.js";
import { clamp, steps125 } from "./numbers.js";
import { CURVES, frameAt, placeOf, runsOf } from "./runs.js";

export const TRAITS = ["epoch", "run", "layer", "quality", "error_range", "playing", "speed", "runs", "latest"];
export const NEWEST = -1;
const MOST_ERRORS = 99.5; // percentile of the errors that their range holds
const LEAST_RANGE = 0.1; // rad, to either side of a phase that is the same everywhere

/** Runs, the run and the epoch shown, and its pictures; update(changed) brings it to what the model says,
 * and returns false if that is of another object than before. */
export function movieState(model) {
  const { truth: packed } = model.get("arrays");
  const truth = packed ? unpackArray(packed, "truth").values() : null;
  const now = { truth };
  now.update = (changed) => {
    const news = ["runs", "latest"].some((name) => changed.has(name));
    if (news) now.runs = runsOf(model);
    const before = now.run;
    now.chosen = Math.max(
      0,
      now.runs.findIndex(({ label }) => label === model.get("run")),
    );
    now.run = now.runs[now.chosen];
    // several traits change at once, but are told one by one: what the run is counts, not what was told
    now.otherCurves = news || now.run !== before;
    const { numbers } = now.run;
    [now.first, now.last] = [numbers[0], numbers.at(-1)];
    const wanted = model.get("epoch");
    now.epoch = wanted === NEWEST ? now.last : clamp(wanted, now.first, now.last);
    now.place = placeOf(numbers, now.epoch);
    now.values = Object.fromEntries(CURVES.map((name) => [name, now.run[name][now.place]]));
    now.frame = frameAt(now.run, now.epoch);
    const image = unpackArray(now.frame.packed, "image");
    if (truth && image.size !== truth.length) return false;
    now.layers = image.shape[0];
    now.layer = clamp(model.get("layer"), 0, now.layers - 1);
    Object.assign(now, pictures(now, image));
    if (changed.has("contrast") || (now.otherCurves && !truth)) now.range = rangeOf(now, model);
    now.ownSpan = truth ? ownRange(image.values()) : NaN;
    now.span = model.get("error_range") || now.ownSpan;
    return true;
  };
  return now;
}

// Original, reconstruction and error of the layer shown; without an original, the image is the reconstruction.
function pictures({ truth, layer }, image) {
  const size = image.size / image.shape[0];
  const part = (values) => values.subarray(layer * size, (layer + 1) * size);
  const values = part(image.values());
  if (!truth) return { pictures: { reconstruction: values } };
  const original = part(truth);
  return { pictures: { truth: original, reconstruction: original.map((phase, i) => phase + values[i]), error: values } };
}

function rangeOf({ truth, run }, model) {
  const values = truth ?? unpackArray(run.frames.at(-1).packed, "image").values();
  const [low, high] = limits(values, model.get("contrast"));
  return high > low ? [low, high] : [low - LEAST_RANGE, high + LEAST_RANGE];
}

const ownRange = (errors) => roundUp(percentiles(errors.map(Math.abs), [MOST_ERRORS])[0]);

/** The smallest of 1, 2, 5, 10, 20, ... (any power of ten) that is not smaller than `value`. */
export function roundUp(value) {
  const least = Math.max(value, 1e-9);
  const power = Math.floor(Math.log10(least));
  return steps125(power).find((step) => step >= least);
}
