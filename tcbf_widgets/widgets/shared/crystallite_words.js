// What CrystalliteMap says.
import { fixed, plural, short } from "./numbers.js";

/** How many crystallites the threshold leaves, and how they compare with the truth. */
export function status(now) {
  const { sizes } = now.cut;
  const found = plural(sizes.length, "crystallite");
  const one = sizes.length === 1;
  const smallest = one ? ` of all ${sizes[0]} frames` : `, the smallest of ${plural(sizes.at(-1), "frame")}`;
  const compared = now.index === null ? "" : `; adjusted Rand index ${fixed(now.index, 3)} against the truth`;
  const shown = now.chosen === null ? "" : `; ${crystallite(now.chosen, sizes)}`;
  const gap = now.inGap ? " (largest gap)" : "";
  return `threshold ${short(now.threshold)}${gap}: ${found}${smallest}${compared}${shown}`;
}

/** A crystallite by its place, and how large it is. */
export const crystallite = (chosen, sizes) => `crystallite ${chosen + 1}: ${plural(sizes[chosen], "frame")}`;

export const featureTitle = (feature) => `Virtual dark field ${feature + 1}`;

/** What is shown of the detector: [what, how]. */
export function detectorTitle(now) {
  if (now.chosen === null) return now.hasMap ? ["All frames", "ln(1 + σ)"] : ["All frames", "places"];
  return [`Crystallite ${now.chosen + 1}`, now.hasPatterns ? "√ of mean" : "features"];
}
