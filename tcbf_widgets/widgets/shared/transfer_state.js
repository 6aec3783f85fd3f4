// What the ContrastTransfer view looks at: the model's traits and what follows from them.
import { clamp } from "./numbers.js";
import { createTransfer, firstZero, largestDifference, phaseScales } from "./transfer.js";
import { correlation } from "./statistics.js";
import { createCurves, createImager, createPlane } from "./transfer_pictures.js";

export const TRAITS = ["defocus", "C30", "semiangle", "flip", "reach"];
const POINTS = 800; // of the curves

/** What is shown, and what follows from it; update(changed) computes it anew. */
export function transferState(model, { wavelength, ranges, picture, sampling }, phase) {
  const size = phase.shape[0];
  const within = (name) => clamp(model.get(name), ...ranges[name]);
  const makeTransfer = createTransfer();
  const [makeCurves, makePlane] = [createCurves(POINTS), createPlane(picture)];
  const makeImage = createImager(phase.values(), size, sampling);
  const now = {
    defocus: () => within("defocus"),
    C30: () => within("C30"),
    semiangle: () => within("semiangle"),
    reach: () => within("reach"),
    flip: () => Boolean(model.get("flip")),
    scherzer: () => Math.sqrt(1.5 * Math.abs(now.C30()) * wavelength) * Math.sign(now.C30()),
    // where the plane-wave transfer at Scherzer's defocus first vanishes
    scherzerLimit: () => (6 / (Math.abs(now.C30()) * wavelength ** 3)) ** 0.25,
  };
  now.update = (changed) => {
    if (!TRAITS.some((name) => changed.has(name))) return;
    const optics = ["defocus", "C30", "semiangle"].some((name) => changed.has(name));
    if (optics) {
      const [defocus, C30, semiangle] = [now.defocus(), now.C30(), now.semiangle()];
      now.transfer = makeTransfer(phaseScales({ defocus, C30, semiangle, wavelength }));
      now.difference = largestDifference(now.transfer);
      now.zero = firstZero(now.transfer);
    }
    now.curves = makeCurves(now.transfer, now.reach(), now.flip());
    if (optics || changed.has("reach")) now.plane = makePlane(now.transfer, now.reach());
    if (!optics && !changed.has("flip")) return;
    now.image = makeImage(now.transfer, now.flip());
    now.correlation = correlation(now.image, phase.values());
  };
  return now;
}
