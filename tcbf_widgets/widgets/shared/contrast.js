// Display limits from percentiles, equal to numpy.percentile(values[isfinite(values)], q) for float32 input.
import { clamp } from "./numbers.js";

/** Step of the percentiles, and how far apart they stay: equal ones would leave no range to show. */
export const STEP = 0.5;

/** [low, high] percentiles with the first or second (index 0, 1) as typed, kept within what is accepted. */
export function withPercentile([low, high], index, typed) {
  if (!Number.isFinite(typed)) return [low, high];
  if (index === 0) return [clamp(typed, 0, Math.max(0, high - STEP)), high];
  return [low, clamp(typed, Math.min(100, low + STEP), 100)];
}

/** Percentiles q (0 to 100) of the finite values; null when there is none. */
export function percentiles(values, q) {
  let finite = values;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      finite = values.filter(Number.isFinite);
      break;
    }
  }
  if (!finite.length) return null;
  const ordered = new Float32Array(finite);
  return q.map((percent) => interpolate(ordered, percent / 100));
}

// numpy's linear rule: the position in double precision, the difference of neighbours in float32, and the
// interpolation taken from the nearer neighbour so that it never overshoots.
function interpolate(ordered, fraction) {
  const last = ordered.length - 1;
  const position = fraction * last;
  const below = Math.min(last, Math.max(0, Math.floor(position)));
  const above = Math.min(last, below + 1);
  for (const place of [below, above]) bringToPlace(ordered, place);
  const t = position - below;
  const step = Math.fround(ordered[above] - ordered[below]);
  return t < 0.5 ? ordered[below] + step * t : ordered[above] - step * (1 - t);
}

// Hoare's selection: the number that sorting would put at `place` goes there, smaller ones before it and larger ones
// behind. Sorting all of a picture would take five times as long, at every movement of a slider.
function bringToPlace(values, place) {
  let [left, right] = [0, values.length - 1];
  while (left < right) {
    const pivot = values[(left + right) >> 1];
    let [i, j] = [left, right];
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      [values[i], values[j]] = [values[j], values[i]];
      i++;
      j--;
    }
    if (place <= j) right = j;
    else if (place >= i) left = i;
    else return;
  }
}

/** [vmin, vmax] as float32 numbers; [0, 1] when nothing is finite. */
export function limits(values, [low, high]) {
  const pair = percentiles(values, [low, high]);
  return pair ? pair.map(Math.fround) : [0, 1];
}
