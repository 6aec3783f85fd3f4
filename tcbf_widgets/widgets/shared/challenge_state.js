// What follows from a guessed lens: arrows, the moved sum with its signal, and the score. The same numbers as
// challenge.py and challenge_score.py.
import { reciprocal } from "./disk_pixels.js";
import { LENS, lensOf, movedStack } from "./explorer_state.js";
import { gridCells, meanPair } from "./grouping.js";
import { detectorToScan, imageShifts } from "./lens.js";
import { clamp } from "./numbers.js";

const RESTING = Object.fromEntries(LENS.map((name) => [name, 0]));

/**
 * Numbers behind a challenge. values() completes a lens by what is told; move() returns the signal-to-noise ratio and
 * fills the image; score() leaves the image to be moved again.
 */
export function challengeData(arrays, meta) {
  const k = reciprocal(arrays.pixels.raw, meta);
  const cells = gridCells(arrays.pixels.raw, meta.center, meta.spacing).cells.map(({ members }) => members);
  const [turned, shifts] = [new Float64Array(k.length), new Float64Array(k.length)];
  const stack = movedStack(arrays, meta);
  const values = (asked) => ({ ...RESTING, ...meta.given, transpose: false, ...asked });
  const hidden = arrays.hidden.values();
  const truth = Object.fromEntries(meta.asked.map((name, i) => [name, hidden[i]]));
  const trueShifts = Float64Array.from(stack.shiftsOf(values(truth)));
  const most = stack.moveBy(trueShifts);
  const members = arrays.members.raw;
  return {
    image: stack.image,
    scanShape: arrays.group_images.shape.slice(1),
    cells: { k: cells.map((list) => meanPair(k, list)), members: cells },
    values,
    truth,
    uncertainties: Object.fromEntries(meta.asked.map((name, i) => [name, hidden[meta.asked.length + i]])),
    arrows(lens) {
      detectorToScan(k, lens.rotation_deg, false, turned);
      imageShifts(turned, lensOf(lens, meta.held), meta.wavelength, shifts);
      return cells.map((list) => meanPair(shifts, list));
    },
    move: (lens) => (stack.noise > 0 ? Math.sqrt(Math.max(0, stack.move(lens)) / stack.noise) : (stack.move(lens), 0)),
    score(lens) {
      const blur = distance(stack.shiftsOf(lens), trueShifts, members);
      const kept = keptShare(stack.move(lens), most);
      return scored({ kept, blur, upright: lens.defocus * values(truth).defocus > 0 }, meta.limit);
    },
  };
}

/** Points for the share of the signal that is kept, for the blur that remains (Å), and whether matter is read as matter. */
export function scored({ kept, blur, upright }, limit) {
  const near = upright ? 1 / (1 + (blur / limit) ** 2) : 0;
  const parts = { kept: 50 * kept, near: 50 * near };
  return { kept, blur, upright, parts, points: parts.kept + parts.near };
}

const keptShare = (power, most) => (most > 0 ? clamp(power / most, 0, 1) : 0);

// Root mean square distance of pairs, each counted as often as it has members.
function distance(a, b, members) {
  let [sum, count] = [0, 0];
  members.forEach((weight, i) => {
    sum += weight * ((a[2 * i] - b[2 * i]) ** 2 + (a[2 * i + 1] - b[2 * i + 1]) ** 2);
    count += weight;
  });
  return Math.sqrt(sum / count);
}
