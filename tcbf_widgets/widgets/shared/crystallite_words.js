// What CrystalliteMap says; the twin of crystallite_words.py.
import { fixed, plural, short } from "./numbers.js";
import { milliradians } from "./readout.js";

const NAMED = 4; // crystallites, at most, that are named one by one

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

export const featureName = ({ feature, features }) => `feature ${feature + 1} of ${features}`;

/** In which crystallites a feature of such means is bright: those above half of the largest, that one first. */
export function brightIn(means) {
  const count = means.length;
  if (count < 2) return "";
  const largest = Math.max(...means);
  const places = [...means.keys()].filter((place) => means[place] > largest / 2 && means[place] > 0);
  places.sort((a, b) => means[b] - means[a]);
  if (!places.length || places.length === count)
    return `, bright in ${places.length ? "all" : "none of the"} ${count} crystallites`;
  if (places.length > NAMED) return `, bright in ${places.length} of ${count} crystallites`;
  const named = places.map((place) => String(place + 1));
  const last = named.pop();
  return named.length ? `, bright in crystallites ${named.join(", ")} and ${last}` : `, bright in crystallite ${last}`;
}

/** Where a feature is: how far from the beam; in pixels of the picture where there are no units. */
export function featurePlace({ places, feature }, detector) {
  const [y, x] = places.subarray(2 * feature, 2 * feature + 2);
  if (!detector.wavelength) return `at y ${fixed(y, 0)}, x ${fixed(x, 0)} px`;
  const [dy, dx] = milliradians(detector).pixelSize;
  const away = Math.hypot((y - detector.center[0]) * dy, (x - detector.center[1]) * dx);
  return `${fixed(away, 1)} mrad from the beam`;
}

/** What the rings on the detector are. */
export function rings({ chosen }) {
  const sizes = chosen === null ? "" : ", the larger the stronger the feature is in this crystallite";
  return `with a ring at the place of each feature${sizes}`;
}

/** What is shown of the detector: [what, how]. */
export function detectorTitle(now) {
  if (now.chosen === null) return now.hasMap ? ["All frames", "ln(1 + s)"] : ["All frames", "places"];
  return [`Crystallite ${now.chosen + 1}`, now.hasPatterns ? "√ of mean" : "features"];
}
