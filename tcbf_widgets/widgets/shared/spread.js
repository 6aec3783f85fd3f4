// Labels beside a drawing: each as near to its place as the others allow.

/**
 * Centres of labels that do not overlap, moved by as little as possible (least squares). `wanted` ascends; `sizes` are
 * the heights of the labels; all of them stay between low and high, as long as they fit. As ray_poster.py does it.
 */
export function spread(wanted, sizes, [low, high]) {
  // measured from where each would lie if all were stacked, the centres must not descend
  let below = 0;
  const stacked = sizes.map((size) => (below += size) - size / 2);
  const groups = [];
  wanted.forEach((place, i) => {
    groups.push({ sum: place - stacked[i], count: 1 });
    while (groups.length > 1 && mean(groups.at(-2)) >= mean(groups.at(-1))) {
      const last = groups.pop();
      const merged = groups.at(-1);
      merged.sum += last.sum;
      merged.count += last.count;
    }
  });
  const within = (value) => Math.max(low, Math.min(high - below, value));
  const shifts = groups.flatMap((group) => Array(group.count).fill(within(mean(group))));
  return stacked.map((place, i) => place + shifts[i]);
}

const mean = ({ sum, count }) => sum / count;
