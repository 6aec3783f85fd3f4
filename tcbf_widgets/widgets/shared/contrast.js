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
  const sorted = Float32Array.from(finite).sort();
  return q.map((percent) => interpolate(sorted, percent / 100));
}

// numpy's linear rule: the position in double precision, the difference of neighbours in float32, and the
// interpolation taken from the nearer neighbour so that it never overshoots.
function interpolate(sorted, fraction) {
  const last = sorted.length - 1;
  const position = fraction * last;
  const below = Math.min(last, Math.max(0, Math.floor(position)));
  const above = Math.min(last, below + 1);
  const t = position - below;
  const step = Math.fround(sorted[above] - sorted[below]);
  return t < 0.5 ? sorted[below] + step * t : sorted[above] - step * (1 - t);
}

/** [vmin, vmax] as float32 numbers; [0, 1] when nothing is finite. */
export function limits(values, [low, high]) {
  const pair = percentiles(values, [low, high]);
  return pair ? pair.map(Math.fround) : [0, 1];
}
