// Scale bars: a round length that fills about a quarter of the picture, and its label.
import { short } from "./numbers.js";

/** Largest of 1, 2, 5 times a power of ten not above limit. */
export function niceLength(limit) {
  if (!(limit > 0) || !Number.isFinite(limit)) return 0;
  const power = 10 ** Math.floor(Math.log10(limit) + 1e-12);
  const digit = [5, 2, 1].find((d) => d * power <= limit * (1 + 1e-9));
  return digit * power;
}

/** {length, fraction, label} of a bar for a picture `width` wide (in `unit`), at most `share` of it. */
export function scaleBar(width, unit, share = 0.35) {
  const length = niceLength(width * share);
  return { length, fraction: length ? length / width : 0, label: lengthLabel(length, unit) };
}

/** Å from 10 Å upwards are written in nm. */
export function lengthLabel(length, unit) {
  if (unit === "Å" && length >= 10) return `${short(length / 10)} nm`;
  return `${short(length)} ${unit}`;
}
