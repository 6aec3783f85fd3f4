// Numbers as text: a true minus sign, fixed digits (so that nothing jumps), d3's tick values.
import { ticks as d3Ticks } from "d3-array";

export const MINUS = "\u2212";

// in Å
export const MICRON = 1e4;
export const MILLIMETRE = 1e7;

/** Tick values inside [low, high], about `count` of them. */
export const ticks = (low, high, count) => d3Ticks(low, high, count);

/** Fixed number of decimals, minus sign, no negative zero. */
export function fixed(value, decimals) {
  if (!Number.isFinite(value)) return "–";
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** About `digits` significant digits without exponents where people would not write one. */
export function compact(value, digits = 3) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size > 5 || size < -4)
    return value
      .toExponential(digits - 1)
      .replace("-", MINUS)
      .replace("e+", "e");
  return fixed(value, Math.max(0, digits - 1 - size));
}

/** Labels of ticks: as many decimals as their spacing needs. */
export function tickLabels(values) {
  const step = values.length > 1 ? Math.abs(values[1] - values[0]) : Math.abs(values[0] || 1);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return values.map((value) => fixed(value, Math.min(8, decimals)));
}

/** 10000 as "10 000", so that it can be read. */
export const grouped = (number) => String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, "\u202f");

/** A whole number in small raised digits, "⁻³". */
export const superscript = (power) =>
  String(power).replace(/./g, (sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)]));

/** A number of at most so many digits, without zeros at its end. */
export const short = (value, digits = 3) => String(Number(value.toPrecision(digits))).replaceAll("-", MINUS);

/** The same, with an exponent below a thousandth: "0.05", "5e−5". */
export const brief = (value) =>
  value && Math.abs(value) < 1e-3 ? Number(value.toPrecision(3)).toExponential().replaceAll("-", MINUS) : short(value);

/** 1, 2 and 5 times a power of ten, the one before and the one after it, the smallest first. */
export const steps125 = (power) =>
  [-1, 0, 1].flatMap((more) => [1, 2, 5].map((digit) => Number(`${digit}e${power + more}`)));

/** Place of the value in a list that comes next to a wanted one, the first of several. */
export function nearest(values, wanted) {
  let best = 0;
  for (let i = 1; i < values.length; i++)
    if (Math.abs(values[i] - wanted) < Math.abs(values[best] - wanted)) best = i;
  return best;
}

/** "1 group", "2 groups". */
export const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
