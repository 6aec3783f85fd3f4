// BullseyeTemplate in words; the twin of bullseye_words.py.
import { exposureText } from "./exposure.js";
import { fixed, grouped, plural } from "./numbers.js";

const SPACE = "\u00a0";

const px = (value) => `${fixed(value, 2)}${SPACE}px`;

/** The template. */
export function radiiText(now) {
  const { spot, inner, outer, exclusion } = now.radii();
  const ring = `a ring from ${fixed(inner, 2)} to ${px(outer)}`;
  const parts = { disk: `a disk of radius ${px(outer)}`, ring, bullseye: `a spot of radius ${px(spot)}, ${ring}` };
  const dark = now.zeroSum() ? `what is dark up to ${px(exclusion)} counting against it` : "without its dark part";
  return `${parts[now.about().kind]}, ${dark}`;
}

export const templateTitle = (now) => `Template, ${now.zeroSum() ? `sum${SPACE}0` : "bright part"}`;

/** How many electrons, and whether they are counted. */
export const electronsText = (now) =>
  `${grouped(now.electrons())} electrons${now.noise() ? "" : ", without counting noise"}`;

/** What was found, as compared with the truth. */
export function foundText({ visible, found, direct, others, false: wrong }) {
  let text = `${found} of ${visible.length} disks found`;
  if (direct !== null) text += `, the direct beam ${px(direct)} off along one axis`;
  if (others !== null) text += `, the others ${px(others)} (rms)`;
  if (wrong) text += `; ${plural(wrong, "ring")} where there is no disk`;
  return text;
}

function recordedText(peaks) {
  if (!peaks.length) return "no disk found";
  const best = Math.max(...peaks.map(({ significance }) => significance));
  const text = `${fixed(best, 1)} standard deviations above zero`;
  return `${plural(peaks.length, "disk")} found, ${peaks.length === 1 ? "it stands" : "the clearest"} ${text}`;
}

export function statusText(now) {
  if (!now.disks) return recordedText(now.peaks);
  const exposure = now.noise() ? `; ${exposureText(now.seed())}` : "";
  return `${electronsText(now)}: ${foundText(now.disks)}${exposure}`;
}
