// ProbeAndScan in words.
import { exposureText } from "./exposure.js";
import { compact, fixed, grouped } from "./numbers.js";

const SPACE = "\u00a0";

const defocusText = (now) => `defocus ${fixed(now.defocus(), 0)}${SPACE}Å`;

// as a share of the probe's width
const overlapText = (share) => (share ? `overlap ${fixed(100 * share, 0)}${SPACE}%` : "no overlap");

function litText({ mean, dark }) {
  if (dark) return `${compact(100 * dark, 2)}${SPACE}% of the object in the dark`;
  return `each pixel lit by ${compact(mean, 2)} probes on average`;
}

export function electronsText(now) {
  const electrons = now.electrons();
  if (electrons === null) return "without counting noise";
  return `${grouped(electrons)} electrons a pattern, ${compact(electrons * now.brightest, 2)} in a pixel of the disk, ${exposureText(now.seed())}`;
}

export function mosaicTitle({ across, block: { side } }) {
  return `Patterns, ${side < across ? `${side} × ${side} of` : "all"} ${across} × ${across}`;
}

/** Where the chosen position is in the object. */
export function placeText(now, sampling) {
  const [y, x] = now.lattice.centre.map((at) => fixed(at * sampling, 1));
  return `y ${y}, x ${x}${SPACE}Å`;
}

export function statusText(now, sampling) {
  const { across, step } = now.lattice;
  const probe = `probe ${fixed(now.width(), 1)}${SPACE}Å wide`;
  const scan = `steps of ${fixed(step * sampling, 1)}${SPACE}Å, ${overlapText(now.overlap())}, ${across ** 2} patterns`;
  return `${defocusText(now)}: ${probe}, ${scan}; ${litText(now.lit)}; ${electronsText(now)}`;
}
